/** What a finding runs in its turn is walked; what it does is handed on to `effects/`. */
import type { Answers, Question } from '#action/question';
import { type Argument, positions, UNKNOWN_PART } from './argument.js';
import { analyzeCode } from './code/analyze-code.js';
import { hiddenCode } from './code/hidden.js';
import type { Ground } from './effects/where.js';
import { FileEvents } from './file-events.js';
import type { CodeFinding, FilesFinding, Finding, Language, ScriptFinding } from './finding.js';
import { type Invocation, NOTHING_STARTED } from './invocation.js';
import { pathIn } from './paths.js';
import { onlyReads } from './reading.js';
import { couldHarm, toolFor, unknownTool } from './registry.js';
import { Scope } from './scope.js';
import { languageOf } from './script-language.js';
import { type Source, Sources } from './sources.js';
import { Tasks } from './tasks.js';
import { readSqlScript } from './tools/databases/read-script.js';
import { judgeFirebreak, stopsFirebreak } from './tools/firebreak.js';
import { variableFindings } from './variables.js';
import { through, type Via } from './via.js';
import { type RedirectEvent, Walk } from './walk.js';
import { RUNS_BY_ITSELF } from './written.js';

/** A finding that runs nothing more. */
export type LastFinding = Exclude<
  Finding,
  { readonly kind: 'command' | 'shell' | 'code' | 'script' | 'task' | 'link' }
>;

export interface Found {
  readonly finding: LastFinding | { readonly kind: 'runs'; readonly explain: string; readonly reads: boolean };
  /** The folder in which it happens, see `Invocation.folder`. */
  readonly folder: string | undefined;
  readonly via: Via;
}

export interface Surroundings {
  readonly answers: Answers;
  /** The root of the work, and the same with every link resolved. */
  readonly ground: Pick<Ground, 'root' | 'realRoot' | 'seen'>;
  readonly ask: (question: Question) => void;
  readonly found: (found: Found) => void;
}

/** Walks a command and everything that it runs. */
export class Follow {
  private readonly around: Surroundings;
  private readonly walk: Walk;
  private readonly sources: Sources;
  private readonly files: FileEvents;
  private readonly tasks: Tasks;

  constructor(around: Surroundings) {
    this.around = around;
    this.sources = new Sources(around);
    this.files = new FileEvents({
      sources: this.sources,
      found: around.found,
      runs: (path, content, scope, via) => this.runsByItself(path, content, scope, via),
    });
    this.tasks = new Tasks({
      sources: this.sources,
      tell: (finding, scope, via) => this.tell(finding, scope, via),
      start: (words, given) => this.walk.start(words, given),
      text: (text, scope, via) => this.walk.text(text, scope, via),
    });
    this.walk = new Walk({
      started: (invocation, scope, via) => this.started(invocation, scope, via),
      redirected: (redirect, scope, via) => this.redirected(redirect, scope, via),
      assigned: (name, value, scope, via) => this.assigned(name, value, scope, via),
      landing: (path, pattern) => this.sources.landing(path, pattern),
      rootOf: (path) => this.sources.rootOf(path),
      unreadable: (text, why, via) => {
        const finding = couldHarm(text)
          ? ({ kind: 'opaque', explain: `runs a command that ${why}` } as const)
          : ({ kind: 'runs', explain: `runs a text that no shell can read: it ${why}`, reads: false } as const);
        around.found({ finding, folder: undefined, via });
      },
      opaque: (explain, via) => around.found({ finding: { kind: 'opaque', explain }, folder: undefined, via }),
    });
  }

  text(text: Argument, scope: Scope, via: Via): void {
    this.walk.text(text, scope, via);
    this.walk.finish();
  }

  private tell(finding: Found['finding'], { folder }: Scope, via: Via): void {
    this.around.found({ finding, folder, via });
  }

  private redirected({ kind, target: path, content, by }: RedirectEvent, scope: Scope, via: Via): void {
    const finding: FilesFinding = { kind: 'files', act: kind, path, recursive: false };
    if (kind !== 'read') this.files.wrote(finding, { content, by }, scope, via);
    this.files.done(finding, scope, via);
  }

