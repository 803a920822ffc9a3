import type { Verb } from '#action/effect';
import { knownText } from '../../argument.js';
import { compileCommand } from '../../cli-command.js';
import { readLine } from '../../cli-line.js';
import { isGiven } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import type { Tool } from '../../tool.js';
import { environmentOf, isLocalUrl, migrates } from './migration.js';

/** Knowledge as data: what the commands of one migration tool do. The first rule that fits counts; none: nothing of note. */
export interface MigrationRules {
  readonly names: readonly string[];
  readonly values?: readonly string[] | undefined;
  readonly singleDash?: boolean | undefined;
  readonly colons?: boolean | undefined;
  /** Options that name the environment. */
  readonly environment?: readonly string[] | undefined;
  /** Options that hold the address of the database. */
  readonly url?: readonly string[] | undefined;
  /** Options with which nothing is done. */
  readonly dryRun?: readonly string[] | undefined;
  /** The database is one of the developer's own when nothing else is said. */
  readonly ownByDefault?: boolean | undefined;
  readonly rules: readonly MigrationRule[];
}

export interface MigrationRule {
  /** See `compileCommand`. */
  readonly command: string;
  readonly when?: readonly string[] | undefined;
  readonly unless?: readonly string[] | undefined;
  readonly does: Verb | 'harmless';
  /** The command can only be meant for a developer's own database. */
  readonly own?: boolean | undefined;
  readonly explain: string;
}

export const RESETS = 'drops every table of the database and makes it anew';
export const DROPS = 'drops the database';
export const UNDOES = 'undoes migrations, with the data of what they added';
export const APPLIES = 'applies migrations';

export function migrationTool(rules: MigrationRules): Tool {
  return { names: rules.names, judge: (invocation) => judgeMigration(rules, invocation) };
}

const COMPILED = new WeakMap<MigrationRule, ReturnType<typeof compileCommand>>();

export function judgeMigration(rules: MigrationRules, invocation: Invocation): readonly Finding[] {
  const { options, operands } = readLine(invocation.args, rules);
  if (
    isGiven(options, [
      '--help',
      '--version',
      ...(rules.values?.includes('-h') === true ? [] : ['-h']),
      ...(rules.dryRun ?? []),
    ])
  )
    return [];
  const words = operands.map(knownText);
  for (const rule of rules.rules) {
    const matches = COMPILED.get(rule) ?? compileCommand(rule.command);
    COMPILED.set(rule, matches);
    const match = matches(words);
    if (match === undefined) continue;
    if (rule.when !== undefined && !isGiven(options, rule.when)) continue;
    if (rule.unless !== undefined && isGiven(options, rule.unless)) continue;
    if (rule.does === 'harmless') return [];
    if (match.guessed) {
      if (rule.does === 'write') continue;
      return [
        {
          kind: 'opaque',
          explain: `runs ${invocation.name} with a command that is computed; it may be one that ${rule.explain}`,
        },
      ];
    }
    const environment = options.value(...(rules.environment ?? [])) ?? environmentOf(invocation);
    const url = options.value(...(rules.url ?? []));
    const local =
      rule.own === true ||
      isLocalUrl(url) ||
      (rules.ownByDefault === true && environment === undefined && url === undefined);
    const said = operands.slice(match.length, match.length + 2).map(({ written }) => written);
    return [migrates(rule.does, [rule.explain, ...said].join(' '), { tool: invocation.name, environment, local })];
  }
  return [];
}
