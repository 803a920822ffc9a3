/**
 * One scratch PostgreSQL with pgbench's tables, and the ways to it that are compared: direct, a bare relay, pgbouncer, and
 * Firebreak as its own process with an unprotected and with a protected database behind it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { type FirebreakProcess, prepareFirebreak, startFirebreak } from '../demo/daemon-process.js';
import { makeFolder, postgresUser } from '../demo/os-user.js';
import { type ScratchPostgres, startPostgres } from '../demo/scratch-postgres.js';
import { endProcess } from './programs.js';

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Of the process in between; undefined when there is none. */
  readonly pid?: number;
}

export interface Bench {
  readonly direct: Target;
  readonly relay: Target;
  /** Undefined when pgbouncer is not installed. */
  readonly pgbouncer: Target | undefined;
  readonly unprotected: Target;
  readonly guarded: Target;
  readonly firebreak: FirebreakProcess;
  /** A connection as the owner, past everything. */
  owner(database: 'plain' | 'guarded'): Promise<Client>;
  close(): Promise<void>;
}

const PASSWORD = 'bench';
const ROLES = { owner: 'bench_owner', write: 'bench_write', read: 'bench_read' } as const;
/** pgbench's own schema and data at this scale: 100,000 accounts each. */
const SCALE = 10;
const APPROVERS = ['ann', 'ben', 'cas', 'dot'];

export async function startBench(programs: {
  readonly pgbench: string;
  readonly pgbouncer: string | undefined;
  /** Where the daemon leaves a profile of its processor time (`node --cpu-prof`), if it shall. */
  readonly profile: string | undefined;
}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'fb-bench-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 20 })];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const server = await startPostgres({
      directory: join(folder, 'server'),
      settings: { max_connections: '250', shared_buffers: '512MB', autovacuum: 'off' },
    });
    closing.push(() => server.stop('fast'));
    await fillServer(server, programs.pgbench);
    const login = { host: server.host, user: ROLES.write, password: PASSWORD, database: 'plain' };
    const direct: Target = { name: 'direct', ...login, port: server.port };

    const relay = spawn(process.execPath, [join(here, 'relay.js'), server.host, String(server.port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    closing.push(() => endProcess(relay));
    const relayPort = await new Promise<string>((resolve) => createInterface(relay.stdout).once('line', resolve));

    let pgbouncer: Target | undefined;
    if (programs.pgbouncer !== undefined) {
      const port = await freePort();
      const pid = await startPgbouncer(programs.pgbouncer, join(folder, 'pgbouncer'), server, port, closing);
      pgbouncer = { name: 'pgbouncer', ...login, port, pid };
    }

    const firebreak = await startDaemon(folder, server, programs.profile);
    closing.push(() => firebreak.close());
    const session = await firebreak.operations.openSession({
      agent: 'bench',
      intent: 'figures',
      environments: ['production', 'staging'],
      mode: 'work',
      tier: 'advisory',
    });
    const [host = '', port] = (firebreak.addresses.postgres ?? '').split(':');
    const through = (name: string, database: string): Target => ({
      name,
      host,
      port: Number(port),
      database,
      user: 'agent',
      password: session.placeholders.find(({ resource }) => resource === database)?.text ?? '',
      pid: firebreak.daemon.pid ?? 0,
    });
    return {
      direct,
      relay: { name: 'relay', ...login, port: Number(relayPort), pid: relay.pid ?? 0 },
      pgbouncer,
      unprotected: through('unprotected', 'plain-db'),
      guarded: through('protected', 'guarded-db'),
      firebreak,
      owner: (database) => connected(server.connectionString(database, ROLES.owner, PASSWORD)),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const here = dirname(fileURLToPath(import.meta.url));

async function fillServer(server: ScratchPostgres, pgbench: string): Promise<void> {
  await onServer(server.connectionString('postgres'), [
    ...Object.values(ROLES).map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`),
    ...['plain', 'guarded'].map((name) => `CREATE DATABASE ${name} OWNER ${ROLES.owner}`),
  ]);
  for (const database of ['plain', 'guarded']) {
    const filled = spawn(
      pgbench,
      ['-i', '-q', '-s', String(SCALE), '-h', server.host, '-p', String(server.port), '-U', ROLES.owner, database],
      { env: { PGPASSWORD: PASSWORD }, stdio: 'ignore' },
    );
    const [code]: unknown[] = await once(filled, 'exit');
    if (code !== 0) throw new Error(`pgbench could not fill \`${database}\``);
    await onServer(server.connectionString(database, ROLES.owner, PASSWORD), [
      `CREATE TABLE events (id int PRIMARY KEY, kind int NOT NULL, note text NOT NULL)`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${ROLES.write}`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${ROLES.read}`,
    ]);
  }
}

function startDaemon(folder: string, server: ScratchPostgres, profile: string | undefined): Promise<FirebreakProcess> {
  const upstream = (name: string) => `{ host: ${server.host}, port: ${server.port}, database: ${name} }`;
  return prepareFirebreak({
    folder: join(folder, 'firebreak'),
    approvers: APPROVERS,
    secrets: Object.entries(ROLES).map(([name, user]) => ({ name, user, secret: PASSWORD })),
    config: `version: 1
environments:
  production: { protected: true }
  staging: {}
resources:
  guarded-db: { kind: postgres, environment: production, upstream: ${upstream('guarded')}, credentials: { read: read, write: write, owner: owner } }
  plain-db: { kind: postgres, environment: staging, upstream: ${upstream('plain')}, credentials: { write: owner } }
limits:
  production: { rows: 100000000, destructive_per_hour: 1000 }
  staging: { rows: 100000000, destructive_per_hour: 1000 }
listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', postgres: '127.0.0.1:0', http: '127.0.0.1:0' }
`,
  }).then((prepared) =>
    startFirebreak(prepared, ([node = '', ...rest]) =>
      profile === undefined ? [node, ...rest] : [node, '--cpu-prof', `--cpu-prof-dir=${profile}`, ...rest],
    ),
  );
}

/** In session pooling, which is what keeps every feature of a connection, as Firebreak does. @returns its process id */
async function startPgbouncer(
  program: string,
  folder: string,
  server: ScratchPostgres,
  port: number,
  closing: (() => Promise<unknown>)[],
): Promise<number> {
  const user = await postgresUser();
  await makeFolder(folder, user);
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    await chmod(path, 0o644);
    return path;
  };
  await mkdir(folder, { recursive: true });
  const users = await file('users.txt', `"${ROLES.write}" "${PASSWORD}"\n`);
  const configuration = await file(
    'pgbouncer.ini',
    `[databases]
plain = host=${server.host} port=${server.port} dbname=plain
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
max_client_conn = 200
default_pool_size = 100
log_connections = 0
log_disconnections = 0
`,
  );
  const child = spawn(program, ['-q', configuration], { cwd: folder, stdio: 'ignore', ...user });
  closing.push(() => endProcess(child));
  for (let attempt = 0; !(await isListening(port)); attempt += 1) {
    if (attempt === 100) throw new Error('pgbouncer did not start');
    await sleep(50);
  }
  return child.pid ?? 0;
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

async function onServer(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = await connected(connectionString);
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
