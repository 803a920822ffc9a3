/** A real daemon for the second act: its own state folder, vault, approver, configuration and process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Operations } from '#action/operations';
import { newEnrolment } from '#approve/totp';
import type { Secret } from '#base/secret';
import { remoteOperations } from '#cli/remote-operations';
import { parseConfig } from '#daemon/config/read-config';
import { openCore } from '#daemon/core';
import { createOperations } from '#daemon/operations';
import { locateState, makeState, type StateFolder } from '#daemon/state-folder';
import { createVault } from '#secrets/vault';
import { openDatabase } from '#store/database';
import { codeNow } from './authenticator.js';
import { DemoError } from './errors.js';
import { packageFile } from './package-root.js';
import { PRODUCTION_DATABASE } from './rental-database.js';
import type { Stage } from './stage.js';

export interface Guard {
  readonly operations: Operations;
  readonly state: StateFolder;
  readonly configFile: string;
  readonly approver: Approver;
  readonly pageUrl: string;
  close(): Promise<void>;
}

export interface Approver {
  readonly name: string;
  /** What an authenticator app would keep. */
  readonly totpSecret: Secret<string>;
}

const APPROVER = 'you';

/** Sets up Firebreak as `firebreak init` and `firebreak secrets add` would, and starts `firebreak up`. */
export async function startGuard(stage: Stage, signal: AbortSignal | undefined): Promise<Guard> {
  const folder = join(stage.directory, 'guard');
  await mkdir(folder, { mode: 0o700 });
  const configFile = join(folder, 'firebreak.yaml');
  const text = configuration(stage);
  await writeFile(configFile, text);
  const state = locateState(join(folder, 'state'), {});
  makeState(state);
  const identity = await createVault(state.vault, undefined);
  const keyFile = join(folder, 'vault.key');
  await writeFile(keyFile, `${identity.reveal()}\n`, { mode: 0o600 });
  await (await openDatabase(state.database)).close();

  const enrolment = newEnrolment(APPROVER);
  const core = await openCore({
    config: parseConfig(text, configFile),
    configPath: configFile,
    state,
    key: { kind: 'identity', identity },
    approveAt: () => '',
  });
  try {
    // The codes of the step before are as good, and leave the current one for signing in.
    await core.factors.enrol(APPROVER, enrolment, codeNow(enrolment.secret, -1));
    const operations = createOperations(core, undefined);
    const { owner } = stage.credentials.logins;
    await operations.addSecret({ name: 'rental-write', user: owner.user, secret: owner.password });
    await operations.addSecret({ name: 'railway-workspace', secret: stage.credentials.workspaceToken });
  } finally {
    await core.close();
  }
  signal?.throwIfAborted();

  const daemon = spawn(
    process.execPath,
    [packageFile('dist', 'src', 'main.js'), 'up', '--json', '--config', configFile, '--state', state.path],
    {
      env: { PATH: process.env['PATH'], HOME: homedir(), FIREBREAK_KEY_FILE: keyFile },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const close = () => stop(daemon);
  try {
    const human = await ready(daemon);
    return {
      operations: remoteOperations(state.controlSocket),
      state,
      configFile,
      approver: { name: APPROVER, totpSecret: enrolment.secret },
      pageUrl: `http://${human}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The incident's set-up: one workspace token for everything, and a volume that two environments share. */
function configuration(stage: Stage): string {
  const { postgres, railway, railwayCaFile } = stage;
  return `version: 1
environments:
  production: { protected: true }
  staging: {}
resources:
  rental-db:
    kind: postgres
    environment: production
    upstream: { host: ${postgres.host}, port: ${postgres.port}, database: ${PRODUCTION_DATABASE} }
    credentials: { write: rental-write }
    variables: [DATABASE_URL]
  railway:
    kind: http
    provider: railway
    credential: railway-workspace
    upstream: { host: 127.0.0.1, port: ${railway.port}, ca: ${JSON.stringify(railwayCaFile)} }
    variables: [RAILWAY_API_TOKEN]
listen: { human: '127.0.0.1:0', postgres: '127.0.0.1:0', http: '127.0.0.1:0' }
`;
}

/** Waits for the daemon's one line of JSON. Resolves with the address of its page. */
async function ready(daemon: ChildProcess): Promise<string> {
  const { stdout, stderr } = daemon;
  if (stdout === null || stderr === null) throw new TypeError('the daemon was started without pipes');
  const complaints: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => complaints.push(line));
  const first = new Promise<string>((resolve) => createInterface({ input: stdout }).once('line', resolve));
  const ended = new Promise<never>((_, reject) => {
    const fail = () =>
      reject(new DemoError('GUARD_FAILED', `the daemon did not start: ${complaints.slice(-2).join(' ')}`));
    daemon.once('exit', fail);
    daemon.once('error', fail);
  });
  // Written by `firebreak up --json` itself.
  const status = JSON.parse(await Promise.race([first, ended])) as { addresses: { human: string } };
  return status.addresses.human;
}

async function stop(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  const late = setTimeout(() => daemon.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(late);
}
