/** A real server with the three roles, the real door, pipeline, policies, holds and snapshots; only the clock is the test's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import type { NoticeMessage } from 'pg-protocol/dist/messages.js';
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { Hold } from '#action/hold';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { splitSql } from '#analyze/sql/split';
import { Secret } from '#base/secret';
import type { DoorReport, PostgresDoorOptions, PostgresResource } from '#intercept/postgres/options';
import { openOwnConnection } from '#intercept/postgres/own-connection';
import { createPostgresDoor, type PostgresDoor } from '#intercept/postgres/postgres-door';
import { postgresKeeper } from '#protect/postgres/keeper';
import { postgresUndo } from '#protect/postgres/undo-engine';
import { openSnapshots, type Snapshots } from '#protect/snapshots';
import { createSnapshotStorage } from '#store/snapshots';
import { cancelRequest } from '#wire/postgres/build';
import { scramKeys } from '#wire/postgres/scram';
import { type ScratchOptions, type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';
import { openPipelineRig, type PipelineRig, type PipelineRigOptions } from '../support/pipeline-rig.js';
import { newSnapshotKey } from '../support/snapshot-rig.js';
import { RawClient } from './postgres-door-rig.js';

export const ROLES = { owner: 'fb_owner', write: 'fb_write', read: 'fb_read' } as const;
const PASSWORD = 'the real password';
const TOKENS = { production: `fbk_production_${'p'.repeat(26)}`, staging: `fbk_staging_${'s'.repeat(26)}` };

export interface GuardedOptions {
  /** SQL of the owner that makes the schema of both databases, `orders` (production) and `sandbox` (staging). */
  readonly schema: string;
  /** SQL of the superuser in both databases, before the schema. */
  readonly before?: string;
  readonly server?: Omit<ScratchOptions, 'directory' | 'databases'>;
  readonly pipeline?: Pick<PipelineRigOptions, 'limits' | 'morePolicies' | 'retryWithin'>;
  readonly door?: Partial<Pick<PostgresDoorOptions, 'limits' | 'timeouts' | 'admit' | 'outside' | 'keeper'>>;
  /** Of every session; by default they work. */
  readonly mode?: 'work' | 'plan';
  /** Of the snapshots. */
  readonly mostBytes?: number;
  /** What stands between the door and the server. */
  readonly wire?: (server: ScratchPostgres) => Promise<{ readonly host: string; readonly port: number }>;
}

export interface GuardedRig extends Pick<PipelineRig, 'clock' | 'recorder' | 'desk' | 'freezes'> {
  readonly server: ScratchPostgres;
  readonly door: PostgresDoor;
  readonly snapshots: Snapshots;
  readonly snapshotFolder: string;
  readonly reports: DoorReport[];
  readonly port: number;
  client(config?: ClientConfig & { readonly environment?: 'production' | 'staging' }): Promise<AgentClient>;
  raw(): Promise<RawClient>;
  /** Past the door, as superuser: the first value. */
  truth(sql: string, database?: string): Promise<unknown>;
  /** The hold that waits, once there is one; rejects when `work` ends first. */
  nextHold(work?: Promise<unknown>): Promise<Hold>;
  approve(hold: Hold): Promise<void>;
  /** Undoes with the owner's credential. */
  undo(id: string, side?: 'before' | 'current'): ReturnType<typeof postgresUndo.undo>;
  /** Sends what psql sends on Ctrl-C. */
  cancel(client: Client): Promise<void>;
  /** Stops the server at once, and starts it again on the same port. */
  restartServer(): Promise<void>;
  connectionString(token?: keyof typeof TOKENS): string;
  stop(): Promise<void>;
}

export type AgentClient = Client & { readonly notices: NoticeMessage[] };