  private assigned(name: string, value: Argument, scope: Scope, via: Via): void {
    const none: Invocation = { ...NOTHING_STARTED, name, program: value, folder: scope.folder };
    for (const finding of variableFindings(name, value)) this.follow(finding, none, scope, via);
  }

  private runsByItself(path: Argument, content: Argument | undefined, scope: Scope, via: Via): void {
    if (content !== undefined) this.walk.text(content, Scope.begin({ folder: scope.folder, home: scope.home }), via);
    else
      this.script({ kind: 'script', path, language: 'shell', args: [], by: path.written }, NOTHING_STARTED, scope, via);
  }

  private started(invocation: Invocation, scope: Scope, via: Via): void {
    const stops = stopsFirebreak(invocation);
    if (stops !== undefined) this.tell(stops, scope, via);
    const tool = toolFor(invocation.name);
    const findings = tool === undefined ? unknownTool(invocation) : tool.judge(invocation);
    if (findings.length === 0) {
      const reads = onlyReads(
        invocation.name,
        invocation.args.map(({ text }) => text),
      );
      this.tell({ kind: 'runs', explain: `runs ${invocation.name}`, reads }, scope, via);
    }
    for (const finding of findings) this.follow(finding, invocation, scope, via);
    const words = invocation.args.filter(({ text }) => !text.startsWith('-')).map(({ text }) => text);
    if (invocation.name === 'git' && GATHERS.test(words.slice(0, 2).join(' ')))
      this.tell({ kind: 'git', loses: [], explain: `runs git ${words[0] ?? ''}` }, scope, via);
  }

  private follow(finding: Finding, invocation: Invocation, scope: Scope, via: Via): void {
    switch (finding.kind) {
      case 'command': {
        const inner = this.inside(scope, finding.folder, via, finding.elsewhere);
        for (const [name, value] of finding.variables ?? []) this.walk.assigned(name, value, inner, via);
        this.walk.start(finding.words, {
          scope: inner,
          via: through(via, finding.by, finding.elsewhere),
          input: finding.input ?? { kind: 'inherited' },
          variables: new Map([...invocation.variables, ...(finding.variables ?? [])]),
          external: true,
        });
        return;
      }
      case 'shell': {
        const inner = this.inside(scope.child(invocation.variables), finding.folder, via, finding.elsewhere);
        inner.parameters = finding.parameters === undefined ? undefined : positions(finding.parameters);
        if (finding.atRoot === true && inner.folder?.startsWith('/') === true)
          inner.folder = this.sources.rootOf(inner.folder);
        this.walk.text(finding.text, inner, through(via, finding.by, finding.elsewhere));
        return;
      }
      case 'code':
        this.code(finding, invocation, scope, through(via, finding.by));
        return;
      case 'script':
        this.script(finding, invocation, scope, through(via, finding.by));
        return;
      case 'task':
        this.tasks.run(finding, invocation, this.inside(scope, finding.folder, via, undefined), via);
        return;
      case 'link':
        if (via.elsewhere === undefined) this.sources.written.link(finding, scope.folder);
        if (RUNS_BY_ITSELF.test(pathIn(scope.folder, finding.at.text) ?? ''))
          this.runsByItself(finding.to, undefined, scope, through(via, finding.at.written));
        this.tell({ kind: 'runs', explain: `links ${finding.at.written}`, reads: false }, scope, via);
        return;
      case 'files':
        this.files.wroteBy(finding, invocation, scope, via);
        this.files.done(finding, scope, via);
        return;
      default:
        this.tell(finding, scope, via);
        return;
    }
  }

  private inside(scope: Scope, folder: Argument | undefined, via: Via, elsewhere: string | undefined): Scope {
    const inner = scope.copy();
    // Elsewhere there are other folders and other variables.
    if (elsewhere !== undefined && via.elsewhere === undefined) inner.folder = '/';
    if (folder !== undefined)
      inner.folder = folder.certainty === 'exact' ? this.sources.folderAt(scope.folder, folder.text) : undefined;
    return inner;
  }

