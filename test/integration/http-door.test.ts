import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { closeAll, FOREIGN, HOST, OTHER, REAL, type Rig, STAGING, startRig } from './http-door-rig.js';

afterEach(closeAll);

const URL_OF = `https://${HOST}`;

async function post(rig: Rig, token: string | undefined, body: string | Buffer = '{"a":1}', path = '/v1/things') {
  const reply = await request(`${URL_OF}${path}`, {
    dispatcher: rig.agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  });
  return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
}

test('an allowed request arrives byte for byte, with the real credential in the place of the placeholder', async () => {
  const rig = await startRig();
  const body = Buffer.from('{"a" : 1,\r\n"b":"\u00fc"}');
  const reply = await post(rig, STAGING, body, '/v1/things?x=%20y&x=2');
  expect(reply).toMatchObject({ status: 200, text: '{"ok":true}' });
  const [arrived] = rig.arrived;
  expect(arrived?.body.equals(body)).toBe(true);
  expect(arrived).toMatchObject({ method: 'POST', url: '/v1/things?x=%20y&x=2' });
  expect(arrived?.headers).toMatchObject({ authorization: `Bearer ${REAL}`, host: HOST });
});

test('the action that is decided on holds no credential, not even the placeholder', async () => {
  const rig = await startRig();
  await post(rig, STAGING);
  const [submission] = rig.submissions;
  expect(submission?.action).toMatchObject({
    kind: 'http',
    method: 'POST',
    url: `${URL_OF}/v1/things`,
    credential: { kind: 'placeholder', id: 'ph_1', environment: 'staging' },
  });
  expect(submission?.environments).toEqual(['production']);
  expect(submission?.session.id).toBe('ses_1');
  expect(JSON.stringify(submission?.action)).not.toContain(STAGING);
  expect(JSON.stringify(submission?.action)).not.toContain(REAL);
  expect(submission?.action.kind === 'http' && submission.action.headers).toContainEqual([
    'authorization',
    'Bearer [placeholder-ph_1]',
  ]);
});

test('placeholders in Basic credentials, in another header and in the query are swapped as well', async () => {
  const rig = await startRig();
  const basic = Buffer.from(`deploy:${STAGING}`).toString('base64');
  for (const [headers, path] of [
    [{ authorization: `Basic ${basic}` }, '/'],
    [{ 'project-access-token': STAGING }, '/'],
    [{ 'x-special': `key=${STAGING};` }, '/'],
    [{}, `/?access_token=${STAGING}`],
  ] as const) {
    const reply = await request(`${URL_OF}${path}`, { dispatcher: rig.agent, headers });
    await reply.body.dump();
    expect(reply.statusCode).toBe(200);
  }
  const sent = rig.arrived.map(({ headers, url }) => [
    headers.authorization && Buffer.from(headers.authorization.split(' ')[1] ?? '', 'base64').toString(),
    headers['project-access-token'],
    headers['x-special'],
    url,
  ]);
  expect(sent).toEqual([
    [`deploy:${REAL}`, undefined, undefined, '/'],
    [undefined, REAL, undefined, '/'],
    [undefined, undefined, `key=${REAL};`, '/'],
    [undefined, undefined, undefined, `/?access_token=${REAL}`],
  ]);
  expect(JSON.stringify(rig.submissions.map(({ action }) => action))).not.toMatch(/fbk_staging|real-token/);
});

test('a foreign token is named by its fingerprint, and refused it never reaches the upstream', async () => {
  const rig = await startRig({
    decide: ({ action }) => (action.kind === 'http' && action.credential.kind === 'foreign' ? 'denied' : 'run'),
  });
  const reply = await post(rig, FOREIGN);
  expect(reply.status).toBe(403);
  expect(JSON.parse(reply.text)).toEqual({
    error: { code: 'firebreak_denied', message: 'Firebreak: H-1: it was denied', hint: 'do not retry', hold: 'H-1' },
  });
  expect(rig.arrived).toEqual([]);
  const fingerprint = createHash('sha256').update(FOREIGN).digest('hex').slice(0, 16);
  expect(rig.submissions[0]?.action).toMatchObject({ credential: { kind: 'foreign', fingerprint } });
  expect(JSON.stringify(rig.submissions[0]?.action)).not.toContain(FOREIGN);
});

