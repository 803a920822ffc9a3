/** Knowledge as data: programs whose first words name what they do (`aws s3 rm`, `docker volume rm`, `gh repo delete`). */
import type { Verb } from '#action/effect';
import { type Argument, knownText } from './argument.js';
import { type CommandMatch, type CommandWord, compileCommand } from './cli-command.js';
import { type Below, readLine } from './cli-line.js';
import { type CliVerbs, firstVerb } from './cli-verbs.js';
import type { Finding } from './finding.js';
import type { Options } from './options.js';
import type { Tool } from './tool.js';

export interface CliRules {
  readonly names: readonly string[];
  /** Global options that take the next word as their value and may stand before the command's words. */
  readonly values?: readonly string[] | undefined;
  /** Given: every long option takes the next word as its value, except these. */
  readonly flags?: readonly string[] | undefined;
  /** By the command's first word: options that take a value only there, and those of `values` that do not. */
  readonly below?: Readonly<Record<string, Below>> | undefined;
  readonly singleDash?: boolean | undefined;
  /** `apps:destroy` is `apps destroy`. */
  readonly colons?: boolean | undefined;
  /** What its objects are called: `aws`, `docker`. The first word of the command is added: `aws:s3`. */
  readonly resource: string;
  readonly place: 'local' | 'remote';
  /** Instead of `place`, when what was given says so: `--local`, `--context kind-dev`. */
  readonly placeOf?: ((options: Options) => 'local' | 'remote' | undefined) | undefined;
  /** Options that name the environment: `--environment`, `-e`. */
  readonly environment?: readonly string[] | undefined;
  /** Options that name what the command is about: `--name`. */
  readonly naming?: readonly string[] | undefined;
  /** Options with which any command only shows what it would do. `--x=y`: only with this value. */
  readonly dryRun?: readonly string[] | undefined;
  /** For tools whose commands are nouns with a verb behind: what their verbs do where no rule fits. */
  readonly verbs?: CliVerbs | undefined;
  /** The first that fits counts. Commands that none fits change nothing of note, unless a word of theirs says so. */
  readonly rules: readonly CliRule[];
}

export interface CliRule {
  /**
   * The words of the command, each with alternatives: `s3 rm|rb`; `*` is any one word, `*-x`/`x-*` a word that ends or
   * begins so, `**` any number of words.
   */
  readonly command: string;
  /** Only with one of these options (`--force`, `-f`; `--replicas=0`: with this value) ... */
  readonly when?: readonly string[] | undefined;
  /** ... and with none of these. */
  readonly unless?: readonly string[] | undefined;
  /** `harmless` ends the search with nothing found. */
  readonly does: Verb | 'harmless';
  readonly reversible?: 'yes' | 'no' | undefined;
  /** Instead of the tool's own. */
  readonly place?: 'local' | 'remote' | undefined;
  /** How many objects. Absent: 1 of a `write`, else not known. */
  readonly count?: number | undefined;
  /** `deletes the bucket`; the words after the command are added: `deletes the bucket my-data`. */
  readonly explain: string;
}

/** Words that take something away whatever tool they are given to. Whole words, or parts between dashes. */
export const DESTROYING =
  /^(?:delete|destroy|purge|wipe|erase|terminate|obliterate|nuke|drop|truncate|shred|expunge|deprovision|decommission|flushall|flushdb)$/u;

/** Words after which whatever follows is only looked at, or is the name of something new. */
const NO_LOSS =
  /^(?:get|list|ls|ps|show|describe|info|inspect|status|logs?|view|version|help|plan|diff|validate|search|find|history|top|explain|preview|lint|check|completion|whoami|tail|events?|create|add|new|init|set|build|run|exec|start|push|pull|test|open|edit|rename|login|use|switch)$/u;

/** Of what a rule says, only these are worth a hold when some word is not known. */
const HARM: ReadonlySet<Verb> = new Set(['destroy', 'configure', 'grant', 'deploy', 'execute']);

export function cliTool(rules: CliRules): Tool {
  // What names the environment takes a value wherever it stands.
  const style = { ...rules, values: [...(rules.values ?? []), ...(rules.environment ?? [])] };
  const compiled = rules.rules.map((rule) => ({ rule, matches: compileCommand(rule.command) }));
  return {
    names: rules.names,
    judge: ({ name, args }) => {
      const { options, operands, leading } = readLine(args, style);
      const words: readonly CommandWord[] = operands.map(knownText);
      if (onlyShows(rules, options, words)) return [];
      let guess: CliRule | undefined;
      for (const { rule, matches } of compiled) {
        const match = matches(words);
        if (match === undefined || !fits(rule, options)) continue;
        if (match.guessed) {
          if (rule.does !== 'harmless' && HARM.has(rule.does)) guess ??= rule;
          continue;
        }
        return rule.does === 'harmless' ? [] : [effect(rules, rule, rule.does, name, { match, operands, options })];
      }
      if (guess !== undefined) return opaqueUnlessShown(name, words, guess.explain);
      const told = otherwise(rules, name, words, leading);
      if (told === undefined) return [];
      if (told === 'unknown') return opaqueUnlessShown(name, words, 'deletes');
      const { rule, length } = told;
      return rule.does === 'harmless'
        ? []
        : [effect(rules, rule, rule.does, name, { match: { length, guessed: false }, operands, options })];
    },
  };
}

