/**
 * A real server, a door in front of it, a pipeline that a test steers, and a client that speaks raw protocol. Longer than 300
 * lines: the four are one rig and useless apart.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import type { NoticeMessage } from 'pg-protocol/dist/messages.js';
import type { SqlAction } from '#action/action';
import { digestOf } from '#action/canonical';
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { Permit } from '#action/permit';
import type { Answer } from '#action/question';
import type { Execution, Refusal, Submission, Submit } from '#action/submission';
import { loadSqlParser } from '#analyze/sql/parser';
import { splitSql } from '#analyze/sql/split';
import { FirebreakError } from '#base/errors';
import { Secret } from '#base/secret';
import type { DoorReport, PostgresDoorOptions, PostgresResource } from '#intercept/postgres/options';
import { createPostgresDoor, type PostgresDoor } from '#intercept/postgres/postgres-door';
import { cancelRequest, saslInitialResponse, saslResponse, startupMessage } from '#wire/postgres/build';
import { FrameReader, type FrameRules } from '#wire/postgres/frame-reader';
import { serverRules } from '#wire/postgres/frame-rules';
import { Backend } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import { scramKeys } from '#wire/postgres/scram';
import { clientFinal, clientFirst } from '#wire/postgres/scram-client';
import { decodeBackendKeyData, decodeReport } from '#wire/postgres/server-messages';
import type { CancelKey } from '#wire/postgres/startup-packet';
import { type ScratchOptions, type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';

export const STAGING_TOKEN = 'fbk_staging_aaaaaaaaaaaaaaaaaaaaaaaaaa';
export const PRODUCTION_TOKEN = 'fbk_production_bbbbbbbbbbbbbbbbbbbbbbbbbb';

const PLACEHOLDERS: readonly Placeholder[] = [
  { id: 'p1', environment: 'staging', resource: 'staging-db', scram: scramKeys(STAGING_TOKEN) },
  { id: 'p2', environment: 'production', resource: 'orders-db', scram: scramKeys(PRODUCTION_TOKEN) },
];

/** What a test wants of one action. */
export type Decision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'hold'; readonly hold: TestHold };

export const ALLOW: Decision = { kind: 'allow' };

export const DENIED: Refusal = {
  code: 'denied',
  reason: 'drops table users with all its rows',
  hint: 'ask a person first',
};

/** Waits until the test decides, or the door withdraws it. */
export class TestHold {
  readonly ended: Promise<'released' | Refusal>;
  readonly held: Promise<void>;
  release: () => void = () => {};
  reject: (refusal: Refusal) => void = () => {};
  begin: () => void = () => {};

  constructor() {
    this.ended = new Promise((resolve) => {
      this.release = () => resolve('released');
      this.reject = resolve;
    });
    this.held = new Promise((resolve) => {
      this.begin = resolve;
    });
  }
}

/** Stands where the pipeline will: decides as the test says, and hands out permits that check what they are spent on. */
export class TestPipeline {
  decide: (action: SqlAction, submission: Submission) => Decision | Promise<Decision> = () => ALLOW;
  /** Runs between the execution and the outcome: where the real one writes the record. */
  record: () => Promise<void> = async () => {};
  /** Changes the action behind the door's back, to see that the permit is checked. */
  tamper: (action: SqlAction) => SqlAction = (action) => action;
  readonly actions: SqlAction[] = [];
  readonly executions: Execution[] = [];
  readonly unknown: string[] = [];
  readonly withdrawn: SqlAction[] = [];
  readonly answers: (Answer | undefined)[] = [];

