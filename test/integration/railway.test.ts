import type { RequestListener } from 'node:http';
import { request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CredentialBroker } from '#action/credential';
import { type Answer, type Question, questionKey } from '#action/question';
import { analyzeHttp } from '#analyze/http/analyze-http';
import { messageOf } from '#base/errors';
import { createRailwayAccess } from '#resolve/railway-client';
import { createResolver } from '#resolve/resolver';
import { type RailwayStandIn, startRailwayStandIn } from '../../demo/railway-standin.js';
import { type RailwayState, rentalProject } from '../../demo/railway-state.js';
import { closeAll, FOREIGN, REAL, STAGING, startHttps, startRig, TestBroker } from './http-door-rig.js';

const HOST = 'backboard.railway.app';

let state: RailwayState;
let railway: RailwayStandIn;
let deleted: string[];
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  state = rentalProject();
  deleted = [];
  railway = await startRailwayStandIn({
    state,
    tokens: { workspace: REAL },
    onVolumeDelete: async (id) => void deleted.push(id),
    listBackups: async () => [],
    createBackup: async () => ({ id: 'b', name: 'b', createdAt: '2026-01-01T00:00:00.000Z', usedMB: 1 }),
  });
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await railway.close();
  await closeAll();
});

interface Where {
  readonly port: number;
  readonly ca?: string;
  readonly broker?: CredentialBroker;
  readonly timeout?: number;
}

/** A resolver on a clock that the test moves, which notes why it could not answer. */
function resolverAt({ port, ca, broker = new TestBroker(), timeout = 5_000 }: Where) {
  const clock = { time: 1_000_000, now: () => clock.time };
  const reasons: string[] = [];
  const access = createRailwayAccess({
    broker,
    timeout,
    endpoints: [
      {
        resource: 'railway',
        host: HOST,
        credential: 'railway-workspace',
        connectTo: { host: '127.0.0.1', port },
        ...(ca === undefined ? {} : { ca }),
      },
    ],
  });
  closing.push(() => access.close());
  const resolve = createResolver({ access, clock, unanswered: (_question, reason) => reasons.push(reason) });
  return { resolve, clock, reasons };
}

const standIn = () => resolverAt({ port: railway.port, ca: railway.caPem });

function about(objectKind: string, objectId: string, resource = 'railway'): Question {
  return { kind: 'provider-environments', resource, provider: 'railway', objectKind, objectId };
}

const idOf = (object: { readonly id: string } | undefined): string => object?.id ?? 'missing';

test('a volume is found in every environment that it is mounted in, through the public schema', async () => {
  const { resolve } = standIn();
  const volume = state.volumes[0];
  const both = { kind: 'provider-environments', environments: ['production', 'staging'] };
  expect(await resolve(about('volume', idOf(volume)))).toEqual({ ...both, name: volume?.name });
  expect(await resolve(about('project', state.project.id))).toEqual({ ...both, name: state.project.name });
  const [production] = state.environments;
  expect(await resolve(about('environment', idOf(production)))).toMatchObject({ environments: ['production'] });
  expect(await resolve(about('volume-instance', idOf(volume?.instances[1])))).toMatchObject({
    environments: ['staging'],
  });
  // One look-up served all four.
  expect(railway.requests.length).toBe(1);
});

test('an answer is kept for seconds only, and a fresh one goes past what is kept', async () => {
  const { resolve, clock } = standIn();
  const question = about('volume', idOf(state.volumes[0]));
  await resolve(question);
  await resolve(question);
  expect(railway.requests.length).toBe(1);
  state.volumes.splice(0);
  expect(await resolve(question)).toBeDefined();
  expect(await resolve(question, { fresh: true })).toBeUndefined();
  expect(railway.requests.length).toBe(2);
  clock.time += 60_000;
  await resolve(question);
  expect(railway.requests.length).toBe(3);
});

test('FAIL-CLOSED: an object that is not found, of an unknown kind or of an undeclared resource is not answered', async () => {
  const { resolve, reasons } = standIn();
  expect(await resolve(about('volume', 'no-such-volume'))).toBeUndefined();
  expect(await resolve(about('bucket', idOf(state.volumes[0])))).toBeUndefined();
  expect(await resolve(about('volume', idOf(state.volumes[0]), 'other'))).toBeUndefined();
  expect(await resolve({ kind: 'prepared-statement', name: 's' })).toBeUndefined();
  expect(reasons.length).toBe(4);
});

/** A page of projects as Railway would send it, with one volume. */
function page(volume: object, pageInfo: object = { hasNextPage: false, endCursor: null }) {
  const environments = { pageInfo: { hasNextPage: false }, edges: [{ node: { id: 'e1', name: 'staging' } }] };
  const node = { id: 'p', name: 'p', environments, volumes: { edges: [{ node: volume }] } };
  return { data: { projects: { pageInfo, edges: [{ node }] } } };
}

const instance = (environmentId: string) => ({ node: { id: `i-${environmentId}`, environmentId, environment: null } });
const staging = { id: 'v', name: 'v', volumeInstances: { pageInfo: { hasNextPage: false }, edges: [instance('e1')] } };

const reply =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

test('the shape that the failing replies below depart from is answered', async () => {
  const { port, ca } = await startHttps(reply(page(staging)), HOST);
  expect(await resolverAt({ port, ca }).resolve(about('volume', 'v'))).toMatchObject({ environments: ['staging'] });
});

