import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action } from '#action/action';
import { NOTHING_MEASURED } from '#action/measurement';
import type { AdministrativeAct, RecordEvent } from '#action/record-event';
import type { Session } from '#action/session';
import { digestText } from '#base/bytes';
import { encodeEntry } from './entry.js';
import { toOcsf } from './ocsf.js';
import { ENTRY_MAX_BYTES } from './tile.js';

const session: Session = {
  id: 's_1',
  agent: 'claude',
  intent: 'fix a bug',
  environments: ['staging'],
  mode: 'work',
  tier: 'advisory',
};

function decided(action: Action, verb: 'read' | 'write' | 'destroy' | 'grant' = 'destroy'): RecordEvent {
  return {
    kind: 'decided',
    time: 1_790_000_000_000,
    actionId: 'a_1',
    session,
    action,
    effects: [
      {
        verb,
        resource: { kind: 'table', name: 'users' },
        environments: ['production'],
        amount: { unit: 'rows', count: 'all' },
        reversible: 'no',
        evidence: 'parsed',
        explain: 'drops table users with all its rows',
      },
    ],
    verdict: { decision: 'hold', obligations: [], policies: ['p'], reason: 'it destroys' },
  };
}

const http: Action = {
  kind: 'http',
  method: 'POST',
  url: 'https://api.example.com/x',
  headers: [
    ['Authorization', 'Bearer top-secret'],
    ['cookie', 'top-secret'],
    ['proxy-authorization', 'top-secret'],
    ['accept', '*/*'],
  ],
  body: Uint8Array.of(0, 255, 128),
  credential: { kind: 'none' },
};

const actions: readonly Action[] = [
  { kind: 'shell', text: 'rm -rf /', cwd: '/repo' },
  {
    kind: 'sql',
    statements: [
      {
        text: 'drop table users',
        parameters: [
          { typeOid: 0, format: 1, value: Uint8Array.of(1, 2) },
          { typeOid: 0, format: 0, value: null },
        ],
      },
    ],
    resource: 'orders-db',
  },
  http,
  { kind: 'tool', server: 'github', name: 'delete_file', arguments: { path: 'a', ['__proto__x']: [1, null, true] } },
  { kind: 'completion', model: 'm', request: {} },
  { kind: 'deploy', target: 'web', revision: 'abc' },
];

const ACTS: readonly AdministrativeAct[] = [
  'daemon-started',
  'daemon-stopped',
  'session-opened',
  'freeze',
  'secret-added',
  'factor-checked',
  'signed-in',
  'connection-refused',
  'undo',
  'snapshot-expired',
];

const events: readonly RecordEvent[] = [
  ...actions.map((action) => decided(action)),
  { kind: 'released', time: 1, actionId: 'a', session, actionDigest: 'sha256:00', holdId: 'H-1' },
  {
    kind: 'measured',
    time: 1,
    actionId: 'a',
    session,
    measurement: NOTHING_MEASURED,
    undoable: { answer: 'yes', because: [] },
    effects: [],
    verdict: { decision: 'hold', obligations: [], policies: [], reason: 'deletes 3 rows' },
  },
  {
    kind: 'kept',
    time: 1,
    actionId: 'a',
    session,
    snapshot: { id: 'S-1', sha256: 'sha256:00', bytes: 9, undoable: { answer: 'yes', because: [] } },
  },
  { kind: 'completed', time: 1, actionId: 'a', session, execution: { ok: true, summary: 'DROP TABLE' } },
  { kind: 'refused', time: 1, actionId: 'a', session, code: 'denied', reason: 'no' },
  { kind: 'outcome-unknown', time: 1, actionId: 'a', session, reason: 'lost' },
  { kind: 'held', time: 1, holdId: 'H-1', actionId: 'a', session, digest: 'd', expiresAt: 2, approversNeeded: 1 },
  { kind: 'approved', time: 1, holdId: 'H-1', approver: 'dana', factor: 'totp', digest: 'd', enough: true },
  { kind: 'attached', time: 1, holdId: 'H-1', actionId: 'a', session },
  { kind: 'ended', time: 1, holdId: 'H-1', state: 'rejected', by: 'dana', reason: 'no' },
  ...ACTS.map(
    (act): RecordEvent => ({ kind: 'administered', time: 1, act, by: 'dana', subject: 's', detail: 'd', ok: false }),
  ),
];

test('every event is an OCSF 1.9.0 event with what its class requires', () => {
  for (const event of events) {
    const ocsf = toOcsf(event);
    expect(ocsf).toMatchObject({ metadata: { version: '1.9.0', product: { name: 'Firebreak' } }, time: event.time });
    const { class_uid, category_uid, activity_id, type_uid } = ocsf;
    expect(type_uid).toBe(Number(class_uid) * 100 + Number(activity_id));
    expect(category_uid).toBe(Math.floor(Number(class_uid) / 1000));
    expect(ocsf['severity_id']).toBeTypeOf('number');
    expect(ocsf['status_id']).toBeTypeOf('number');
    if (activity_id === 99) expect(ocsf['activity_name']).toBeTypeOf('string');
    const required: Readonly<Record<number, readonly string[]>> = {
      1007: ['actor', 'device', 'process'],
      3002: ['user', 'service'],
      6002: ['app'],
      6003: ['actor', 'api', 'src_endpoint'],
      6005: ['actor', 'src_endpoint', 'database', 'query_info'],
    };
    for (const attribute of required[Number(class_uid)] ?? ['an unknown class']) expect(ocsf).toHaveProperty(attribute);
    expect(JSON.parse(encodeEntry(event).toString())).toEqual(JSON.parse(JSON.stringify(ocsf)));
  }
});

