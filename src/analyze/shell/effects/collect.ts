/** Findings become effects. */
import { type Effect, NO_AMOUNT } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { GitPart, LocalLoss } from '#action/local-loss';
import type { Answers, Question } from '#action/question';
import { assertNever } from '#base/assert-never';
import type { AnalysisContext } from '../../analysis.js';
import { knownText, UNKNOWN_PART } from '../argument.js';
import type { EffectFinding, GitFinding, SqlFinding } from '../finding.js';
import type { Found } from '../follow.js';
import { pathIn } from '../paths.js';
import type { Via } from '../via.js';
import { fileOutcome, type Outcome } from './files.js';
import { requestAnalysis } from './requests.js';
import { sqlOutcome } from './sql.js';
import { type Ground, isWhole } from './where.js';
import { atMost, harmsElsewhere, together } from './which-count.js';

export class Effects {
  private readonly found = new Map<string, Effect>();
  private readonly lost = new Map<string, LocalLoss>();
  /** A command before has put work into a repository. */
  private gathers = false;
  private readonly ran: string[] = [];
  private readonly read: string[] = [];

  private readonly context: AnalysisContext;
  private readonly answers: Answers;
  private readonly ask: (question: Question) => void;
  private readonly ground: Ground;

  constructor(given: {
    readonly context: AnalysisContext;
    readonly answers: Answers;
    readonly ask: (question: Question) => void;
    readonly ground: Ground;
  }) {
    this.context = given.context;
    this.answers = given.answers;
    this.ask = given.ask;
    this.ground = given.ground;
  }

  add({ finding, folder, via }: Found): void {
    switch (finding.kind) {
      case 'runs':
        (finding.reads ? this.read : this.ran).push(finding.explain);
        return;
      case 'files':
        if (via.elsewhere !== undefined) {
          if (harmsElsewhere(finding, via.elsewhere))
            this.elsewhere('destroy', `${finding.explain ?? `${finding.act}s ${finding.path.written}`}`, via);
          return;
        }
        this.outcome(
          fileOutcome(finding, folder, {
            ...this,
            environments: this.environments,
            ground: this.ground,
            answers: this.answers,
            ask: this.ask,
          }),
          via,
        );
        return;
      case 'git':
        this.git(finding, folder, via);
        return;
      case 'effect':
        this.effect(finding, via);
        return;
      case 'sql':
        this.sql(finding, folder, via);
        return;
      case 'http': {
        const { effects, questions } = requestAnalysis(finding, this.answers, this.context);
        for (const question of questions) this.ask(question);
        this.outcome({ effects, losses: [] }, via);
        return;
      }
      case 'opaque':
        this.put(
          {
            verb: 'destroy',
            resource: { kind: 'command', name: 'unknown' },
            environments: [LOCAL_ENVIRONMENT],
            amount: NO_AMOUNT,
            reversible: 'unknown',
            evidence: 'unknown',
            explain: finding.explain,
          },
          via,
        );
        return;
      default:
        assertNever(finding);
        return;
    }
  }

  result(): { readonly effects: readonly Effect[]; readonly losses: readonly LocalLoss[] } {
    const effects = atMost([...this.found.values()]);
    const verb = this.ran.length > 0 ? 'execute' : 'read';
    const names = [...new Set(this.ran.length > 0 ? this.ran : this.read)];
    if (names.length > 0 && effects.length === 0) {
      effects.push({
        verb,
        resource: { kind: 'command', name: names[0] ?? '' },
        environments: [LOCAL_ENVIRONMENT],
        amount: NO_AMOUNT,
        reversible: 'yes',
        evidence: 'parsed',
        explain: names.slice(0, 5).join(', '),
      });
    }
    return { effects, losses: together([...this.lost.values()]) };
  }

  /** Where what lies elsewhere belongs, when the command does not say. */
  private get environments(): readonly string[] {
    return this.context.environments;
  }

  private effect(finding: EffectFinding, via: Via): void {
    const named = knownText(finding.environment);
    const environments =
      finding.place === 'local' && via.elsewhere === undefined
        ? [LOCAL_ENVIRONMENT]
        : named !== undefined && named !== ''
          ? [named.toLowerCase()]
          : this.environments;
    this.put(
      {
        verb: finding.verb,
        resource: finding.resource,
        environments,
        amount: { ...NO_AMOUNT, count: finding.count ?? (finding.verb === 'write' ? 1 : 'unknown') },
        reversible: finding.reversible ?? 'unknown',
        evidence: 'parsed',
        explain: finding.explain,
      },
      via,
    );
  }