  readonly submit: Submit = async (submission) => {
    const { action, door } = submission;
    if (action.kind !== 'sql') throw new TypeError('this door submits SQL');
    this.actions.push(action);
    const refused = (refusal: Refusal) => ({ kind: 'refused' as const, actionId: 'a', refusal });
    const decision = await this.decide(action, submission);
    if (decision.kind === 'refuse') return refused(decision.refusal);
    if (decision.kind === 'hold') {
      const notice = {
        holdId: 'H-42',
        reason: 'deletes orders',
        effects: [],
        approveAt: 'the approval page',
        expiresAt: 0,
        retryWithin: 0,
      };
      door.held?.(notice);
      decision.hold.begin();
      const gone = new Promise<Refusal>((resolve) => {
        const withdraw = () =>
          resolve({ code: 'withdrawn', reason: 'the agent withdrew it', hint: 'none', holdId: 'H-42' });
        if (door.signal.aborted) withdraw();
        door.signal.addEventListener('abort', withdraw);
      });
      const ended = await Promise.race([decision.hold.ended, gone]);
      if (ended !== 'released') {
        if (ended.code === 'withdrawn') this.withdrawn.push(action);
        return refused(ended);
      }
    }
    try {
      const execution = await door.execute(permitFor(this.tamper(action)), {});
      await this.record();
      this.executions.push(execution);
      return { kind: 'executed', actionId: 'a', execution };
    } catch (thrown) {
      if (thrown instanceof FirebreakError && thrown.code === 'PERMIT_MISMATCH') {
        return refused({ code: 'changed', reason: 'the bytes differ', hint: 'none' });
      }
      this.unknown.push(String(thrown));
      return { kind: 'unknown', actionId: 'a', reason: String(thrown) };
    }
  };

  texts(): string[] {
    return this.actions.flatMap(({ statements }) => statements.map(({ text }) => text));
  }
}

function permitFor(action: SqlAction): Permit {
  const digest = digestOf(action);
  let spent = false;
  const permit = {
    actionId: 'a',
    redeem: (again: SqlAction) => {
      if (spent) throw new FirebreakError('PERMIT_SPENT', 'spent');
      spent = true;
      if (digestOf(again) !== digest) throw new FirebreakError('PERMIT_MISMATCH', 'these are not the bytes');
    },
  };
  // Only the pipeline can make a Permit; it is built elsewhere, and what this door needs of it is `redeem`.
  return permit as unknown as Permit;
}

export interface RigOptions extends Partial<Omit<PostgresDoorOptions, 'submit' | 'broker' | 'resources' | 'split'>> {
  readonly server?: Omit<ScratchOptions, 'directory'>;
  readonly upstream?: Partial<PostgresResource['upstream']>;
  readonly password?: string;
}

export class Rig {
  readonly pipeline = new TestPipeline();
  readonly reports: DoorReport[] = [];
  readonly revoked = new Set<string>();
  readonly server: ScratchPostgres;
  readonly door: PostgresDoor;
  readonly #folder: string;

  private constructor(folder: string, server: ScratchPostgres, options: RigOptions) {
    this.#folder = folder;
    this.server = server;
    const upstream = {
      host: server.host,
      port: server.port,
      database: 'orders',
      tls: { mode: 'disable' as const },
      ...options.upstream,
    };
    const secret = new Secret(options.password ?? server.superuserPassword);
    const broker: CredentialBroker = {
      identify: () => undefined,
      placeholdersFor: (name) => PLACEHOLDERS.filter(({ resource, id }) => resource === name && !this.revoked.has(id)),
      sessionOf: ({ environment }) => ({
        id: 's',
        agent: 'test',
        intent: '',
        environments: [environment],
        mode: 'work',
        tier: 'advisory',
      }),
      credential: () => ({ user: server.superuser, secret }),
      onDemand: async () => ({ user: server.superuser, secret }),
    };
    this.door = createPostgresDoor({
      report: (event) => this.reports.push(event),
      split: splitSql,
      ...options,
      resources: [
        { name: 'orders-db', environments: ['production'], upstream, credential: 'orders' },
        {
          name: 'staging-db',
          environments: ['staging'],
          upstream: { ...upstream, database: 'staging' },
          credential: 'staging',
        },
      ],
      submit: this.pipeline.submit,
      broker,
    });
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    await loadSqlParser();
    const folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
    const server = await startPostgres({
      directory: join(folder, 'server'),
      databases: ['orders', 'staging'],
      ...options.server,
    });
    const rig = new Rig(folder, server, options);
    await rig.door.listen({ host: '127.0.0.1', port: 0 });
    return rig;
  }

