import { askSecret } from './ask.js';
import { placeholderLines } from './placeholder-lines.js';
import type { AddCommand, CommandContext } from './program.js';
import type { LaneCheck, Provisioned, ProvisionRequest } from './services.js';
import { EXIT, UsageError } from './terminal.js';

interface ProvisionFlags {
  readonly apply?: boolean;
  readonly as?: string;
  readonly user?: string;
  readonly schema: readonly string[];
  readonly takeOwnership?: boolean;
  readonly replace?: boolean;
  readonly plainPasswords?: boolean;
}

const collect = (value: string, all: readonly string[]) => [...all, value];

export const dbCommand: AddCommand = (program, act) => {
  const db = program.command('db').description('the three roles of a guarded database: make them, check them');

  db.command('provision')
    .description('print the SQL that makes the roles; their passwords go into the vault and nowhere else')
    .argument('<resource>')
    .option('--apply', 'run it, log in as each role, and check what it can do')
    .option('--as <secret>', 'the secret of an administrator, in the vault')
    .option('--user <user>', 'an administrator; the password is in PGPASSWORD, asked for, or read from standard input')
    .option('--schema <name>', 'a schema to give rights on (default: all that the administrator may)', collect, [])
    .option('--take-ownership', 'move tables to the owner role when their owner is an administrator')
    .option('--replace', "replace secrets that are other roles' passwords")
    .option('--plain-passwords', 'with --apply: send passwords instead of verifiers, for servers that want that (Neon)')
    .action(
      act(async (context, resource: string, flags: ProvisionFlags) => {
        const { services, terminal, where } = context;
        const provisioned = await services.provisionDatabase(where, await requestOf(context, resource, flags));
        // SQL on standard output, everything else beside it: `firebreak db provision NAME | psql ...` works.
        if (provisioned.sql !== undefined && !terminal.json) {
          terminal.note(wordsOf(provisioned));
          process.stdout.write(`${provisioned.sql}\n`);
        } else terminal.result(provisioned, `${wordsOf(provisioned)}\n${checksOf(provisioned.checks)}`);
        return provisioned.checks.every(({ fit }) => fit) ? EXIT.done : EXIT.failed;
      }),
    );

  db.command('check')
    .description('log in with each credential of a database and say what is wrong with its role')
    .argument('<resource>')
    .action(
      act(async ({ services, terminal, where }, resource: string) => {
        const checks = await services.checkDatabase(where, resource);
        terminal.result(checks, checksOf(checks));
        return checks.every(({ fit }) => fit) ? EXIT.done : EXIT.failed;
      }),
    );
};

async function requestOf(
  { terminal }: CommandContext,
  resource: string,
  flags: ProvisionFlags,
): Promise<ProvisionRequest> {
  if (flags.as !== undefined && flags.user !== undefined)
    throw new UsageError('--as and --user both say who', 'give one of them');
  return {
    resource,
    apply: flags.apply === true,
    admin:
      flags.as !== undefined
        ? { kind: 'secret', name: flags.as }
        : flags.user === undefined
          ? undefined
          : {
              kind: 'login',
              user: flags.user,
              password: process.env['PGPASSWORD'] ?? (await askSecret(terminal, `The password of ${flags.user}`)),
            },
    schemas: flags.schema,
    takeOwnership: flags.takeOwnership === true,
    replace: flags.replace === true,
    plainPasswords: flags.plainPasswords === true,
  };
}

function wordsOf({ resource, applied, roles, configure, notes, placeholders }: Provisioned): string {
  return [
    applied
      ? `Made the roles of ${resource}: ${Object.values(roles).join(', ')}.`
      : `The passwords of ${Object.values(roles).join(', ')} are in the vault. They work when an administrator has run this SQL.`,
    ...notes.map((note) => `  note: ${note}`),
    ...(configure.length === 0
      ? []
      : [`Add to the credentials of ${resource} in firebreak.yaml:`, ...configure.map((line) => `  ${line}`)]),
    ...placeholders.map(placeholderLines),
  ].join('\n');
}

function checksOf(checks: readonly LaneCheck[]): string {
  const outside = checks.find((check) => check.outside.length > 0)?.outside ?? [];
  return [
    ...checks.flatMap((check) => [
      `${check.lane}: ${check.problem ?? `${check.role ?? ''}${check.fit ? ' fits' : ' IS REFUSED on a protected environment'}`}`,
      ...(check.hint === undefined ? [] : [`  hint: ${check.hint}`]),
      ...check.findings.flatMap(({ severity, what, why, fix }) => [
        `  ${severity === 'refuse' ? 'REFUSED' : 'warning'}: ${what}: ${why}`,
        ...fix.split('\n').map((line) => `    ${line}`),
      ]),
    ]),
    ...(outside.length === 0 ? [] : ['Beyond the reach of a rollback:']),
    ...outside.map(({ name, why }) => `  ${name}: ${why}`),
  ].join('\n');
}