  private git(finding: GitFinding, folder: string | undefined, via: Via): void {
    if (finding.loses.length === 0) {
      this.ran.push(finding.explain);
      if (via.elsewhere === undefined) this.gathers = true;
      return;
    }
    if (via.elsewhere !== undefined) {
      this.elsewhere('destroy', finding.explain, via);
      return;
    }
    const where = finding.folder === undefined ? folder : pathIn(folder, finding.folder.text);
    const known = where?.startsWith('/') === true;
    // Of a home or of the system no copy is made.
    const wide = where !== undefined && isWhole(where, this.ground);
    this.put(
      {
        verb: 'destroy',
        resource: { kind: 'git', name: finding.folder?.written ?? 'repository' },
        environments: [LOCAL_ENVIRONMENT],
        amount: NO_AMOUNT,
        reversible: where === undefined ? 'unknown' : wide ? 'no' : 'snapshot',
        evidence: where === undefined ? 'unknown' : 'parsed',
        explain: finding.explain,
      },
      via,
    );
    if (known && where !== undefined) {
      // What a command before has put into the repository is still in the files when the copy is made.
      const all: readonly GitPart[] = this.gathers ? ['worktree', 'index', 'untracked'] : [];
      const loss: LocalLoss = { kind: 'git', folder: where, loses: [...new Set([...finding.loses, ...all])] };
      this.lost.set(JSON.stringify(loss), loss);
    }
  }

  private sql(finding: SqlFinding, folder: string | undefined, via: Via): void {
    if (this.context.contained === true && finding.dialect === 'postgres' && via.elsewhere === undefined) {
      // Asked about here as well, people would be asked twice, and here without the numbers.
      this.ran.push(`sends SQL with ${finding.by}, which the PostgreSQL door judges`);
      return;
    }
    if (finding.dialect === 'sqlite' && OTHER_FILES.test(finding.text.text)) {
      const explain = `sends SQL that reaches other files: ${finding.text.written}`;
      this.add({ finding: { kind: 'opaque', explain }, folder, via });
      return;
    }
    const outcome = sqlOutcome(finding, this.context);
    if (
      finding.dialect === 'sqlite' &&
      finding.file !== undefined &&
      via.elsewhere === undefined &&
      outcome.effects.some(({ verb }) => verb !== 'read')
    ) {
      // The database is a file, which can be kept like any other.
      const explain = outcome.effects.find(({ verb }) => verb !== 'read')?.explain ?? 'changes a database';
      for (const suffix of ['', '-wal', '-shm']) {
        if (suffix !== '' && folder?.startsWith('/') !== true) continue;
        const path = { ...finding.file, text: `${finding.file.text}${suffix}` };
        const asking = { environments: this.environments, ground: this.ground, answers: this.answers, ask: this.ask };
        this.outcome(
          fileOutcome(
            { kind: 'files', act: 'edit', path, recursive: false, explain: `${explain} of ${finding.file.written}` },
            folder,
            asking,
          ),
          via,
        );
      }
      return;
    }
    this.outcome(outcome, via);
  }

  private elsewhere(verb: Effect['verb'], explain: string, via: Via): void {
    this.put(
      {
        verb,
        resource: { kind: 'machine', name: via.elsewhere ?? 'elsewhere' },
        environments: this.environments,
        amount: NO_AMOUNT,
        reversible: 'unknown',
        evidence: 'parsed',
        explain,
      },
      via,
    );
  }

  private outcome({ effects, losses }: Outcome, via: Via): void {
    for (const effect of effects) this.put(effect, via);
    for (const loss of losses) this.lost.set(JSON.stringify(loss), loss);
  }

  private put(effect: Effect, via: Via): void {
    const where = via.elsewhere === undefined ? [] : [via.elsewhere];
    const chain = via.chain.length === 0 ? [] : [`(through ${via.chain.join(', ')})`];
    const explain = [visible(effect.explain), ...where, ...chain].join(' ');
    this.found.set(JSON.stringify([effect.verb, effect.resource, effect.reversible, effect.environments, explain]), {
      ...effect,
      explain,
    });
  }
}

/** SQLite's words that write or open another file than the database, or run a program (sqlite.org, "ATTACH", "CLI"). */
const OTHER_FILES =
  /\battach\b(?=[\s\S]*\b(?:insert|update|delete|drop|create|alter|replace)\b)|\bvacuum\b[^;]*\binto\b|\b(?:writefile|edit|load_extension)\s*\(|\bcopy\b[^;]*\bto\b\s*'/iu;

/** What nobody knows is shown as an ellipsis. */
function visible(text: string): string {
  return text.replaceAll(UNKNOWN_PART, '\u2026').replace(/\s+/gu, ' ').slice(0, 400);
}
