/**
 * Over 300 lines: one interface, whole. For tests: `Operations` that keep everything in memory, with the real hold desk and the real one-time codes. What the
 * page does not reach (sessions, secrets) is small and honest.
 */
import { Secret as OtpSecret, TOTP } from 'otpauth';
import type { Action } from '#action/action';
import type { Effect } from '#action/effect';
import type { Hold } from '#action/hold';
import { viewHold } from '#action/hold-view';
import type { Measurement } from '#action/measurement';
import type { FreezeView, Operations, SecretView, Status } from '#action/operations';
import type { Session } from '#action/session';
import { ApproveError } from '#approve/errors';
import { createHoldDesk, type HoldDesk } from '#approve/hold-desk';
import type { FactorState, FactorStorage, HoldStorage } from '#approve/storage';
import { createFactors, newEnrolment } from '#approve/totp';
import type { Clock } from '#base/clock';
import { FirebreakError } from '#base/errors';

export interface MemoryOperations {
  readonly operations: Operations;
  readonly desk: HoldDesk;
  /** Every call, in order: `approve ["H-1",...]`. */
  readonly calls: readonly string[];
  /** Holds an action, as the pipeline would. */
  hold(request?: Partial<HeldAction>): Promise<Hold>;
  /** A code of this approver's app, `steps` half minutes from now. */
  code(approver: string, steps?: number): string;
  status: Partial<Status>;
}

export interface HeldAction {
  readonly action: Action;
  readonly effects: readonly Effect[];
  readonly session: Session;
  readonly reason: string;
  readonly measured: Measurement;
  /** What will be kept, in the words of an `ApprovalSubject`. */
  readonly snapshot: string;
  readonly approversNeeded: number;
  /** Milliseconds. */
  readonly lifetime: number;
}

export const DROP_USERS: Effect = {
  verb: 'destroy',
  resource: { kind: 'table', name: 'users' },
  environments: ['production'],
  amount: { unit: 'rows', count: 100_000 },
  reversible: 'no',
  evidence: 'parsed',
  explain: 'drops table users with all its rows',
};

/** A deletion that cascades, as the pipeline holds it once it was tried out. */
export const FORGETS_CUSTOMERS = {
  action: {
    kind: 'sql',
    statements: [{ text: "DELETE FROM customers WHERE created_at < now() - interval '3 years'", parameters: [] }],
    resource: 'orders-db',
  },
  effects: (
    [
      ['destroy', 'bookings', 41_904, 'deletes 41,904 rows of bookings'],
      ['destroy', 'customers', 312, 'deletes 312 rows of customers'],
      ['write', 'inspections', 3_492, 'updates 3,492 rows of inspections'],
      ['write', 'booking_audit', 41_904, 'inserts 41,904 rows into booking_audit'],
    ] as const
  ).map(([verb, name, count, explain]) => ({
    verb,
    resource: { kind: 'table', name },
    environments: ['production'],
    amount: { unit: 'rows', count },
    reversible: 'snapshot',
    evidence: 'measured',
    explain,
  })),
  measured: {
    tables: [
      { schema: 'public', name: 'booking_audit', inserted: 41_904, updated: 0, deleted: 0 },
      { schema: 'public', name: 'bookings', inserted: 0, updated: 0, deleted: 41_904 },
      { schema: 'public', name: 'customers', inserted: 0, updated: 0, deleted: 312 },
      { schema: 'public', name: 'inspections', inserted: 0, updated: 3_492, deleted: 0 },
    ],
    catalogs: [],
    exclusive: [],
    sequences: ['booking_audit_id_seq'],
    samples: [
      {
        table: 'customers',
        change: 'deleted',
        columns: ['id', 'name', 'email', 'licence_number', 'created_at', 'note'],
        rows: [
          ['1', 'Bruno Bianchi', 'customer1@example.com', 'L00007919', '2022-01-03 10:00:00+00', null],
          ['2', 'Carla Costa', 'customer2@example.com', 'L00015838', '2022-01-03 12:00:00+00', 'pays late'],
          ['3', 'Diego Duarte', 'customer3@example.com', 'L00023757', '2022-01-03 14:00:00+00', null],
        ],
      },
    ],
  },
  reason: 'deletes 41,904 rows of bookings: production is protected',
  snapshot: 'yes',
} satisfies Partial<HeldAction>;

