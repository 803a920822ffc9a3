import { confirm, intro, log, note, outro, text } from '@clack/prompts';
import { renderUnicodeCompact } from 'uqr';
import { FirebreakError } from '#base/errors';
import { carryOut, type HooksDone, hooksRequestOf, hooksSummary } from './agent-hooks.js';
import { answered, askCode, askSecret, chooseApprover } from './ask.js';
import { fitted } from './fit.js';
import type { AddCommand, CommandContext } from './program.js';
import type { InitAnswers, Prepared } from './services.js';
import { EXIT, UsageError } from './terminal.js';

interface InitFlags {
  readonly environment: readonly string[];
  readonly protected: readonly string[];
  readonly postgres: readonly string[];
  readonly railway?: boolean;
  readonly passphrase?: boolean;
  readonly approver?: string;
  readonly yes?: boolean;
  readonly agents?: string;
  readonly level?: string;
  readonly undo?: boolean;
  readonly dryRun?: boolean;
}

/** As `daemon/enrolment.ts` takes them. */
const APPROVER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const NOBODY = 'Nobody was enrolled. `firebreak init` asks again.';

const collect = (value: string, all: readonly string[]) => [...all, value];

export const initCommand: AddCommand = (program, act) => {
  program
    .command('init')
    .description(
      "write firebreak.yaml, make the state folder and its vault, put hooks into agents' settings, enrol an approver",
    )
    .option('--protected <name>', 'an environment to protect (default: production)', collect, [])
    .option('--environment <name>', 'an environment that is not protected (default: staging)', collect, [])
    .option('--postgres <spec>', 'a database: NAME=ENVIRONMENT@HOST[:PORT]/DATABASE', collect, [])
    .option('--railway', 'guard the Railway API')
    .option('--passphrase', 'lock the vault with a passphrase that is asked for at each start, instead of a key file')
    .option('--approver <name>', 'enrol this person (on a terminal only)')
    .option('--agents <names>', 'whose hooks to install: claude-code,codex,... or none (default: all that are here)')
    .option('--level <level>', 'managed, user or project (default: the strongest that you can write)')
    .option('--undo', "take the hooks out of agents' settings again, and do nothing else")
    .option('--dry-run', "show what would change in agents' settings, and do nothing")
    .option('--yes', 'ask nothing; take the flags and the defaults')
    .action(act((context, flags: InitFlags) => init(context, flags)));
};

async function init(context: CommandContext, flags: InitFlags): Promise<number> {
  const { terminal, services, where } = context;
  const asks = terminal.interactive && flags.yes !== true && !terminal.json;
  if (flags.undo === true || flags.dryRun === true) return hooksOnly(context, flags, asks);
  if (asks) intro('Firebreak: what stands between your agents and production');
  const kept = services.configuration(where);
  // What would be kept as it is needs no answers.
  const answers = await gather(context, flags, asks && kept === undefined);
  if (asks && answers.passphrase !== undefined) log.message('Making the vault; a passphrase takes some seconds ...');
  const prepared = await services.prepare(where, answers);
  if (asks) log.message(fitted(summaryOf(prepared), process.stdout.columns - GUTTER));
  const hooks = await installHooks(context, flags, asks);
  const enrolled = asks ? await enrol(context, flags.approver, prepared) : [];
  const approvers = [...prepared.approvers, ...enrolled];
  const next = [...hooksSummary(hooks), nextOf(prepared, approvers)].join('\n');
  if (asks) {
    log.message(fitted(next, process.stdout.columns - GUTTER));
    outro('Done.');
  } else terminal.result({ ...prepared, approvers, hooks }, `${summaryOf(prepared)}\n${next}`);
  return failed(hooks) ? EXIT.failed : EXIT.done;
}

async function installHooks(context: CommandContext, flags: InitFlags, asks: boolean): Promise<HooksDone> {
  const request = hooksRequestOf(flags);
  if (request.agents?.length === 0) return { agents: [], files: [], done: false };
  return carryOut(context, await context.services.agentHooks(context.where, request), flags, asks);
}

/** `--undo` and `--dry-run`. */
async function hooksOnly(context: CommandContext, flags: InitFlags, asks: boolean): Promise<number> {
  const { services, terminal, where } = context;
  const request = hooksRequestOf(flags);
  const plan =
    flags.undo === true ? await services.agentHooksUndo(where, request) : await services.agentHooks(where, request);
  const hooks = await carryOut(context, plan, flags, asks && flags.dryRun !== true);
  const said = hooks.files.length === 0 ? 'Nothing to do.' : hooks.done ? 'Done.' : 'Nothing was done.';
  if (terminal.json) terminal.result({ hooks }, '');
  else terminal.note(said);
  return failed(hooks) ? EXIT.failed : EXIT.done;
}

/** An agent that is here stays without hooks. */
function failed({ agents }: HooksDone): boolean {
  return agents.some(({ problem }) => problem !== undefined);
}

/** The columns that the frame takes at the left. */
const GUTTER = 4;

function summaryOf({ config, state, keyFile }: Prepared): string {
  return [
    `${config.written ? 'Wrote' : 'Kept'} ${config.path}`,
    `${state.written ? 'Made' : 'Kept'} the state folder ${state.path}`,
    ...(keyFile === undefined ? [] : [`Made the vault's key; keep a copy of it elsewhere:`, `  ${keyFile}`]),
  ].join('\n');
}

