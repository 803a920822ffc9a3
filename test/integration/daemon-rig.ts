/** A real PostgreSQL, a real Railway stand-in, a real daemon process between them and the test. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ProxyAgent, request } from 'undici';
import type { HoldView } from '#action/hold-view';
import type { OpenedSession } from '#action/operations';
import { codeNow } from '../../demo/authenticator.js';
import {
  type FirebreakProcess,
  type PreparedFirebreak,
  prepareFirebreak,
  startFirebreak,
} from '../../demo/daemon-process.js';
import { startRailwayStandIn } from '../../demo/railway-standin.js';
import { rentalProject } from '../../demo/railway-state.js';
import { type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';

export const OWNER = { user: 'app', password: 'the real password' };
/** The logins of the other lanes of `orders`: rights to rows, and to read. */
export const WRITER = { user: 'app_write', password: 'the real writing password' };
export const READER = { user: 'app_read', password: 'the real reading password' };
export const WORKSPACE_TOKEN = 'real-workspace-token-0123456789';
/** Valid at the provider, and not issued by Firebreak. */
export const FOUND_TOKEN = 'token-that-lay-about-0123456789';

export interface Rig {
  readonly folder: string;
  readonly postgres: ScratchPostgres;
  readonly deletedVolumes: readonly string[];
  readonly prepared: PreparedFirebreak;
  readonly firebreak: FirebreakProcess;
  readonly volumeId: string;
  /** Ends the daemon, however, and starts another on the same state. */
  restart(
    signal: 'SIGTERM' | 'SIGKILL',
    shell?: (command: readonly string[]) => readonly string[],
  ): Promise<FirebreakProcess>;
  openSession(environments: readonly string[], mode?: 'work' | 'plan'): Promise<OpenedSession>;
  /** A client through the door; `environment` chooses the placeholder. */
  connect(session: OpenedSession, resource?: string, environment?: string): Promise<Client>;
  /** The same table, asked past Firebreak. */
  direct(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** One GraphQL request through the session's HTTPS door. */
  railway(session: OpenedSession, query: string, token?: string): Promise<{ status: number; body: string }>;
  approve(hold: HoldView, options?: { approver?: number; step?: number; digest?: string }): Promise<HoldView>;
  close(): Promise<void>;
}

interface RigMore {
  /** Where the daemon finds the server, when something stands between them. */
  readonly between?: (server: ScratchPostgres) => Promise<{ readonly host: string; readonly port: number }>;
  /** A code is spent by one approval: who approves often needs many people. */
  readonly approvers?: readonly string[];
}

/** @param extra what the rig's firebreak.yaml says beside its environments and resources. */
export async function startRig(extra = '', { between, approvers = ['dana', 'eli'] }: RigMore = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'fb-rig-'));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 20 })];
  const postgres = await startPostgres({ directory: join(folder, 'pg') });
  closing.push(() => postgres.stop('immediate'));
  await onServer(postgres.connectionString('postgres'), [
    ...[OWNER, WRITER, READER].map(({ user, password }) => `CREATE ROLE ${user} LOGIN PASSWORD '${password}'`),
    `CREATE DATABASE orders OWNER ${OWNER.user}`,
    `CREATE DATABASE sandbox OWNER ${OWNER.user}`,
  ]);
  await onServer(postgres.connectionString('orders', OWNER.user, OWNER.password), [
    'CREATE TABLE orders (id int PRIMARY KEY, total numeric NOT NULL)',
    `GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO ${WRITER.user}`,
    `GRANT SELECT ON orders TO ${READER.user}`,
    'INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n',
  ]);
  const deletedVolumes: string[] = [];
  const state = rentalProject();
  const railway = await startRailwayStandIn({
    state,
    tokens: { workspace: WORKSPACE_TOKEN, found: FOUND_TOKEN },
    onVolumeDelete: (volumeId) => {
      deletedVolumes.push(volumeId);
      return Promise.resolve();
    },
    listBackups: () => Promise.resolve([]),
    createBackup: () => Promise.reject(new Error('no backups in this rig')),
  });
  closing.push(() => railway.close());
  await writeFile(join(folder, 'railway-ca.pem'), railway.caPem);
  const server = (await between?.(postgres)) ?? postgres;
  const database = (name: string) => `{ host: ${server.host}, port: ${server.port}, database: ${name} }`;
  const prepared = await prepareFirebreak({
    folder: join(folder, 'fb'),
    approvers,
    secrets: [
      { name: 'orders-write', user: WRITER.user, secret: WRITER.password },
      { name: 'orders-read', user: READER.user, secret: READER.password },
      { name: 'orders-owner', user: OWNER.user, secret: OWNER.password },
      { name: 'railway-workspace', secret: WORKSPACE_TOKEN },
    ],
    config: `version: 1
environments:
  production: { protected: true }
  staging: {}
resources:
  orders-db: { kind: postgres, environment: production, upstream: ${database('orders')}, credentials: { read: orders-read, write: orders-write, owner: orders-owner } }
  sandbox-db: { kind: postgres, environment: staging, upstream: ${database('sandbox')}, credentials: { write: orders-owner } }
  railway:
    kind: http
    provider: railway
    credential: railway-workspace
    upstream: { host: 127.0.0.1, port: ${railway.port}, ca: ../railway-ca.pem }
listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', postgres: '127.0.0.1:0', http: '127.0.0.1:0' }
${extra}`,
  });
  let firebreak = await startFirebreak(prepared);
  closing.push(() => firebreak.close());
  const clients: Client[] = [];
  closing.push(() => Promise.all(clients.map((client) => client.end())));

  return {
    folder,
    postgres,
    deletedVolumes,
    prepared,
    get firebreak() {
      return firebreak;
    },
    volumeId: state.volumes[0]?.id ?? '',
    async restart(signal, shell) {
      const { daemon } = firebreak;
      // It may be gone already: some tests end it in the middle of something.
      if (daemon.exitCode === null && daemon.signalCode === null) {
        const gone = new Promise((resolve) => daemon.once('exit', resolve));
        daemon.kill(signal);
        await gone;
      }
      firebreak = await startFirebreak(prepared, shell);
      return firebreak;
    },
    openSession: (environments, mode = 'work') =>
      firebreak.operations.openSession({ agent: 'test', intent: 'a test', environments, mode, tier: 'advisory' }),
    async connect(session, resource = 'orders-db', environment) {
      const placeholder = session.placeholders.find(
        (one) => one.resource === resource && (environment ?? one.environment) === one.environment,
      );
      const [host, port] = (firebreak.addresses.postgres ?? '').split(':');
      const client = new Client({
        host: host ?? '',
        port: Number(port),
        user: 'agent',
        password: placeholder?.text ?? 'none',
        database: resource,
      });
      client.on('error', () => undefined); // A connection that the daemon's end breaks is part of some tests.
      await client.connect();
      clients.push(client);
      return client;
    },
    direct: async (sql) => {
      const client = new Client({ connectionString: postgres.connectionString('orders', OWNER.user, OWNER.password) });
      await client.connect();
      try {
        const { rows }: { rows: Record<string, unknown>[] } = await client.query(sql);
        return rows;
      } finally {
        await client.end();
      }
    },
    async railway(session, query, token) {
      const own = session.placeholders.find((one) => one.resource === 'railway')?.text;
      const proxy = new ProxyAgent({ uri: `http://${session.httpDoor?.address}`, requestTls: { ca: session.caPem } });
      try {
        const answer = await request('https://backboard.railway.app/graphql/v2', {
          method: 'POST',
          headers: { authorization: `Bearer ${token ?? own}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
          dispatcher: proxy,
        });
        return { status: answer.statusCode, body: await answer.body.text() };
      } finally {
        await proxy.destroy();
      }
    },
    approve(hold, { approver = 0, step = 0, digest = hold.digest } = {}) {
      const who = prepared.approvers[approver];
      if (who === undefined) throw new TypeError('no such approver');
      return firebreak.operations.approve(hold.id, { approver: who.name, code: codeNow(who.totpSecret, step), digest });
    },
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}

async function onServer(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const seen = new Set<string>();

/** Waits until something waits for people that was not given before, and gives it. */
export async function nextHold(rig: Rig): Promise<HoldView> {
  const hold = await until(async () =>
    (await rig.firebreak.operations.holds({ all: false })).find((one) => one.state === 'waiting' && !seen.has(one.id)),
  );
  seen.add(hold.id);
  return hold;
}

/** Polls until there is a value. @throws Error after ten seconds. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not happen within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The text of everything that a folder's files hold, for what must not be in there. */
export async function everythingIn(folder: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  );
  return texts.join('\n');
}
