import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoError } from './errors.js';
import { makeFolder, type OsUser, postgresUser } from './os-user.js';
import { findPostgres, type PostgresPrograms } from './postgres-programs.js';

export interface ScratchOptions {
  /** A folder for this server alone, made when it is missing. Started again on the same folder, it has the same data. */
  readonly directory: string;
  /** Where the data lies; `data` in the folder unless told. Copying it while the server is stopped copies the database. */
  readonly dataDirectory?: string;
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Databases to create when the data directory is new. `postgres` is always there. */
  readonly databases?: readonly string[];
  /** Any server setting (`max_connections`, `log_statement`...), over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How clients prove who they are (pg_hba.conf); `scram-sha-256` unless told. */
  readonly hbaMethod?: 'scram-sha-256' | 'md5' | 'password' | 'trust';
  /** The superuser's password when the data directory is new; random unless told. */
  readonly superuserPassword?: string;
  /** A certificate turns TLS on; plain connections stay possible. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string };
  /** The server's log, piece by piece. */
  readonly log?: (text: string) => void;
}

/** A real PostgreSQL server on a loopback port, as a child of this process. */
export interface ScratchPostgres {
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly superuserPassword: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly binFolder: string;
  readonly origin: 'system' | 'embedded';
  /** The postmaster's process. */
  readonly pid: number;
  /** False once the server has ended, however it did. */
  running(): boolean;
  connectionString(database: string, user?: string, password?: string): string;
  /** `fast` (the default) ends sessions and writes out; `smart` waits for them; `immediate` just stops. */
  stop(mode?: StopMode): Promise<void>;
  /** SIGKILL: no cleaning up at all. */
  kill(): Promise<void>;
}

export type StopMode = 'smart' | 'fast' | 'immediate';

const HOST = '127.0.0.1';
const SUPERUSER = 'postgres';
const READY_WITHIN_MS = 60_000;
/** PostgreSQL's own meanings of signals to the postmaster (documentation, 18.5 Shutting Down the Server). */
const SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' };

/** Scratch data is worth nothing after a crash, so nothing waits for the disk; and no socket file is needed. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  shared_buffers: '64MB',
  max_connections: '60',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '2GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Starts PostgreSQL on loopback, with password authentication, UTF-8 and the C locale; initialises the folder first when
 * it is new. Resolves when the server takes connections.
 *
 * @throws DemoError `POSTGRES_MISSING`, `POSTGRES_INIT_FAILED`, `POSTGRES_START_FAILED` or `FOLDER_UNREACHABLE`.
 */
export async function startPostgres(options: ScratchOptions): Promise<ScratchPostgres> {
  const { directory } = options;
  const dataDirectory = options.dataDirectory ?? join(directory, 'data');
  const user = await postgresUser();
  await makeFolder(directory, user);
  const programs = await findPostgres(user, join(directory, 'programs'));
  const superuserPassword = await initialise(options, dataDirectory, programs, user);
  const tlsSettings = await writeCertificate(options, user);

  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
    const settings = { ...SETTINGS, port: String(port), ...tlsSettings, ...options.settings };
    const log = new ServerLog(options.log);
    const child = spawn(
      join(programs.binFolder, 'postgres'),
      ['-D', dataDirectory, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { cwd: directory, env: serverEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...user },
    );
    child.stdout?.on('data', log.add);
    child.stderr?.on('data', log.add);
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.once('error', () => log.add(Buffer.from('the program could not be started\n')));
    // Should this process end without stopping it, the server must not outlive it.
    const onExit = () => void child.kill('SIGQUIT');
    process.once('exit', onExit);
    void ended.then(() => process.off('exit', onExit));

    if (await becameReady(child, dataDirectory)) {
      return new Server(child, ended, { host: HOST, port, superuserPassword, directory, dataDirectory, ...programs });
    }
    child.kill('SIGKILL');
    await ended;
    // Another process took the port between our looking and our using it.
    const portWasTaken = log.text.includes('Address already in use') && !options.port;
    if (!portWasTaken || attempt === 5) {
      throw new DemoError('POSTGRES_START_FAILED', `PostgreSQL did not start: ${log.lastLines()}`, {
        hint: `its data directory is \`${dataDirectory}\``,
      });
    }
  }
}

type Facts = Pick<
  ScratchPostgres,
  'host' | 'port' | 'superuserPassword' | 'directory' | 'dataDirectory' | 'binFolder' | 'origin'
>;