test('a GraphQL client is refused in a shape that it prints', async () => {
  const rig = await startRig({ decide: () => 'rejected' });
  const reply = await post(rig, STAGING, '{"query":"{me{id}}"}', '/graphql/v2');
  expect(reply.status).toBe(403);
  expect(JSON.parse(reply.text).errors).toEqual([
    {
      message: 'Firebreak: H-1: it was rejected. do not retry',
      extensions: { code: 'firebreak_rejected', hold: 'H-1' },
    },
  ]);
});

test('when Firebreak itself fails the client gets 503', async () => {
  const rig = await startRig({ decide: () => 'unrecorded' });
  expect((await post(rig, STAGING)).status).toBe(503);
  expect(rig.arrived).toEqual([]);
});

test.each([
  ['of another resource', OTHER, undefined],
  ['that nobody issued', `fbk_production_${'z'.repeat(26)}`, undefined],
])('a placeholder %s is answered 403, reported, and goes nowhere', async (_name, token) => {
  const rig = await startRig();
  expect((await post(rig, token)).status).toBe(403);
  expect(rig.events).toMatchObject([{ kind: 'placeholder-refused', subject: 'api' }]);
  expect([rig.arrived, rig.submissions]).toEqual([[], []]);
});

test('a placeholder in the body, two at once, or one beside a foreign credential is refused', async () => {
  const rig = await startRig();
  expect((await post(rig, STAGING, `{"token":"${STAGING}"}`)).status).toBe(403);
  for (const headers of [
    { authorization: `Bearer ${STAGING}`, 'x-api-key': OTHER },
    { authorization: `Bearer ${STAGING}`, 'x-api-key': FOREIGN },
    { authorization: `Bearer ${STAGING}`, cookie: 'session=1' },
  ]) {
    const reply = await request(URL_OF, { dispatcher: rig.agent, headers });
    await reply.body.dump();
    expect(reply.statusCode).toBe(403);
  }
  expect(rig.arrived).toEqual([]);
});

test('a placeholder of another session is refused at a door that was opened for one launch', async () => {
  const session = { id: 'ses_2', agent: '', intent: '', environments: [], mode: 'work', tier: 'advisory' } as const;
  const rig = await startRig({ door: { session } });
  expect((await post(rig, STAGING)).status).toBe(403);
  expect((await post(rig, undefined)).status).toBe(200);
  expect(rig.submissions.map((submission) => submission.session.id)).toEqual(['ses_2']);
});

test('a held request is answered once it is released, and the credential is revealed only then', async () => {
  let release: (decision: 'run') => void = () => undefined;
  const decided = new Promise<'run'>((resolve) => {
    release = resolve;
  });
  const rig = await startRig({ decide: () => decided });
  const reply = post(rig, STAGING);
  await expect.poll(() => rig.submissions.length).toBe(1);
  expect([rig.arrived.length, rig.broker.revealed]).toEqual([0, 0]);
  release('run');
  expect((await reply).status).toBe(200);
  expect(rig.arrived.length).toBe(1);
});

test('a placeholder that is revoked while its request is held does not run', async () => {
  let release: (decision: 'run') => void = () => undefined;
  const decided = new Promise<'run'>((resolve) => {
    release = resolve;
  });
  const rig = await startRig({ decide: () => decided });
  const reply = post(rig, STAGING);
  await expect.poll(() => rig.submissions.length).toBe(1);
  rig.broker.revoked = true;
  release('run');
  expect((await reply).status).toBe(403);
  expect([rig.arrived.length, rig.broker.revealed]).toEqual([0, 0]);
});

test('FAIL-CLOSED: without the real credential nothing is sent, and the client is told so', async () => {
  const rig = await startRig();
  rig.broker.missing = true;
  const reply = await post(rig, STAGING);
  expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([502, 'firebreak_not_sent']);
  expect(rig.arrived).toEqual([]);
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'executed', execution: { ok: false } });
});

