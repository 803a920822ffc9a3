/** What a finding runs in its turn is walked; what it does is handed on to `effects/`. */
import type { Answers, Question } from '#action/question';
import { questionKey } from '#action/question';
import { type Argument, exactly, knownText, UNKNOWN_PART } from './argument.js';
import { analyzeCode } from './code/analyze-code.js';
import type { CodeFinding, Finding, Language, ScriptFinding, TaskFinding } from './finding.js';
import type { Invocation } from './invocation.js';
import { pathIn } from './paths.js';
import { onlyReads } from './reading.js';
import { couldDestroy, toolFor, unknownTool } from './registry.js';
import { Scope } from './scope.js';
import { justRecipe, makeTarget, npmScript, type TaskTexts } from './task-files.js';
import { readSqlScript } from './tools/databases/read-script.js';
import { through, type Via } from './via.js';
import { quotedWord, Walk } from './walk.js';

/** A finding that runs nothing more. */
export type LastFinding = Exclude<Finding, { readonly kind: 'command' | 'shell' | 'code' | 'script' | 'task' }>;

export interface Found {
  readonly finding: LastFinding | { readonly kind: 'runs'; readonly explain: string; readonly reads: boolean };
  /** The folder in which it happens, see `Invocation.folder`. */
  readonly folder: string | undefined;
  readonly via: Via;
}

export interface Surroundings {
  readonly answers: Answers;
  readonly ask: (question: Question) => void;
  readonly found: (found: Found) => void;
}

/** Walks a command and everything that it runs. */
export class Follow {
  private readonly around: Surroundings;
  private readonly walk: Walk;

