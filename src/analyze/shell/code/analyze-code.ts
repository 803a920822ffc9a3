import { type Argument, exactly, UNKNOWN_PART } from '../argument.js';
import type { Finding, Language, SqlFinding } from '../finding.js';
import { analyzeAwk } from './awk.js';
import { Bindings } from './bindings.js';
import { judgeCall } from './judge-call.js';
import { DESTROYING_SQL } from './judge-runs.js';
import { lex } from './lexer.js';
import { analyzeApplescript, analyzePowershell } from './other-shells.js';
import { presetOf } from './preset.js';
import type { Program } from './program.js';
import { programOf } from './program-text.js';
import { Reader } from './reader.js';
import { isSign, type Token } from './token.js';
import type { Call } from './value.js';

/** Longer programs are not read. */
const MOST_CODE = 65_536;
const MOST_CALLS = 20_000;
const MOST_FINDINGS = 400;

export interface CodeOptions {
  /**
   * The file in which the program stands, if it was not typed for this occasion: then a command that it computes is no reason
   * to hold it. Absolute, or relative to the folder in which it runs.
   */
  readonly file?: string | undefined;
  /** The words that it is started with. */
  readonly args?: readonly Argument[] | undefined;
  /** Who runs it, for people: `python`. */
  readonly by?: string | undefined;
}

/**
 * What the text of a program would do. Strings that are only printed or written are no commands; calls that remove, write or
 * start something are found with what they are given, as far as the text tells.
 *
 * FAIL-CLOSED: a text that cannot be read, and holds words that destroy, is opaque. Never throws.
 */
export function analyzeCode(language: Language, text: string, options: CodeOptions = {}): readonly Finding[] {
  if (text.length > MOST_CODE) {
    return [{ kind: 'opaque', explain: `runs a program of more than ${MOST_CODE} characters` }];
  }
  const by = options.by ?? language;
  if (language === 'awk') return analyzeAwk(text, by);
  if (language === 'powershell') return analyzePowershell(text, by);
  if (language === 'applescript') return analyzeApplescript(text, by);
  const source = programOf(language, text);
  const { tokens, broken } = lex(language, source);
  const { calls, lost } = readCalls(language, tokens, options);
  const program: Program = {
    language,
    by,
    sql: dialectOf(source),
    computedSql: () =>
      literals(tokens).flatMap((one): Finding[] =>
        DESTROYING_SQL.test(one.text) ? [{ kind: 'sql', dialect: dialectOf(source), text: one, by }] : [],
      ),
    computedCommand: () => computedCommand(tokens, by, options.file !== undefined),
  };
  const findings: Finding[] = [];
  for (const call of calls) {
    if (findings.length >= MOST_FINDINGS) break;
    findings.push(...judgeCall(call, program));
  }
  if (findings.length >= MOST_FINDINGS || calls.length >= MOST_CALLS) {
    findings.push({ kind: 'opaque', explain: 'runs a program that does more than can be followed' });
  }
  if (tokens.some((token, at) => isSign(token, UNKNOWN_PART) && begins(tokens[at - 1]))) {
    // FAIL-CLOSED: a statement that nobody knows could be any.
    findings.push({ kind: 'opaque', explain: `runs ${language} code of which a part is computed` });
  }
  if (((broken || lost) && TELLING.test(source)) || /^\s*(?:sudo\s+)?rm\s+-/u.test(source)) {
    // FAIL-CLOSED: in a text that cannot be read as a program, a word that destroys may be code.
    findings.push({ kind: 'opaque', explain: `runs ${language} code that cannot be read` });
  }
  return distinct(findings);
}

/** Words that would matter if they were code. */
const TELLING =
  /\brm\s+-\w*[rf]|\b(?:unlink|rmtree|rmdir|remove_tree|rm_rf|rmSync|removeSync|rmdirSync|unlinkSync|execSync|os\.remove|os\.system|subprocess|child_process|shell_exec|passthru|mkfs|drop\s+(?:table|database|schema)|truncate\s+table|delete\s+from)\b|\b(?:system|exec|eval)\s*[("'`]/iu;

function readCalls(
  language: Language,
  tokens: readonly Token[],
  { file, args }: CodeOptions,
): { readonly calls: readonly Call[]; readonly lost: boolean } {
  const bindings = new Bindings();
  for (const [name, value] of presetOf(language, file, args)) bindings.bind(name, value);
  const first = new Reader(language, bindings, () => undefined);
  first.program(tokens);
  bindings.settle();
  const calls: Call[] = [];
  const second = new Reader(language, bindings, (call) => {
    if (calls.length < MOST_CALLS) calls.push(call);
  });
  second.program(tokens);
  return { calls, lost: first.lost || second.lost };
}

/** Texts of the program that hold no code. */
function literals(tokens: readonly Token[]): readonly Argument[] {
  return tokens.flatMap((token) => {
    if (token.kind !== 'string') return [];
    const texts = token.parts.filter((part): part is string => typeof part === 'string');
    return texts.length === token.parts.length && texts.length > 0 ? [exactly(texts.join(''))] : [];
  });
}

/** Commands that remove something, as a text of the program. */
const COMMAND =
  /^\s*(?:sudo\s+)?(?:rm|rmdir|shred|dd|mkfs\S*|git|dropdb|terraform|kubectl|docker|psql|mysql|find|truncate)\b\s/u;

/**
 * FAIL-CLOSED: a command that is computed waits for a person, when the program was typed for this occasion. A program in a file
 * is judged by the commands that stand in it as texts.
 */
function computedCommand(tokens: readonly Token[], by: string, file: boolean): readonly Finding[] {
  if (!file) return [{ kind: 'opaque', explain: `has ${by} run a command that is computed` }];
  return literals(tokens).flatMap((text): Finding[] => (COMMAND.test(text.text) ? [{ kind: 'shell', text, by }] : []));
}

function dialectOf(text: string): SqlFinding['dialect'] {
  if (/\bsqlite3?\b|better-sqlite/iu.test(text)) return 'sqlite';
  return /\b(?:mysql2?|pymysql|MySQLdb|mysqli|mariadb)\b/iu.test(text) ? 'mysql' : 'postgres';
}

/** A statement begins behind this token. */
function begins(before: Token | undefined): boolean {
  return before === undefined || before.kind === 'line' || isSign(before, ';', '{', '}');
}

function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = JSON.stringify(finding);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
