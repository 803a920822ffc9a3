import { expect, test } from 'vitest';
import { newVisitor, ORIGIN } from './page-visitor.case.js';

test('every answer carries the security headers: pages, files, redirects, errors', async () => {
  const visitor = await newVisitor();
  const answers = [
    await visitor.get('/sign-in'),
    await visitor.get('/style.css'),
    await visitor.get('/live.js'),
    await visitor.get('/'),
    await visitor.get('/', { host: 'evil.example' }),
    await visitor.post('/sign-in', {}, { origin: 'http://evil.example' }),
  ];
  await visitor.signIn();
  answers.push(await visitor.get('/holds/H-99'), await visitor.get('/nothing'));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 303, 421, 403, 404, 404]);
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  }
});

test('no page has inline script or style', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  const pages = [await visitor.get('/sign-in')];
  await visitor.signIn();
  for (const path of ['/', '/holds/H-1', '/freezes', '/holds/H-99']) pages.push(await visitor.get(path));
  for (const { text } of pages) {
    expect(text).toContain('<!doctype html>');
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect(text.match(/<script[^>]*>/g)).toEqual(['<script src="/live.js" defer>']);
  }
});

test.each(['evil.example', '127.0.0.1:9999', 'evil.example:7420', ''])(
  'a name that is not its own (%j) reaches nothing, against DNS rebinding',
  async (host) => {
    const visitor = await newVisitor();
    expect((await visitor.get('/sign-in', { host })).status).toBe(421);
    expect((await visitor.get('/style.css', { host })).status).toBe(421);
  },
);

test('answers under each of its names', async () => {
  const visitor = await newVisitor();
  expect((await visitor.get('/sign-in', { host: 'LOCALHOST:7420' })).status).toBe(200);
});

test.each(['http://evil.example', 'http://127.0.0.1:3000', 'null', 'https://127.0.0.1:7420', ''])(
  'a form sent from elsewhere (%j) changes nothing, whatever cookie comes with it',
  async (origin) => {
    const visitor = await newVisitor();
    await visitor.memory.hold();
    await visitor.signIn();
    const answer = await visitor.post('/holds/H-1/reject', { reason: 'not today' }, { origin });
    expect(answer.status).toBe(403);
    expect((await visitor.memory.operations.hold('H-1')).state).toBe('waiting');
  },
);

test('a form is only read as a form, and only up to 64 KiB', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  const plain = await visitor.post('/holds/H-1/reject', { reason: 'x' }, { 'content-type': 'text/plain' });
  expect(plain.status).toBe(400);
  const long = await visitor.post('/holds/H-1/reject', { reason: 'x'.repeat(70_000) });
  expect(long.status).toBe(413);
  const twice = await visitor.post(
    '/holds/H-1/reject?',
    Object.fromEntries([
      ['reason', 'x'],
      ['by', 'kim'],
    ]),
  );
  expect(twice.status).toBe(400);
  expect((await visitor.memory.operations.hold('H-1')).state).toBe('waiting');
});

test('the cookie is out of reach of scripts and other sites, random, and useless after signing out', async () => {
  const visitor = await newVisitor();
  const signedIn = await visitor.signIn();
  const [cookie] = signedIn.headers.getSetCookie();
  expect(cookie).toMatch(/^firebreak_page=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
  const stolen = cookie?.split(';')[0] ?? '';
  expect((await visitor.get('/', { cookie: stolen })).status).toBe(200);
  const out = await visitor.post('/sign-out', {});
  expect([out.status, out.headers.get('location')]).toEqual([303, '/sign-in']);
  expect((await visitor.get('/', { cookie: stolen })).status).toBe(303);
});

test('the cookie is Secure where the page is served over TLS', async () => {
  const { createHumanApp } = await import('./human-app.js');
  const { memory } = await newVisitor();
  const clock = { now: () => Date.parse('2026-11-20T12:00:00Z') };
  const origin = 'https://firebreak.example';
  const app = createHumanApp({
    operations: memory.operations,
    clock,
    origins: () => [origin],
    report: () => undefined,
  });
  const answer = await app.request(`${origin}/sign-in`, {
    method: 'POST',
    headers: { host: 'firebreak.example', origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ approver: 'dana', code: memory.code('dana'), next: '/' }).toString(),
  });
  expect(answer.headers.getSetCookie()[0]).toContain('; Secure');
});

test('being signed in ends after twelve hours', async () => {
  const visitor = await newVisitor();
  await visitor.signIn();
  visitor.pass(12 * 3600 - 31);
  expect((await visitor.get('/')).status).toBe(200);
  visitor.pass(2);
  expect((await visitor.get('/')).status).toBe(303);
});

test('nothing but signing in is to be had without signing in', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  const { digest } = await visitor.memory.operations.hold('H-1');
  for (const path of ['/', '/holds/H-1', '/freezes', '/anything']) {
    const answer = await visitor.get(path);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/^\/sign-in\?next=/);
    expect(answer.text).toBe('');
  }
  expect((await visitor.get('/live/holds')).status).toBe(401);
  expect((await visitor.get('/live/holds/H-1')).status).toBe(401);
  const code = visitor.memory.code('dana');
  const approve = await visitor.post('/holds/H-1/approve', { approver: 'dana', code, digest });
  expect(approve.headers.get('location')).toBe('/sign-in?next=%2Fholds%2FH-1');
  expect((await visitor.post('/freezes', { environment: 'staging', length: '1h', reason: 'x' })).status).toBe(303);
  expect((await visitor.memory.operations.hold('H-1')).state).toBe('waiting');
  expect(await visitor.memory.operations.freezes()).toEqual([]);
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/holds/../sign-out', '/live/holds'])(
  'signing in leads to no other place than a page of its own (%j)',
  async (next) => {
    const visitor = await newVisitor();
    const code = visitor.memory.code('dana');
    const answer = await visitor.post('/sign-in', { approver: 'dana', code, next });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    expect(ORIGIN).not.toContain(next);
  },
);