/** What a command does that no rule names: by its verb, or by a word that takes something away in whatever tool. */
function otherwise(
  rules: CliRules,
  name: string,
  words: readonly CommandWord[],
  leading: number,
): { readonly rule: CliRule; readonly length: number } | 'unknown' | undefined {
  const saying = (length: number) => words.slice(0, length).join(' ');
  if (rules.verbs !== undefined) {
    const found = firstVerb(words, rules.verbs);
    if (found === undefined || found === 'unknown') return found;
    const { meaning, length } = found;
    return { rule: { ...meaning, command: '', explain: `${meaning.explain} (${name} ${saying(length)})` }, length };
  }
  const telling = tellingWord(words.slice(0, Math.min(leading, 3)));
  if (telling === undefined) return undefined;
  const length = telling + 1;
  return { rule: { command: '', does: 'destroy', explain: `runs ${name} ${saying(length)}` }, length };
}

/**
 * Whether one of these options was given, and not switched off. `--name=value` asks for that value.
 */
export function isGiven(options: Options, names: readonly string[]): boolean {
  return names.some((one) => {
    const equals = one.indexOf('=');
    if (equals > 0) return options.values(one.slice(0, equals)).some(({ text }) => text === one.slice(equals + 1));
    return options.has(one) && !options.values(one).some(({ text }) => text === 'false' || text === 'none');
  });
}

function onlyShows(rules: CliRules, options: Options, words: readonly CommandWord[]): boolean {
  // `--version` asks for the program's own only when nothing is commanded: `helm upgrade x --version 1.2`.
  if (words.length === 0 ? options.has('--version', '-V') : words[0] === 'help') return true;
  const letter = rules.values?.includes('-h') === true ? [] : ['-h'];
  const names = ['--help', ...letter, ...(rules.singleDash === true ? ['-help'] : []), ...(rules.dryRun ?? [])];
  // FAIL-CLOSED: a dry run whose value nobody knows (`--dry-run=$MODE`) is none.
  const unknown = (name: string) => options.values(name).some(({ certainty }) => certainty === 'unknown');
  return names.some((name) => isGiven(options, [name]) && !unknown(name));
}

function fits(rule: CliRule, options: Options): boolean {
  if (rule.when !== undefined && !isGiven(options, rule.when)) return false;
  return rule.unless === undefined || !isGiven(options, rule.unless);
}

/** FAIL-CLOSED: a command word that nobody knows, where the right one would do harm, waits for a person. */
function opaqueUnlessShown(name: string, words: readonly CommandWord[], explain: string): readonly Finding[] {
  const unknown = words.indexOf(undefined);
  const next = words.slice(unknown).find((word) => word !== undefined);
  // An unknown word before one that only looks holds options: `kubectl $OPTIONS get pods`.
  if (next !== undefined && NO_LOSS.test(next)) return [];
  const before = words.slice(0, unknown).join(' ');
  const said = `runs ${before === '' ? name : `${name} ${before}`} with a command that is computed; it may be one that ${explain}`;
  return [{ kind: 'opaque', explain: said }];
}

function tellingWord(words: readonly CommandWord[]): number | undefined {
  for (const [index, word] of words.entries()) {
    if (word === undefined) return undefined;
    const parts = word.split(/[-:_]/u);
    if (parts.some((part) => DESTROYING.test(part))) return index;
    if (parts.some((part) => NO_LOSS.test(part))) return undefined;
  }
  return undefined;
}

function effect(
  rules: CliRules,
  rule: CliRule,
  verb: Verb,
  program: string,
  given: { readonly match: CommandMatch; readonly operands: readonly Argument[]; readonly options: Options },
): Finding {
  const { match, operands, options } = given;
  const named = [...operands.slice(match.length), ...options.values(...(rules.naming ?? []))];
  const first = operands[0]?.text ?? program;
  const count = rule.count ?? (verb === 'write' ? 1 : undefined);
  return {
    kind: 'effect',
    verb,
    resource: { kind: `${rules.resource}:${first}`, name: named[0] === undefined ? first : shownWord(named[0]) },
    place: rule.place ?? rules.placeOf?.(options) ?? rules.place,
    environment: options.value(...(rules.environment ?? [])),
    ...(rule.reversible === undefined ? {} : { reversible: rule.reversible }),
    ...(count === undefined ? {} : { count }),
    explain: said(rule.explain, named),
  };
}

function said(explain: string, operands: readonly Argument[]): string {
  const named = operands.slice(0, 3).map(shownWord);
  return [explain, ...named, ...(operands.length > 3 ? [`and ${operands.length - 3} more`] : [])].join(' ');
}

/** INVARIANT: the value of an assignment (`secrets set TOKEN=...`) never gets into an explanation, unless it is a number. */
function shownWord({ written }: Argument): string {
  const assigned = /^(["']?[A-Za-z_][\w.:/-]*(?:\[[^\]]*\])?=)(?!\d*["']?$)/u.exec(written)?.[1];
  return assigned === undefined ? written : `${assigned.replace(/^["']/u, '')}...`;
}