  /** Another door to the server of a rig; close its door only. */
  static beside(other: Rig, options: RigOptions): Rig {
    return new Rig(other.#folder, other.server, options);
  }

  /** Sends what psql sends on Ctrl-C. */
  async cancel(client: Client): Promise<void> {
    const processId = Reflect.get(client, 'processID');
    const secret = Buffer.alloc(4);
    secret.writeInt32BE(Reflect.get(client, 'secretKey'));
    const raw = await this.raw();
    raw.send(cancelRequest({ processId, secret }));
    await raw.ended();
  }

  async stop(): Promise<void> {
    await this.door.close();
    await this.server.stop('immediate');
    await rm(this.#folder, { recursive: true, force: true });
  }

  get port(): number {
    const { address } = this.door;
    if (address === undefined || !('port' in address)) throw new TypeError('the door listens on TCP');
    return address.port;
  }

  /** node-postgres, connected through the door; `notices` fills as they come. */
  async client(config: ClientConfig = {}): Promise<Client & { notices: NoticeMessage[] }> {
    const given = {
      host: '127.0.0.1',
      port: this.port,
      user: 'anyone',
      password: PRODUCTION_TOKEN,
      database: 'orders-db',
      ...config,
    };
    const client = Object.assign(new Client(given), { notices: [] as NoticeMessage[] });
    client.on('notice', (notice) => client.notices.push(notice));
    client.on('error', () => {}); // tests look at the rejected query or the `end` event
    await client.connect();
    return client;
  }

  /** Past the door, to see what really happened. */
  async truth(sql: string): Promise<unknown> {
    const client = new Client({ connectionString: this.server.connectionString('orders') });
    await client.connect();
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
    } finally {
      await client.end();
    }
  }

  raw(): Promise<RawClient> {
    return RawClient.connect(this.port);
  }
}

/** One message as a test sees it. */
export interface Seen {
  readonly letter: string;
  readonly bytes: Buffer;
}

/** A test wants rows one by one, too. */
const wholeMessages: FrameRules = new Map(
  Array.from(serverRules.keys(), (letter) => [letter, { kind: 'whole', limit: 1_000_000, beyond: 'end' }]),
);

export class RawClient {
  readonly socket: Socket;
  key: CancelKey | undefined;
  readonly #reader = new FrameReader(wholeMessages);
  readonly #seen: Seen[] = [];
  #wake: () => void = () => {};
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      for (let event = this.#reader.next(); event !== undefined; event = this.#reader.next()) {
        if (event.kind === 'message') this.#seen.push({ letter: String.fromCharCode(event.type), bytes: event.bytes });
      }
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** The next message. Fails when the connection closes instead. */
  async next(): Promise<Seen> {
    for (;;) {
      const first = this.#seen.shift();
      if (first !== undefined) return first;
      if (this.closed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** All messages up to this letter. */
  async until(letter: string): Promise<Seen[]> {
    const seen: Seen[] = [];
    do seen.push(await this.next());
    while (seen.at(-1)?.letter !== letter);
    return seen;
  }

  /** The letters of all messages up to this one. */
  async letters(until: string): Promise<string> {
    return (await this.until(until)).map(({ letter }) => letter).join('');
  }

  /** The next error, whatever comes before it. */
  async error(): Promise<ReportFields> {
    return decodeReport((await this.until('E')).at(-1)?.bytes ?? Buffer.alloc(0));
  }

  /** True when nothing came for a moment. */
  async silent(milliseconds = 60): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return this.#seen.length === 0;
  }

  async close(): Promise<void> {
    if (!this.closed) {
      this.socket.end();
      await once(this.socket, 'close');
    }
  }

  async ended(): Promise<void> {
    if (!this.closed) await once(this.socket, 'close');
  }

  async login(password = PRODUCTION_TOKEN, parameters: Record<string, string> = {}): Promise<void> {
    this.send(startupMessage(Object.entries({ user: 'anyone', database: 'orders-db', ...parameters })));
    await this.until('R');
    this.send(saslInitialResponse('SCRAM-SHA-256', clientFirst('raw-client-nonce')));
    const challenge = await this.next();
    const final = clientFinal(password, 'raw-client-nonce', challenge.bytes.subarray(9));
    this.send(saslResponse(final.message));
    const ready = await this.until('Z');
    const key = ready.find(({ bytes }) => bytes[0] === Backend.BackendKeyData);
    this.key = key && decodeBackendKeyData(key.bytes);
  }
}