export const SESSION: Session = {
  id: 'ses_0123456789abcdefghjkmnpqrs',
  agent: 'claude-code',
  intent: 'rename a column on staging',
  environments: ['staging'],
  mode: 'work',
  tier: 'contained',
};

export async function memoryOperations(
  clock: Clock,
  approvers: readonly string[] = ['dana', 'kim'],
): Promise<MemoryOperations> {
  const recorder = { append: async () => 0 };
  const secrets = new Map(approvers.map((name) => [name, newEnrolment(name)]));
  const storage = memoryFactors(approvers);
  const factors = createFactors({
    storage,
    secrets: { totpSecret: async (name) => secrets.get(name)?.secret, keepTotpSecret: async () => undefined },
    recorder,
    clock,
  });
  const desk = createHoldDesk({ storage: memoryHolds(), factors, recorder, clock });
  const freezes: FreezeView[] = [];
  const kept = new Map<string, SecretView>();
  const calls: string[] = [];
  let status: Partial<Status> = {};

  const known = async (id: string): Promise<Hold> => {
    const hold = await desk.get(id);
    if (hold === undefined) throw new ApproveError('HOLD_UNKNOWN', `there is no hold \`${id}\``);
    return hold;
  };
  const keep = (name: string, user: string | undefined) =>
    kept.set(name, { name, user, addedAt: clock.now(), usedBy: ['orders-db'] });

  async function hold(request: Partial<HeldAction> = {}): Promise<Hold> {
    const action = request.action ?? { kind: 'sql', statements: [{ text: 'DROP TABLE users', parameters: [] }] };
    const session = request.session ?? SESSION;
    const expiresAt = clock.now() + (request.lifetime ?? 600_000);
    return desk.open({
      actionId: 'act_1',
      session,
      subject: {
        action,
        effects: request.effects ?? [DROP_USERS],
        session: session.id,
        policyVersion: 'sha256:policies',
        snapshot: request.snapshot ?? null,
        ...(request.measured === undefined ? {} : { measured: request.measured }),
        nonce: String(Math.random()),
        expiresAt,
      },
      verdict: {
        decision: 'hold',
        obligations: ['snapshot', 'factor: totp'],
        policies: ['hold-destroy-protected'],
        reason: request.reason ?? 'it destroys data of a protected environment',
      },
      approversNeeded: request.approversNeeded ?? 1,
    });
  }

  const operations: Operations = {
    status: async () => ({
      version: '0.1.0',
      pid: 4242,
      startedAt: clock.now() - 7_200_000,
      stateFolder: 'state',
      addresses: { human: '127.0.0.1:7420', postgres: '127.0.0.1:7432', http: undefined },
      environments: ['production', 'staging'].map((name) => ({
        name,
        protected: name === 'production',
        frozen: freezes.find((freeze) => freeze.environment === name)?.reason,
      })),
      resources: [
        { name: 'orders-db', kind: 'postgres', environments: ['production'], ready: true },
        { name: 'railway', kind: 'http', environments: [], ready: false },
      ],
      waitingHolds: (await desk.list()).length,
      openSessions: 1,
      logSize: 128,
      approvers,
      policyVersion: 'sha256:policies',
      warnings: [],
      ...status,
    }),
    holds: async ({ all }) => (await desk.list({ all })).map(viewHold),
    hold: async (id) => viewHold(await known(id)),
    approve: async (id, { approver, code, digest }) => viewHold(await desk.approve(id, approver, code, digest)),
    reject: async (id, { by, reason }) => viewHold(await desk.reject(id, by, reason)),
    approvers: async () => approvers,
    signIn: (approver, code) => factors.check(approver, code),
    freezes: async () => freezes,
    freeze: async ({ environment, until, reason, by }) => {
      if (until !== undefined && until <= clock.now()) throw new FirebreakError('FREEZE_OVER', 'it lies in the past');
      const freeze: FreezeView = { environment, from: clock.now(), until, reason, by, inForce: true };
      freezes.push(freeze);
      return freeze;
    },
    unfreeze: async ({ environment, reason }) => {
      const action: Action = {
        kind: 'tool',
        server: 'firebreak',
        name: 'unfreeze',
        arguments: { environment, reason },
      };
      return { holdId: (await hold({ action, reason: 'lifting a freeze takes an approval' })).id };
    },
    snapshots: async () => [],
    checkUndo: async (id) => noSnapshot(id),
    undo: async (id) => noSnapshot(id),
    openSession: async ({ agent, intent, environments, mode, tier }) => ({
      session: { id: 'ses_2', agent, intent, environments, mode, tier },
      httpDoor: { address: '127.0.0.1:1' },
      postgresDoor: undefined,
      caPem: 'pem',
      hidden: [],
      placeholders: [],
      refused: environments.map((environment) => ({ environment, reason: 'it demands the tier contained' })),
    }),
    closeSession: async () => undefined,
    secrets: async () => [...kept.values()],
    addSecret: async ({ name, user }) => {
      keep(name, user);
      return [{ resource: 'orders-db', kind: 'postgres', environment: 'production', text: 'fbk_production_x' }];
    },
    rotateSecret: async ({ name, user }) => {
      if (!kept.has(name)) throw new FirebreakError('SECRET_MISSING', `there is no secret \`${name}\``);
      keep(name, user);
    },
    revokeSecret: async (name) => ({ placeholders: kept.delete(name) ? 2 : 0 }),
  };

  return {
    operations: noting(operations, calls),
    desk,
    calls,
    hold,
    code(approver, steps = 0) {
      const secret = secrets.get(approver)?.secret.reveal();
      if (secret === undefined) throw new Error(`no approver ${approver}`);
      return new TOTP({ secret: OtpSecret.fromBase32(secret) }).generate({ timestamp: clock.now() + steps * 30_000 });
    },
    set status(changed: Partial<Status>) {
      status = changed;
    },
    get status() {
      return status;
    },
  };
}