  constructor(around: Surroundings) {
    this.around = around;
    this.walk = new Walk({
      started: (invocation, scope, via) => this.started(invocation, scope, via),
      redirected: (kind, path, { folder }, via) => {
        if (via.elsewhere === undefined)
          around.found({ finding: { kind: 'files', act: kind, path, recursive: false }, folder, via });
      },
      isThere: (path) => this.isThere(path),
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
  }

  private started(invocation: Invocation, scope: Scope, via: Via): void {
    const tool = toolFor(invocation.name);
    const findings = tool === undefined ? unknownTool(invocation) : tool.judge(invocation);
    if (findings.length === 0) {
      const reads = onlyReads(
        invocation.name,
        invocation.args.map(({ text }) => text),
      );
      this.around.found({
        finding: { kind: 'runs', explain: `runs ${invocation.name}`, reads },
        folder: scope.folder,
        via,
      });
    }
    for (const finding of findings) this.follow(finding, invocation, scope, via);
  }

  private follow(finding: Finding, invocation: Invocation, scope: Scope, via: Via): void {
    switch (finding.kind) {
      case 'command': {
        const inner = this.inside(scope, finding.folder, via, finding.elsewhere);
        for (const [name, value] of finding.variables ?? []) inner.assign(name, [value]);
        this.walk.start(finding.words, {
          scope: inner,
          via: through(via, finding.by, finding.elsewhere),
          input: finding.input ?? { kind: 'inherited' },
          variables: finding.variables,
          external: true,
        });
        return;
      }
      case 'shell': {
        const inner = this.inside(scope, finding.folder, via, finding.elsewhere);
        inner.parameters = finding.parameters;
        // A shell of its own knows only what is exported.
        inner.doubtFunctions();
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
        this.task(finding, invocation, scope, via);
        return;
      default:
        this.around.found({ finding, folder: scope.folder, via });
        return;
    }
  }

  private inside(scope: Scope, folder: Argument | undefined, via: Via, elsewhere: string | undefined): Scope {
    const inner = scope.copy();
    // Elsewhere there are other folders and other variables.
    if (elsewhere !== undefined && via.elsewhere === undefined) inner.folder = '/';
    if (folder !== undefined)
      inner.folder = folder.certainty === 'exact' ? pathIn(scope.folder, folder.text) : undefined;
    return inner;
  }

  private code({ language, text }: CodeFinding, invocation: Invocation, scope: Scope, via: Via): void {
    if (text.text.replaceAll(UNKNOWN_PART, '').trim() === '' && text.certainty === 'unknown') {
      this.around.found({
        finding: { kind: 'opaque', explain: 'runs code that is computed' },
        folder: scope.folder,
        via,
      });
      return;
    }
    this.program(analyzeCode(language, text.text), language, invocation, scope, via);
  }

  private program(
    findings: readonly Finding[],
    language: Language,
    invocation: Invocation,
    scope: Scope,
    via: Via,
  ): void {
    if (findings.length === 0) {
      this.around.found({
        finding: { kind: 'runs', explain: `runs a program text in ${language}`, reads: false },
        folder: scope.folder,
        via,
      });
    }
    for (const finding of findings) this.follow(finding, invocation, scope, via);
  }

  private script(finding: ScriptFinding, invocation: Invocation, scope: Scope, via: Via): void {
    const { path, language, args } = finding;
    if (via.depth > DEEPEST) {
      // FAIL-CLOSED: a script too deep to follow waits for a person.
      const explain = 'runs scripts within scripts, too deep to follow';
      this.around.found({ finding: { kind: 'opaque', explain }, folder: scope.folder, via });
      return;
    }
    const text = via.elsewhere === undefined ? this.fileText(scope.folder, path) : undefined;
    if (text === undefined) {
      // Nobody can read it: it is a program like any other.
      this.around.found({
        finding: { kind: 'runs', explain: `runs ${path.written}`, reads: false },
        folder: scope.folder,
        via,
      });
      return;
    }
    const read = languageOf(text, language);
    switch (read) {
      case 'shell': {
        const inner = Scope.begin({ folder: scope.folder, home: scope.home, parameters: [path, ...args] });
        this.walk.text(exactly(text), inner, via);
        return;
      }
      case 'sql':
        for (const one of readSqlScript(text, finding)) this.follow(one, invocation, scope, via);
        return;
      default:
        this.program(analyzeCode(read, text, { file: pathIn(scope.folder, path.text) }), read, invocation, scope, via);
        return;
    }
  }

  private task(finding: TaskFinding, invocation: Invocation, scope: Scope, via: Via): void {
    const { task } = finding;
    const by = [invocation.name, ...(task === undefined ? [] : [task.written])].join(' ');
    const inner = this.inside(scope, finding.folder, via, undefined);
    const name = task === undefined ? undefined : knownText(task);
    const deeper = through(via, by);
    const texts = task !== undefined && name === undefined ? undefined : this.taskTexts(finding, name, inner.folder);
    if (texts === undefined) {
      this.around.found({
        finding: { kind: 'runs', explain: `runs ${by}`, reads: false },
        folder: inner.folder,
        via,
      });
      return;
    }
    for (const text of texts) {
      // Each line of make and just has a shell of its own.
      const shell = Scope.begin({ folder: inner.folder, home: scope.home });
      this.walk.text(exactly(text), shell, deeper);
    }
  }

  private taskTexts(
    { runner, args, file }: TaskFinding,
    name: string | undefined,
    folder: string | undefined,
  ): TaskTexts {
    const read = (path: string) => this.fileText(folder, exactly(path));
    switch (runner) {
      case 'npm': {
        const text = read('package.json');
        const words = args.map(({ text: word, certainty, written }) =>
          certainty === 'exact' ? quotedWord(word) : written,
        );
        return text === undefined || name === undefined ? undefined : npmScript(text, name, words.join(' '));
      }
      case 'make': {
        const named = file === undefined ? ['GNUmakefile', 'makefile', 'Makefile'] : [file.text];
        const text = named.map(read).find((one) => one !== undefined);
        return text === undefined
          ? undefined
          : makeTarget(
              text,
              name,
              args.map((one) => one.text),
            );
      }
      case 'just': {
        const named = file === undefined ? ['justfile', 'Justfile', '.justfile'] : [file.text];
        const text = named.map(read).find((one) => one !== undefined);
        return text === undefined ? undefined : justRecipe(text, name);
      }
    }
  }

  private isThere(folder: string): boolean {
    if (!folder.startsWith('/')) return true;
    const question: Question = { kind: 'path', path: folder, pattern: false, git: false };
    const answer = this.around.answers.get(questionKey(question));
    if (answer?.kind === 'path') return answer.entries.length > 0;
    this.around.ask(question);
    return true;
  }

  /** A file's text; asks for it when it is not known yet. */
  private fileText(folder: string | undefined, path: Argument): string | undefined {
    const full = path.certainty === 'exact' ? pathIn(folder, path.text) : undefined;
    if (full === undefined || !full.startsWith('/')) return undefined;
    const question: Question = { kind: 'file-text', path: full };
    const answer = this.around.answers.get(questionKey(question));
    if (answer?.kind === 'file-text') return answer.text;
    this.around.ask(question);
    return undefined;
  }
}

/**
 * Whether a text that cannot be read names any program that is known, or anything that is computed. FAIL-CLOSED: if it does,
 * parts of it may run, and waits for a person.
 */
function couldHarm(text: string): boolean {
  const plain = text.replace(/['"\\]/gu, '');
  return /[$`]/u.test(text) || (plain.match(/[\w.-]+/gu) ?? []).some((word) => couldDestroy(word));
}

const DEEPEST = 10;

/** A script's first line says what reads it (execve(2), "Interpreter scripts"). */
function languageOf(text: string, given: ScriptFinding['language']): ScriptFinding['language'] {
  const [, program] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(?:\S*\/)?([a-z]+)/u.exec(text) ?? [];
  return (program === undefined ? undefined : READERS.get(program)) ?? given;
}

const READERS = new Map<string, ScriptFinding['language']>([
  ...['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash'].map((name) => [name, 'shell'] as const),
  ...['node', 'deno', 'bun', 'tsx'].map((name) => [name, 'javascript'] as const),
  ['python', 'python'],
  ['ruby', 'ruby'],
  ['perl', 'perl'],
  ['php', 'php'],
]);
