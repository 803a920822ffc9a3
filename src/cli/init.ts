import { confirm, intro, log, note, outro, text } from '@clack/prompts';
import { renderUnicodeCompact } from 'uqr';
import { FirebreakError } from '#base/errors';
import { answered, askCode, askSecret } from './ask.js';
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
}

const collect = (value: string, all: readonly string[]) => [...all, value];

export const initCommand: AddCommand = (program, act) => {
  program
    .command('init')
    .description('write firebreak.yaml, make the state folder and its vault, enrol an approver')
    .option('--protected <name>', 'an environment to protect (default: production)', collect, [])
    .option('--environment <name>', 'an environment that is not protected (default: staging)', collect, [])
    .option('--postgres <spec>', 'a database: NAME=ENVIRONMENT@HOST[:PORT]/DATABASE', collect, [])
    .option('--railway', 'guard the Railway API')
    .option('--passphrase', 'lock the vault with a passphrase that is asked for at each start, instead of a key file')
    .option('--approver <name>', 'enrol this person (on a terminal only)')
    .option('--yes', 'ask nothing; take the flags and the defaults')
    .action(act((context, flags: InitFlags) => init(context, flags)));
};

async function init(context: CommandContext, flags: InitFlags): Promise<number> {
  const { terminal, services, where } = context;
  const asks = terminal.interactive && flags.yes !== true;
  if (asks) intro('Firebreak: what stands between your agents and production');
  const answers = await gather(context, flags, asks);
  const prepared = await services.prepare(where, answers);
  const enrolled = terminal.interactive && flags.yes !== true ? await enrol(context, flags.approver, prepared) : [];
  const approvers = [...prepared.approvers, ...enrolled];
  const summary = [
    `${prepared.config.written ? 'Wrote' : 'Kept'} ${prepared.config.path}`,
    `${prepared.state.written ? 'Made' : 'Kept'} the state folder ${prepared.state.path}`,
    ...(prepared.keyFile === undefined
      ? []
      : [`The vault's key is ${prepared.keyFile}: keep a copy apart from the state folder`]),
    approvers.length > 0
      ? `Approvers: ${approvers.join(', ')}`
      : 'No approver is enrolled: run `firebreak init` on a terminal, or every hold expires',
    '',
    'Next:',
    ...prepared.missingSecrets.map((name) => `  firebreak secrets add ${name}`),
    '  firebreak up',
  ].join('\n');
  if (asks) {
    log.message(summary);
    outro('Done.');
  } else terminal.result({ ...prepared, approvers }, summary);
  return EXIT.done;
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
        message: 'A PostgreSQL database to guard? (NAME=ENVIRONMENT@HOST:PORT/DATABASE, or empty)',
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
          validate: (value) => (value ? undefined : 'a name, please'),
        }),
      );
    const [voucher] = desk.approvers;
    const vouched = voucher === undefined ? undefined : { approver: voucher, code: await askCode(terminal, voucher) };
    const { uri, secret } = await desk.begin(approver, vouched);
    note(
      `${renderUnicodeCompact(uri)}\n\nor type this secret: ${secret}`,
      `Scan this with an authenticator app for ${approver}`,
    );
    for (;;) {
      try {
        await desk.confirm(await askCode(terminal, approver));
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