test('a client that leaves while its request is held aborts it, and nothing runs', async () => {
  const rig = await startRig({
    decide: ({ door }) =>
      new Promise((resolve) => door.signal.addEventListener('abort', () => resolve('withdrawn'), { once: true })),
  });
  const leaving = new AbortController();
  const reply = request(URL_OF, { dispatcher: rig.agent, signal: leaving.signal });
  await expect.poll(() => rig.submissions.length).toBe(1);
  leaving.abort();
  await expect(reply).rejects.toThrow();
  await expect(rig.outcomes[0]).resolves.toMatchObject({ kind: 'refused', refusal: { code: 'withdrawn' } });
  expect(rig.arrived).toEqual([]);
});

test('a body over the cap is answered 413 and nothing is sent, whether its length is announced or not', async () => {
  const rig = await startRig({ door: { bodyCap: 1000 } });
  expect((await post(rig, STAGING, 'x'.repeat(1001))).status).toBe(413);
  const chunked = request(URL_OF, {
    dispatcher: rig.agent,
    method: 'POST',
    body: Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(100))),
  });
  expect((await chunked).statusCode).toBe(413);
  expect((await post(rig, STAGING, 'x'.repeat(1000))).status).toBe(200);
  expect(rig.arrived.length).toBe(1);
  expect(rig.submissions.length).toBe(1);
});

test('the end of a response waits for the record: a long one streams, a short one is kept back whole', async () => {
  const big = Buffer.alloc(3_000_000, 'abc');
  let recorded: () => void = () => undefined;
  const record = new Promise<void>((resolve) => {
    recorded = resolve;
  });
  const rig = await startRig({
    record: () => record,
    upstream: ({ url }, response) => response.end(url === '/big' ? big : 'small'),
  });
  let small = 0;
  const short = request(URL_OF, { dispatcher: rig.agent }).then((reply) => {
    small = reply.statusCode;
    return reply.body.text();
  });
  const reply = await request(`${URL_OF}/big`, { dispatcher: rig.agent });
  let size = 0;
  let ended = false;
  reply.body.on('data', (chunk: Buffer) => {
    size += chunk.length;
  });
  reply.body.on('end', () => {
    ended = true;
  });
  await expect.poll(() => size).toBeGreaterThan(1_000_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([ended, small]).toEqual([false, 0]);
  recorded();
  await expect.poll(() => ended).toBe(true);
  expect([size, await short, small]).toEqual([big.length, 'small', 200]);
});

test('FAIL-CLOSED: what ran and could not be recorded is not answered as done', async () => {
  const rig = await startRig({ record: () => Promise.reject(new Error('the disk is full')) });
  const reply = await post(rig, STAGING);
  expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([502, 'firebreak_outcome_unknown']);
});

test('redirects are not followed, and headers that lead past the door are dropped', async () => {
  const rig = await startRig({
    upstream: (_request, response) => {
      response.writeHead(302, { location: 'https://elsewhere.test/', 'alt-svc': 'h3=":443"' });
      response.end();
    },
  });
  const reply = await request(URL_OF, { dispatcher: rig.agent });
  expect(reply.statusCode).toBe(302);
  expect(reply.headers).toMatchObject({ location: 'https://elsewhere.test/' });
  expect(reply.headers['alt-svc']).toBeUndefined();
  expect(rig.arrived.length).toBe(1);
});

test('an upstream that repeats the real credential does not hand it to the agent', async () => {
  const rig = await startRig({
    upstream: ({ headers }, response) => {
      const echoed = headers.authorization ?? '';
      response.writeHead(200, { 'x-echo': echoed, 'content-length': `${Buffer.byteLength(echoed)}` });
      response.write(echoed.slice(0, 12));
      setTimeout(() => response.end(echoed.slice(12)), 50);
    },
  });
  const reply = await post(rig, STAGING);
  expect(reply.headers['x-echo']).toBe(`Bearer ${'*'.repeat(REAL.length)}`);
  expect(reply.text).toBe(`Bearer ${'*'.repeat(REAL.length)}`);
});

test('server-sent events are passed on as they come', async () => {
  const rig = await startRig({
    upstream: (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 1000);
    },
  });
  const started = Date.now();
  const reply = await request(URL_OF, { dispatcher: rig.agent });
  const parts: string[] = [];
  for await (const part of reply.body) {
    if (parts.length === 0) expect(Date.now() - started).toBeLessThan(900);
    parts.push(String(part));
  }
  expect(parts.join('')).toBe('data: 1\n\ndata: 2\n\n');
});
