/** A real Firebreak: its own state folder, vault and approver, and `firebreak up` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Operations, SecretRequest, Status } from '#action/operations';
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

export interface FirebreakSetUp {
  /** A new folder for configuration, key and state. */
  readonly folder: string;
  /** The text of `firebreak.yaml`. */
  readonly config: string;
  readonly secrets: readonly SecretRequest[];
  readonly approvers: readonly string[];
}

export interface PreparedFirebreak {
  readonly state: StateFolder;
  readonly configFile: string;
  readonly keyFile: string;
  readonly approvers: readonly Approver[];
}

export interface Approver {
  readonly name: string;
  /** What an authenticator app would keep. */
  readonly totpSecret: Secret<string>;
}

export interface FirebreakProcess extends PreparedFirebreak {
  readonly operations: Operations;
  readonly addresses: Status['addresses'];
  readonly daemon: ChildProcess;
  /** Lines of the daemon's standard error so far. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** What `firebreak init` and `firebreak secrets add` leave behind, with authenticator apps that we play. */
export async function prepareFirebreak({
  folder,
  config,
  secrets,
  approvers: names,
}: FirebreakSetUp): Promise<PreparedFirebreak> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'firebreak.yaml');
  await writeFile(configFile, config);
  const state = locateState(join(folder, 'state'), {});
  makeState(state);
  const identity = await createVault(state.vault, undefined);
  const keyFile = join(folder, 'vault.key');
  await writeFile(keyFile, `${identity.reveal()}\n`, { mode: 0o600 });
  await (await openDatabase(state.database)).close();

  const approvers = names.map((name) => ({ name, enrolment: newEnrolment(name) }));
  const core = await openCore({
    config: parseConfig(config, configFile),
    configPath: configFile,
    state,
    key: { kind: 'identity', identity },
    approveAt: () => '',
  });
  try {
    for (const { name, enrolment } of approvers) {
      // The code of the step before is as good, and leaves the current one for later.
      await core.factors.enrol(name, enrolment, codeNow(enrolment.secret, -1));
    }
    const operations = createOperations(core, undefined);
    for (const secret of secrets) await operations.addSecret(secret);
  } finally {
    await core.close();
  }
  return {
    state,
    configFile,
    keyFile,
    approvers: approvers.map(({ name, enrolment }) => ({ name, totpSecret: enrolment.secret })),
  };
}

/**
 * Starts `firebreak up` and waits until it is ready.
 *
 * @param shell what runs the daemon: given its command line, for a test that limits it.
 * @throws DemoError `GUARD_FAILED` with what the daemon said.
 */
export async function startFirebreak(
  prepared: PreparedFirebreak,
  shell: (command: readonly string[]) => readonly string[] = (command) => command,
): Promise<FirebreakProcess> {
  const { configFile, state, keyFile } = prepared;
  const [program = '', ...args] = shell([
    process.execPath,
    packageFile('dist', 'src', 'main.js'),
    ...['up', '--json', '--config', configFile, '--state', state.path],
  ]);
  const daemon = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: homedir(), FIREBREAK_KEY_FILE: keyFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  const close = () => stop(daemon);
  try {
    const { addresses } = await ready(daemon, complaints);
    return { ...prepared, operations: remoteOperations(state.controlSocket), addresses, daemon, complaints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for the daemon's one line of JSON. */
async function ready(daemon: ChildProcess, complaints: string[]): Promise<Status> {
  const { stdout, stderr } = daemon;
  if (stdout === null || stderr === null) throw new TypeError('the daemon was started without pipes');
  createInterface({ input: stderr }).on('line', (line) => complaints.push(line));
  const first = new Promise<string>((resolve) => createInterface({ input: stdout }).once('line', resolve));
  const ended = new Promise<never>((_, reject) => {
    const fail = () =>
      reject(new DemoError('GUARD_FAILED', `the daemon did not start: ${complaints.slice(-2).join(' ')}`));
    daemon.once('close', fail);
    daemon.once('error', fail);
  });
  return JSON.parse(await Promise.race([first, ended])) as Status; // Written by `firebreak up --json` itself.
}

async function stop(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  const late = setTimeout(() => daemon.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(late);
}
