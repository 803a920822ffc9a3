/**
 * Tools that change the schema of the database that a project's configuration names. Which one that is the command rarely says:
 * it counts as one of an unknown environment, unless the command says that it is a developer's own.
 */
import type { Verb } from '#action/effect';
import type { Argument } from '../../argument.js';
import type { EffectFinding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';

/** Names of environments that a developer has to himself. */
const OWN = /^(?:dev|development|test|testing|ci|local|localhost)$/iu;
const VARIABLES = [
  'RAILS_ENV',
  'RACK_ENV',
  'NODE_ENV',
  'APP_ENV',
  'MIX_ENV',
  'ENVIRONMENT',
  'ENV',
  'DJANGO_ENV',
  'FLASK_ENV',
  'HANAMI_ENV',
];

export function isOwn(name: Argument | undefined): boolean {
  return name?.certainty === 'exact' && OWN.test(name.text);
}

/** The environment that a variable before the command names: `RAILS_ENV=test`. */
export function environmentOf({ variables }: Invocation): Argument | undefined {
  return VARIABLES.map((name) => variables.get(name)).find((value) => value !== undefined);
}

/** Also a connection string: on this machine, or a file. */
export function isLocalUrl(url: Argument | undefined): boolean {
  return (
    url?.certainty === 'exact' &&
    (/^[\w+]+:\/\/(?:[^@/]*@)?(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:[/?]|$)/iu.test(
      url.text,
    ) ||
      /^(?:sqlite3?:|file:|.*\.(?:db|sqlite3?)$)/iu.test(url.text))
  );
}

export function migrates(
  verb: Verb,
  explain: string,
  given: {
    readonly tool: string;
    readonly environment?: Argument | undefined;
    readonly local?: boolean | undefined;
    readonly reversible?: 'yes' | 'no' | undefined;
  },
): EffectFinding {
  const { tool, environment, reversible } = given;
  const local = given.local === true || isOwn(environment);
  return {
    kind: 'effect',
    verb,
    resource: { kind: 'database', name: `the database of ${tool}` },
    place: local ? 'local' : 'remote',
    // A developer's own is made anew by the same tool.
    ...(reversible !== undefined ? { reversible } : local && verb === 'destroy' ? { reversible: 'yes' } : {}),
    ...(environment === undefined ? {} : { environment }),
    ...(verb === 'write' ? { count: 1 } : {}),
    explain,
  };
}