class Server implements ScratchPostgres {
  readonly host: string;
  readonly port: number;
  readonly superuser = SUPERUSER;
  readonly superuserPassword: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly binFolder: string;
  readonly origin: 'system' | 'embedded';
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(child: ChildProcess, ended: Promise<void>, facts: Facts) {
    this.host = facts.host;
    this.port = facts.port;
    this.superuserPassword = facts.superuserPassword;
    this.directory = facts.directory;
    this.dataDirectory = facts.dataDirectory;
    this.binFolder = facts.binFolder;
    this.origin = facts.origin;
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#ended = ended;
  }

  running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  connectionString(database: string, user: string = this.superuser, password: string = this.superuserPassword): string {
    const [d, u, p] = [database, user, password].map(encodeURIComponent);
    return `postgresql://${u}:${p}@${this.host}:${this.port}/${d}`;
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    this.#child.kill(SIGNALS[mode]);
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

class ServerLog {
  text = '';
  readonly #forward: ((text: string) => void) | undefined;

  constructor(forward: ((text: string) => void) | undefined) {
    this.#forward = forward;
  }

  readonly add = (bytes: Buffer): void => {
    const text = bytes.toString();
    this.text = (this.text + text).slice(-16_384);
    this.#forward?.(text);
  };

  lastLines(): string {
    return this.text.trim().split('\n').slice(-5).join(' | ') || 'it said nothing';
  }
}

/** The superuser's password is kept beside the data, so that a server can be started again. */
async function initialise(
  options: ScratchOptions,
  dataDirectory: string,
  programs: PostgresPrograms,
  user: OsUser | undefined,
): Promise<string> {
  const passwordFile = join(options.directory, 'superuser-password');
  const known = options.superuserPassword ?? (await readFile(passwordFile, 'utf8').catch(() => undefined));
  const initialised = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (initialised !== undefined && known !== undefined) return known;

  const password = known ?? randomBytes(18).toString('base64url');
  const method = options.hbaMethod ?? 'scram-sha-256';
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  await makeFolder(dataDirectory, user);
  const flags = ['--encoding=UTF8', '--locale=C', '--no-sync', `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
  run(join(programs.binFolder, 'initdb'), ['-D', dataDirectory, `--auth=${method}`, ...flags], options, user);
  const rules = ['all', 'replication'].flatMap((database) =>
    ['127.0.0.1/32', '::1/128'].map((from) => `host ${database} all ${from} ${method}\n`),
  );
  await writeFile(join(dataDirectory, 'pg_hba.conf'), rules.join(''));
  if (options.databases !== undefined && options.databases.length > 0) {
    // Before the server listens at all: whatever rules a test wants of pg_hba.conf, this works.
    const commands = options.databases.map((name) => `CREATE DATABASE "${name.replaceAll('"', '""')}"\n`).join('');
    const single = ['--single', '-D', dataDirectory, '-c', 'fsync=off', '-c', 'dynamic_shared_memory_type=mmap'];
    run(join(programs.binFolder, 'postgres'), [...single, 'postgres'], options, user, commands);
  }
  return password;
}

function run(
  program: string,
  args: readonly string[],
  options: ScratchOptions,
  user: OsUser | undefined,
  input?: string,
): void {
  const done = spawnSync(program, args, {
    cwd: options.directory,
    env: serverEnvironment(),
    encoding: 'utf8',
    timeout: READY_WITHIN_MS,
    input: input ?? '',
    ...user,
  });
  // A failing command in single-user mode says so only on its standard error.
  if (done.status === 0 && !/\b(ERROR|FATAL|PANIC):/.test(done.stderr)) return;
  throw new DemoError('POSTGRES_INIT_FAILED', `\`${program}\` failed: ${done.stderr.trim() || done.error?.message}`);
}

async function writeCertificate(options: ScratchOptions, user: OsUser | undefined): Promise<Record<string, string>> {
  if (options.tls === undefined) return {};
  const files = {
    ssl_cert_file: join(options.directory, 'server.crt'),
    ssl_key_file: join(options.directory, 'server.key'),
  };
  await writeFile(files.ssl_cert_file, options.tls.certPem, { mode: 0o644 });
  await rm(files.ssl_key_file, { force: true });
  await writeFile(files.ssl_key_file, options.tls.keyPem, { mode: 0o600 });
  if (user !== undefined) await chown(files.ssl_key_file, user.uid, user.gid);
  return { ssl: 'on', ...files };
}

/** The postmaster writes `ready` into the eighth line of its pid file: language and log settings do not matter. */
async function becameReady(child: ChildProcess, dataDirectory: string): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined && Date.now() < deadline) {
    const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return true;
    await sleep(20);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
}

/** No PG* variable of the person's own shell may reach this server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };
}