function nextOf({ missingSecrets, databases }: Prepared, approvers: readonly string[]): string {
  return [
    approvers.length > 0
      ? `Approvers: ${approvers.join(', ')}`
      : 'No approver is enrolled: run `firebreak init` on a terminal, or every hold expires',
    '',
    'Next:',
    ...databases.map(
      (name) => `  firebreak db provision ${name} --user ADMIN   (three roles and their secrets; or one:)`,
    ),
    ...missingSecrets.map((name) => `  firebreak secrets add ${name}`),
    '  firebreak up',
  ].join('\n');
}

async function gather({ terminal }: CommandContext, flags: InitFlags, asks: boolean): Promise<InitAnswers> {
  const guarded = flags.protected.length > 0 ? flags.protected : ['production'];
  const open = flags.environment.length > 0 ? flags.environment : ['staging'];
  const postgres = flags.postgres.map(parseDatabase);
  let railway = flags.railway === true;
  let passphrase: string | undefined;
  if (asks && postgres.length === 0) {
    const spec = answered(
      await text({
        message: 'A PostgreSQL database, as NAME=ENVIRONMENT@HOST/DATABASE? Or empty',
        placeholder: 'orders-db=production@db.example.com:5432/orders',
        defaultValue: '',
        validate: (value) => {
          if (!value) return undefined;
          try {
            parseDatabase(value);
            return undefined;
          } catch (error) {
            return error instanceof Error ? error.message : 'not understood';
          }
        },
      }),
    );
    if (spec !== '') postgres.push(parseDatabase(spec));
  }
  if (asks && !railway) railway = answered(await confirm({ message: 'Do you use Railway?', initialValue: false }));
  if (flags.passphrase === true) {
    passphrase = await askSecret(terminal, 'A passphrase for the vault');
    if (terminal.interactive && passphrase !== (await askSecret(terminal, 'The same once more')))
      throw new UsageError('these were two different passphrases', 'run it again; nothing was done');
    if (passphrase.length < 12)
      throw new UsageError('a passphrase needs at least 12 characters', 'four words that nobody would guess do well');
  }
  const environments = [
    ...guarded.map((name) => ({ name, protected: true })),
    ...open.filter((name) => !guarded.includes(name)).map((name) => ({ name, protected: false })),
  ];
  for (const { environment } of postgres) {
    // A database whose environment nobody mentioned is protected until somebody says otherwise.
    if (!environments.some(({ name }) => name === environment))
      environments.push({ name: environment, protected: true });
  }
  return { environments, postgres, railway, passphrase };
}

/** Shows the QR code on this terminal and asks for one code as proof that the app has it. */
async function enrol(
  context: CommandContext,
  given: string | undefined,
  prepared: Prepared,
): Promise<readonly string[]> {
  const { terminal, services, where } = context;
  const first = prepared.approvers.length === 0;
  if (!first && given === undefined) return [];
  const desk = await services.enrolment(where);
  try {
    const approver =
      given ??
      answered(
        await text({
          message: 'Who approves? A name for you',
          placeholder: 'dana',
          validate: (value) =>
            value && APPROVER_NAME.test(value) ? undefined : 'lower-case letters, digits, dots and dashes, please',
        }),
        NOBODY,
      );
    const vouched = first ? undefined : await vouch(terminal, desk.approvers);
    const { uri, secret } = await desk.begin(approver, vouched);
    note(
      `${renderUnicodeCompact(shortest(uri))}\n\nor type this secret: ${secret}`,
      `Scan this with an authenticator app for ${approver}`,
    );
    for (;;) {
      try {
        await desk.confirm(await askCode(terminal, approver, NOBODY));
        return [approver];
      } catch (error) {
        if (!(error instanceof FirebreakError) || error.code !== 'FACTOR_WRONG') throw error;
        log.warn(`${error.message}\n${error.hint ?? ''}`);
      }
    }
  } finally {
    await desk.close();
  }
}

/** An existing approver's word for a further one. */
async function vouch(terminal: CommandContext['terminal'], approvers: readonly string[]) {
  log.message('An approver vouches for a further one, with a code.');
  const approver = await chooseApprover(terminal, approvers, undefined);
  return { approver, code: await askCode(terminal, approver, NOBODY) };
}

/** Without what every app takes for granted, for a QR code that fits on a small terminal. */
function shortest(uri: string): string {
  return uri.replace(/&(algorithm=SHA1|digits=6|period=30)(?=&|$)/g, '');
}

function parseDatabase(spec: string): InitAnswers['postgres'][number] {
  const match = /^([a-z0-9][a-z0-9-]*)=([a-z0-9][a-z0-9-]*)@([^:/@\s]+)(?::(\d{1,5}))?\/([^/\s]+)$/.exec(spec);
  const [, name, environment, host, port, database] = match ?? [];
  if (name === undefined || environment === undefined || host === undefined || database === undefined) {
    throw new UsageError(
      `\`${spec}\` is not NAME=ENVIRONMENT@HOST[:PORT]/DATABASE`,
      'such as orders-db=production@db.example.com:5432/orders',
    );
  }
  return { name, environment, host, port: port === undefined ? 5432 : Number(port), database };
}