test.each<[string, RequestListener]>([
  ['errors beside data', reply({ ...page(staging), errors: [{ message: 'partial' }] })],
  ['errors alone', reply({ errors: [{ message: 'Not Authorized' }], data: null })],
  ['another shape', reply({ data: { projects: [] } })],
  ['a status that is not 200', reply(page(staging), 500)],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/' }).end()],
  ['no JSON', reply('<html>')],
  ['a reply cut short', (_request, response) => void response.writeHead(200, { 'content-length': 999 }).end('{"data"')],
  ['a reply without end', (_request, response) => void response.writeHead(200).write('{')],
  ['no reply', () => undefined],
  ['a closed connection', (request) => request.destroy()],
  ['pages without end', reply(page(staging, { hasNextPage: true, endCursor: 'same' }))],
  [
    'a list of instances cut short',
    reply(page({ ...staging, volumeInstances: { pageInfo: { hasNextPage: true }, edges: [instance('e1')] } })),
  ],
  [
    'an environment without a name',
    reply(
      page({
        ...staging,
        volumeInstances: { pageInfo: { hasNextPage: false }, edges: [instance('e1'), instance('e2')] },
      }),
    ),
  ],
])('FAIL-CLOSED: a look-up that failed (%s) leaves the question unanswered', async (_name, listener) => {
  const { port, ca } = await startHttps(listener, HOST);
  const { resolve, reasons } = resolverAt({ port, ca, timeout: 500 });
  expect(await resolve(about('volume', 'v'))).toBeUndefined();
  expect(reasons.length).toBe(1);
  expect(reasons[0]).not.toContain(REAL);
});

test('FAIL-CLOSED: a provider with an untrusted certificate is not asked', async () => {
  let asked = 0;
  const { port } = await startHttps(() => {
    asked += 1;
  }, HOST);
  const { resolve, reasons } = resolverAt({ port });
  expect(await resolve(about('volume', 'v'))).toBeUndefined();
  expect([asked, reasons]).toEqual([0, [expect.stringMatching(/certificate|issuer/)]]);
});

test('a failure is not kept: the next question asks again', async () => {
  let calls = 0;
  const { port, ca } = await startHttps((request, response) => {
    calls += 1;
    reply(calls === 1 ? {} : page(staging))(request, response);
  }, HOST);
  const { resolve } = resolverAt({ port, ca });
  expect(await resolve(about('volume', 'v'))).toBeUndefined();
  expect(await resolve(about('volume', 'v'))).toMatchObject({ environments: ['staging'] });
});

test('all pages are walked', async () => {
  const bodies: string[] = [];
  const { port, ca } = await startHttps((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk)));
    request.on('end', () => {
      const first = !bodies.at(-1)?.includes('"after":"c1"');
      const last = { ...staging, id: 'w' };
      reply(first ? page(staging, { hasNextPage: true, endCursor: 'c1' }) : page(last))(request, response);
    });
  }, HOST);
  const { resolve } = resolverAt({ port, ca });
  expect(await resolve(about('volume', 'w'))).toMatchObject({ environments: ['staging'] });
  expect(bodies.length).toBe(2);
});

test('the incident: volumeDelete through the door is held with both environments named, and a found token is foreign', async () => {
  const { resolve } = standIn();
  const explained: string[] = [];
  const rig = await startRig({
    resource: {
      name: 'api',
      provider: 'railway',
      hosts: [HOST],
      environments: [],
      upstream: { host: '127.0.0.1', port: railway.port, ca: railway.caPem },
    },
    decide: async ({ action }) => {
      if (action.kind !== 'http') return 'error';
      if (action.credential.kind === 'foreign') return 'denied';
      const facts = { name: 'railway', kind: 'http', environments: [], provider: 'railway', hosts: [HOST] } as const;
      const context = { resources: new Map([['railway', facts]]), environments: [] };
      const answers = new Map<string, Answer>();
      for (const question of analyzeHttp(action, answers, context).questions) {
        const answer = await resolve(question).catch((thrown: unknown) => expect.unreachable(messageOf(thrown)));
        if (answer !== undefined) answers.set(questionKey(question), answer);
      }
      const { effects } = analyzeHttp(action, answers, context);
      explained.push(...effects.map(({ explain }) => explain));
      return effects.every(({ verb }) => verb === 'read') ? 'run' : 'rejected';
    },
  });
  const send = async (token: string, query: string) => {
    const body = JSON.stringify({ query });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const { statusCode, body: text } = await request(`https://${HOST}/graphql/v2`, {
      dispatcher: rig.agent,
      method: 'POST',
      headers,
      body,
    });
    return { status: statusCode, json: JSON.parse(await text.text()) };
  };
  const deletion = `mutation { volumeDelete(volumeId: "${idOf(state.volumes[0])}") }`;
  expect(await send(FOREIGN, deletion)).toMatchObject({ status: 403, json: { error: { code: 'firebreak_denied' } } });
  expect(await send(STAGING, deletion)).toMatchObject({ status: 403, json: { error: { code: 'firebreak_rejected' } } });
  expect(explained).toEqual([
    expect.stringMatching(
      /^deletes volume postgres-data, which belongs to production and staging, with everything on it/,
    ),
  ]);
  expect(deleted).toEqual([]);
  expect(await send(STAGING, '{ me { email } }')).toMatchObject({ status: 200, json: { data: { me: {} } } });
});