function noSnapshot(id: string): never {
  throw new FirebreakError('SNAPSHOT_UNKNOWN', `there is no snapshot \`${id}\``);
}

function noting(operations: Operations, calls: string[]): Operations {
  return new Proxy(operations, {
    get(target, method: keyof Operations) {
      return (...args: unknown[]) => {
        calls.push(`${method} ${JSON.stringify(args)}`);
        return Reflect.apply(target[method], target, args);
      };
    },
  });
}

function memoryHolds(): HoldStorage {
  const holds = new Map<string, Hold>();
  return {
    async insert(hold) {
      const kept = { ...hold, id: `H-${holds.size + 1}` };
      holds.set(kept.id, kept);
      return kept;
    },
    get: async (id) => holds.get(id),
    list: async ({ states, limit }) =>
      [...holds.values()]
        .filter(({ state }) => states?.includes(state) ?? true)
        .toReversed()
        .slice(0, limit),
    async addApproval(id, approval) {
      const hold = holds.get(id);
      if (hold === undefined || hold.approvals.some(({ approver }) => approver === approval.approver)) return false;
      holds.set(id, { ...hold, approvals: [...hold.approvals, approval] });
      return true;
    },
    async move(id, from, to, ended) {
      const hold = holds.get(id);
      if (hold === undefined || !from.includes(hold.state)) return false;
      holds.set(id, { ...hold, state: to, endedAt: ended?.at, endedBy: ended?.by, endReason: ended?.reason });
      return true;
    },
  };
}

function memoryFactors(approvers: readonly string[]): FactorStorage {
  const states = new Map<string, FactorState>(
    approvers.map((name) => [name, { lastCounter: -1, failures: 0, lockedUntil: 0 }]),
  );
  return {
    approvers: async () => [...states.keys()],
    get: async (name) => states.get(name),
    enrol: async (name) => !states.has(name),
    async spendCounter(name, counter) {
      const state = states.get(name);
      if (state === undefined || counter <= state.lastCounter) return false;
      states.set(name, { ...state, lastCounter: counter });
      return true;
    },
    async setFailures(name, failures, lockedUntil) {
      const state = states.get(name);
      if (state !== undefined) states.set(name, { ...state, failures, lockedUntil });
    },
  };
}
