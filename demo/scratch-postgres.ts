import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { initialise, SUPERUSER, serverEnvironment, writeCertificate } from './data-directory.js';
import { DemoError } from './errors.js';
import { makeFolder, postgresUser } from './os-user.js';
import { findPostgres } from './postgres-programs.js';

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

type StopMode = 'smart' | 'fast' | 'immediate';

const HOST = '127.0.0.1';
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
  const superuserPassword = await initialise({ ...options, dataDirectory, binFolder: programs.binFolder, user });
  const tlsSettings = await writeCertificate(directory, options.tls, user);

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