test('actions are filed under the class and activity that fit', () => {
  const types = actions.map((action) => toOcsf(decided(action))['type_uid']);
  expect(types).toEqual([100701, 600507, 600304, 600304, 600304, 600304]);
  const sql = actions[1] ?? http;
  expect((['read', 'write', 'grant'] as const).map((verb) => toOcsf(decided(sql, verb))['type_uid'])).toEqual([
    600504, 600502, 600599,
  ]);
  expect(toOcsf(decided(sql))).toMatchObject({
    query_info: { query_string: 'drop table users' },
    database: { name: 'orders-db' },
  });
});

test('the exact event is kept, with bytes as base64', () => {
  expect(toOcsf(decided(http))['unmapped']).toMatchObject({
    firebreak: { kind: 'decided', actionId: 'a_1', session, action: { url: http.url, body: { base64: 'AP+A' } } },
  });
});

test('values of headers that carry credentials are not recorded', () => {
  const text = encodeEntry(decided(http)).toString();
  expect(text).not.toContain('top-secret');
  expect(text).toContain('["Authorization","[redacted]"]');
  expect(text).toContain('["accept","*/*"]');
});

test('large texts and bodies are cut to a beginning and named by digest and length', () => {
  const text = `select '${'\u00e9\u{1f600}'.repeat(40_000)}'`;
  const body = Buffer.alloc(200_000, 7);
  const sql = JSON.parse(encodeEntry(decided({ kind: 'shell', text })).toString());
  const cut = sql.unmapped.firebreak.action.text;
  expect(cut).toMatchObject({ bytes: Buffer.byteLength(text), digest: digestText(text) });
  expect(text.startsWith(cut.cut)).toBe(true);
  expect(cut.cut.isWellFormed()).toBe(true);
  const request = JSON.parse(encodeEntry(decided({ ...http, body })).toString());
  const { base64Cut, bytes, digest } = request.unmapped.firebreak.action.body;
  expect(body.subarray(0, Buffer.from(base64Cut, 'base64').length).equals(Buffer.from(base64Cut, 'base64'))).toBe(true);
  expect({ bytes, digest }).toEqual({ bytes: 200_000, digest: digestText(body) });
});

test('an entry of any event fits into a bundle and is JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      const request = JSON.parse(JSON.stringify(value));
      const bytes = encodeEntry(decided({ kind: 'completion', model: 'm', request }));
      expect(bytes.length).toBeLessThanOrEqual(ENTRY_MAX_BYTES);
      JSON.parse(bytes.toString());
    }),
    { numRuns: 50 },
  );
  const long = '\u0000'.repeat(100_000);
  const wide = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`${at}`.padStart(400, '\u0001'), Array(20).fill(long.slice(0, 500))]),
  );
  const events: readonly RecordEvent[] = [
    decided({ kind: 'tool', server: long, name: long, arguments: wide }),
    decided({ kind: 'deploy', target: long, revision: long }),
    decided({ kind: 'completion', model: long, request: { a: { b: wide, c: wide, d: [wide, wide] } } }),
    {
      kind: 'completed',
      time: 1,
      actionId: long,
      session: { ...session, intent: long, agent: long, environments: Array(5000).fill(long) },
      execution: { ok: true, summary: long },
    },
    { kind: 'ended', time: 1, holdId: long, state: 'rejected', by: long, reason: long },
  ];
  for (const event of events) {
    const bytes = encodeEntry(event);
    expect(bytes.length).toBeLessThanOrEqual(ENTRY_MAX_BYTES);
    expect(JSON.parse(bytes.toString()).unmapped.firebreak.kind).toBe(event.kind);
  }
});

test('what hooks tell is filed with its action, and a long output keeps its digest', () => {
  const told = toOcsf({ kind: 'instructed', time: 1, session, agentRun: 'r', text: 'tidy up' });
  expect(told).toMatchObject({ class_uid: 6003, activity_name: 'instructed', message: 'told: tidy up' });
  const output = 'x'.repeat(100_000);
  const event: RecordEvent = {
    kind: 'output',
    time: 1,
    session,
    agentRun: 'r',
    callId: 'c',
    actionId: 'a_1',
    tool: 'Bash',
    output,
    bytes: output.length,
    digest: digestText(output),
    exitStatus: 3,
  };
  const entry: OcsfEntry = JSON.parse(encodeEntry(event).toString());
  expect(entry).toMatchObject({ activity_name: 'output', status_id: 2, metadata: { correlation_uid: 'a_1' } });
  const { firebreak } = entry.unmapped;
  expect(firebreak).toMatchObject({
    digest: digestText(output),
    output: { digest: digestText(output), bytes: 100_000 },
  });
  expect(toOcsf({ ...event, exitStatus: undefined })['status_id']).toBe(99);
});

interface OcsfEntry {
  readonly unmapped: { readonly firebreak: unknown };
}