export async function startGuarded(options: GuardedOptions): Promise<GuardedRig> {
  await loadSqlParser();
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-guarded-'));
  let server = await startPostgres({ directory: join(folder, 'server'), ...options.server });
  await onDatabase(
    server.connectionString('postgres'),
    Object.values(ROLES).map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`),
  );
  for (const database of ['orders', 'sandbox']) {
    await onDatabase(server.connectionString('postgres'), [`CREATE DATABASE ${database} OWNER ${ROLES.owner}`]);
    await onDatabase(server.connectionString(database), [
      `REVOKE CREATE ON SCHEMA public FROM PUBLIC`,
      `GRANT ALL ON SCHEMA public TO ${ROLES.owner}`,
      ...(options.before === undefined ? [] : [options.before]),
    ]);
    await onDatabase(server.connectionString(database, ROLES.owner, PASSWORD), [
      `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${ROLES.read}, ${ROLES.write}`,
      `ALTER DEFAULT PRIVILEGES GRANT INSERT, UPDATE, DELETE ON TABLES TO ${ROLES.write}`,
      `ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO ${ROLES.write}`,
      `ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO ${ROLES.read}`,
      options.schema,
    ]);
  }

  const atEnd: (() => unknown)[] = [];
  let snapshots: Snapshots | undefined;
  const late = (): Snapshots => {
    if (snapshots === undefined) throw new Error('the rig is not complete');
    return snapshots;
  };
  const pipeline = await openPipelineRig({
    ...options.pipeline,
    atEnd: (clear) => void atEnd.push(clear),
    analyze,
    snapshots: {
      begin: (about) => late().begin(about),
      done: (id) => late().done(id),
      unneeded: (id) => late().unneeded(id),
      uncertain: (id) => late().uncertain(id),
    },
  });
  const snapshotFolder = join(folder, 'snapshots');
  snapshots = openSnapshots({
    folder: snapshotFolder,
    storage: createSnapshotStorage(pipeline.database.kysely),
    key: await newSnapshotKey(),
    clock: pipeline.clock,
    limits: { keep: 30 * 86_400_000, mostBytes: options.mostBytes ?? 1 << 30 },
  });

  const placeholders: readonly Placeholder[] = [
    { id: 'p1', environment: 'production', resource: 'orders-db', scram: scramKeys(TOKENS.production) },
    { id: 'p2', environment: 'staging', resource: 'sandbox-db', scram: scramKeys(TOKENS.staging) },
  ];
  const broker: CredentialBroker = {
    identify: () => undefined,
    placeholdersFor: (name) => placeholders.filter(({ resource }) => resource === name),
    sessionOf: ({ environment }) => ({
      id: 'ses_1',
      agent: 'test',
      intent: '',
      environments: [environment],
      mode: options.mode ?? 'work',
      tier: 'contained',
    }),
    credential: (name) => ({ user: name, secret: new Secret(PASSWORD) }),
    onDemand: async (name) => ({ user: name, secret: new Secret(PASSWORD) }),
  };
  const { host, port: upstreamPort } = (await options.wire?.(server)) ?? server;
  const upstream = { host, port: upstreamPort, tls: { mode: 'disable' as const } };
  const production: PostgresResource = {
    name: 'orders-db',
    environments: ['production'],
    upstream: { ...upstream, database: 'orders' },
    credential: ROLES.write,
    lanes: { read: ROLES.read, owner: ROLES.owner },
    guarded: true,
  };
  const reports: DoorReport[] = [];
  const door = createPostgresDoor({
    report: (event) => reports.push(event),
    split: splitSql,
    keeper: postgresKeeper(),
    ...options.door,
    resources: [
      production,
      {
        name: 'sandbox-db',
        environments: ['staging'],
        upstream: { ...upstream, database: 'sandbox' },
        credential: ROLES.owner,
      },
    ],
    submit: pipeline.submit,
    broker,
  });
  await door.listen({ host: '127.0.0.1', port: 0 });
  const { address } = door;
  if (address === undefined || !('port' in address)) throw new TypeError('the door listens on TCP');
  const { port } = address;
  const clients = new Set<Client>();

  const rig: GuardedRig = {
    clock: pipeline.clock,
    recorder: pipeline.recorder,
    desk: pipeline.desk,
    freezes: pipeline.freezes,
    get server() {
      return server;
    },
    door,
    get snapshots() {
      return late();
    },
    snapshotFolder,
    reports,
    port,
    async client({ environment = 'production', ...config } = {}) {
      const client = Object.assign(
        new Client({
          host: '127.0.0.1',
          port,
          user: 'anyone',
          password: TOKENS[environment],
          database: environment === 'production' ? 'orders-db' : 'sandbox-db',
          ...config,
        }),
        { notices: [] as NoticeMessage[] },
      );
      client.on('notice', (notice) => client.notices.push(notice));
      client.on('error', () => {}); // Tests look at the rejected query.
      await client.connect();
      clients.add(client);
      client.once('end', () => clients.delete(client));
      return client;
    },
    raw: () => RawClient.connect(port),
    async truth(sql, database = 'orders') {
      const [rows] = await onDatabase(server.connectionString(database), [sql]);
      return rows?.[0]?.[0];
    },
    async nextHold(work) {
      let ended: unknown;
      void work?.then(
        () => (ended = new Error('it was not held: it ran')),
        (error) => (ended = error),
      );
      for (;;) {
        const [hold] = await pipeline.desk.list();
        if (hold !== undefined) return hold;
        if (ended !== undefined) throw ended;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async approve(hold) {
      await pipeline.approve(hold.id, 'dana');
    },
    async cancel(client) {
      const secret = Buffer.alloc(4);
      secret.writeInt32BE(Reflect.get(client, 'secretKey'));
      const raw = await RawClient.connect(port);
      raw.send(cancelRequest({ processId: Reflect.get(client, 'processID'), secret }));
      await raw.ended();
    },
    async restartServer() {
      await server.stop('immediate');
      server = await startPostgres({ directory: server.directory, ...options.server, port: server.port });
    },
    async undo(id, side) {
      const connection = await openOwnConnection(
        { ...production, credential: ROLES.owner },
        broker.credential(ROLES.owner),
        [],
        AbortSignal.timeout(10_000),
      );
      try {
        return await postgresUndo.undo(await late().open(id), connection, side);
      } finally {
        await connection.close();
      }
    },
    connectionString: (token = 'production') =>
      `postgres://anyone:${TOKENS[token]}@127.0.0.1:${port}/${token === 'production' ? 'orders-db' : 'sandbox-db'}`,
    async stop() {
      await Promise.all([...clients].map((client) => client.end().catch(() => undefined))); // Some were cut off.
      await door.close();
      await server.stop('immediate');
      for (const clear of atEnd.reverse()) await clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

async function onDatabase(connectionString: string, commands: readonly string[]): Promise<unknown[][][]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const results: unknown[][][] = [];
    for (const text of commands) results.push((await client.query({ text, rowMode: 'array' })).rows ?? []);
    return results;
  } finally {
    await client.end();
  }
}