  private code({ language, text, args, by }: CodeFinding, invocation: Invocation, scope: Scope, via: Via): void {
    if (text.text.replaceAll(UNKNOWN_PART, '').trim() === '' && text.certainty === 'unknown') {
      this.tell({ kind: 'opaque', explain: 'runs code that is computed' }, scope, via);
      return;
    }
    const found = analyzeCode(language, text.text, { args });
    // What was understood needs no guess; elsewhere than in the libraries that are known, a guess is all there is.
    const hidden = found.length > 0 && language === 'other' ? [] : hiddenCode(language, text, by);
    this.program([...found, ...hidden], language, invocation, scope, via);
  }

  private program(
    findings: readonly Finding[],
    language: Language,
    invocation: Invocation,
    scope: Scope,
    via: Via,
  ): void {
    if (findings.length === 0) {
      this.tell({ kind: 'runs', explain: `runs a program text in ${language}`, reads: false }, scope, via);
    }
    for (const finding of findings) this.follow(finding, invocation, scope, via);
  }

  private script(finding: ScriptFinding, invocation: Invocation, scope: Scope, via: Via): void {
    const { path, language, args } = finding;
    if (via.depth > DEEPEST) {
      // FAIL-CLOSED: a script too deep to follow waits for a person.
      const explain = 'runs scripts within scripts, too deep to follow';
      this.tell({ kind: 'opaque', explain }, scope, via);
      return;
    }
    if (/(?:^|\/)firebreak\/(?:dist\/src\/main|bin\/\w+)\.m?js$/u.test(path.text)) {
      for (const one of judgeFirebreak(args)) this.follow(one, invocation, scope, via);
      return;
    }
    if (/^\/dev\/fd\/\*/u.test(path.text)) {
      // FAIL-CLOSED: a program that a substitution hands over waits for a person.
      this.tell({ kind: 'opaque', explain: `runs what ${path.written} prints` }, scope, via);
      return;
    }
    if (scope.folder === undefined && !path.text.startsWith('/') && this.inPlaces(finding, invocation, scope, via))
      return;
    // What is fed to a shell elsewhere is a file of this machine.
    const here = via.elsewhere === undefined || finding.by.includes(' < ');
    const source: Source = here ? this.sources.textAt(scope.folder, path) : { kind: 'none' };
    if (source.kind === 'doubtful') {
      this.tell({ kind: 'opaque', explain: `runs ${path.written}; ${source.why}` }, scope, via);
      return;
    }
    if (source.kind === 'none') {
      // Nobody can read it: it is a program like any other. Sourced, it may set any variable.
      if (isSourced(invocation)) scope.doubtVariables();
      this.tell({ kind: 'runs', explain: `runs ${path.written}`, reads: false }, scope, via);
      return;
    }
    const { text } = source.text;
    const read = languageOf(text, language);
    switch (read) {
      case 'shell': {
        if (isSourced(invocation)) {
          const outer = scope.parameters;
          if (args.length > 0) scope.parameters = [path, ...positions(args)];
          this.walk.text(source.text, scope, via);
          scope.parameters = outer;
          return;
        }
        const inner = Scope.begin({ folder: scope.folder, home: scope.home, parameters: [path, ...positions(args)] });
        this.walk.text(source.text, inner, via);
        return;
      }
      case 'sql':
        for (const one of readSqlScript(text, finding)) this.follow(one, invocation, scope, via);
        return;
      default:
        this.program(
          analyzeCode(read, text, { file: pathIn(scope.folder, path.text), args }),
          read,
          invocation,
          scope,
          via,
        );
        return;
    }
  }

  /** A script of a folder that is in doubt: each that there is in one of the folders that it may be. */
  private inPlaces(finding: ScriptFinding, invocation: Invocation, scope: Scope, via: Via): boolean {
    const places = scope.maybe.filter((place) => this.sources.textAt(place, finding.path).kind !== 'none');
    for (const place of places) {
      const there = scope.copy();
      there.folder = place;
      this.script(finding, invocation, there, via);
    }
    if (places.length > 0 && isSourced(invocation)) scope.doubtVariables();
    return places.length > 0;
  }
}

/** Commands of git that put work into the repository, from where another may lose it. */
const GATHERS = /^(?:(?:add|commit|am|mv|rm|apply|cherry-pick)\b|stash(?:$| (?:push|save|store|create)))/u;

const isSourced = ({ name }: Invocation) => name === '.' || name === 'source';

const DEEPEST = 10;
