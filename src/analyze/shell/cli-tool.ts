/** Knowledge as data: programs whose first words name what they do (`aws s3 rm`, `docker volume rm`, `gh repo delete`). */
import type { Verb } from '#action/effect';
import type { Argument } from './argument.js';
import type { Finding } from './finding.js';
import { readOptions } from './options.js';
import type { Tool } from './tool.js';

export interface CliRules {
  readonly names: readonly string[];
  /** Global options that take the next word as their value and may stand before the command's words. */
  readonly values?: readonly string[] | undefined;
  readonly singleDash?: boolean | undefined;
  /** What its objects are called: `aws`, `docker`. The first word of the command is added: `aws:s3`. */
  readonly resource: string;
  readonly place: 'local' | 'remote';
  /** Options that name the environment: `--environment`, `-e`. */
  readonly environment?: readonly string[] | undefined;
  /** Options with which any command only shows what it would do. */
  readonly dryRun?: readonly string[] | undefined;
  /** The first that fits counts. Commands that none fits change nothing of note, unless a word of theirs says so. */
  readonly rules: readonly CliRule[];
}

export interface CliRule {
  /**
   * The words of the command, each with alternatives: `s3 rm|rb`; `*` is any one word, `*-x`/`x-*` a word that ends or
   * begins so, `**` any number of words.
   */
  readonly command: string;
  /** Only with one of these options (`--force`, `-f`) ... */
  readonly when?: readonly string[] | undefined;
  /** ... and with none of these. */
  readonly unless?: readonly string[] | undefined;
  /** `harmless` ends the search with nothing found. */
  readonly does: Verb | 'harmless';
  readonly reversible?: 'yes' | 'no' | undefined;
  /** Instead of the tool's own. */
  readonly place?: 'local' | 'remote' | undefined;
  /** `deletes the bucket`; the words after the command are added: `deletes the bucket my-data`. */
  readonly explain: string;
}

/** Words that take something away whatever tool they are given to. Whole words, or parts between dashes. */
export const DESTROYING =
  /^(?:delete|destroy|purge|wipe|erase|terminate|obliterate|nuke|drop|truncate|shred|expunge|deprovision|decommission|flushall|flushdb)$/u;

export function cliTool(rules: CliRules): Tool {
  const compiled = rules.rules.map((rule) => ({ rule, matches: compile(rule.command) }));
  return {
    names: rules.names,
    judge: ({ name, args }) => {
      const options = readOptions(args, { values: rules.values, singleDash: rules.singleDash });
      if (options.has('--help', '-h', '--version', ...(rules.dryRun ?? []))) return [];
      const words = options.operands.map(({ text }) => text);
      for (const { rule, matches } of compiled) {
        const length = matches(words);
        if (length === undefined) continue;
        if (rule.when !== undefined && !options.has(...rule.when)) continue;
        if (rule.unless !== undefined && options.has(...rule.unless)) continue;
        if (rule.does === 'harmless') return [];
        return [
          effect(rules, rule.does, {
            explain: said(rule.explain, options.operands.slice(length)),
            place: rule.place ?? rules.place,
            reversible: rule.reversible,
            environment: options.value(...(rules.environment ?? [])),
            first: words[0] ?? name,
          }),
        ];
      }
      const telling = words.slice(0, 3).findIndex((word) => word.split(/[-:_]/u).some((part) => DESTROYING.test(part)));
      if (telling < 0) return [];
      const explain = said(
        `runs ${[name, ...words.slice(0, telling + 1)].join(' ')}`,
        options.operands.slice(telling + 1),
      );
      return [
        effect(rules, 'destroy', {
          explain,
          place: rules.place,
          reversible: undefined,
          environment: options.value(...(rules.environment ?? [])),
          first: words[0] ?? name,
        }),
      ];
    },
  };
}

function effect(
  rules: CliRules,
  verb: Verb,
  given: {
    readonly explain: string;
    readonly place: 'local' | 'remote';
    readonly reversible: 'yes' | 'no' | undefined;
    readonly environment: Argument | undefined;
    readonly first: string;
  },
): Finding {
  const { first, ...rest } = given;
  return { kind: 'effect', verb, resource: { kind: `${rules.resource}:${first}`, name: first }, ...rest };
}

function said(explain: string, operands: readonly Argument[]): string {
  const named = operands.slice(0, 3).map(({ written }) => written);
  return [explain, ...named, ...(operands.length > 3 ? [`and ${operands.length - 3} more`] : [])].join(' ');
}

/** A function from words to how many of them the command's own words are; undefined: it does not fit. */
function compile(command: string): (words: readonly string[]) => number | undefined {
  const parts = command.split(' ');
  const tests = parts.map((part) => {
    if (part === '**') return undefined;
    const source = part.split('|').map((one) => one.replace(/[.+?^${}()[\]\\]/gu, '\\$&').replaceAll('*', '.*'));
    const pattern = new RegExp(`^(?:${source.join('|')})$`, 'u');
    return (word: string) => pattern.test(word);
  });
  const from = (words: readonly string[], test: number, word: number): number | undefined => {
    if (test === tests.length) return word;
    const current = tests[test];
    if (current === undefined) {
      for (let skip = word; skip <= words.length; skip += 1) {
        const end = from(words, test + 1, skip);
        if (end !== undefined) return end;
      }
      return undefined;
    }
    const text = words[word];
    return text !== undefined && current(text) ? from(words, test + 1, word + 1) : undefined;
  };
  return (words) => from(words, 0, 0);
}
