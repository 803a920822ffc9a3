import { expect, test } from 'vitest';
import { FirebreakError } from '#base/errors';
import { DROP_USERS, FORGETS_CUSTOMERS, SESSION } from './memory-operations.case.js';
import { newVisitor, type Visitor } from './page-visitor.case.js';

/** The value of a hidden field, as a browser would send it back. */
const hidden = (text: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';

async function approve(visitor: Visitor, fields: Readonly<Record<string, string>> = {}) {
  const card = await visitor.get('/holds/H-1');
  const shown = { approver: 'dana', code: visitor.memory.code('dana'), digest: hidden(card.text, 'digest') };
  return visitor.post('/holds/H-1/approve', { ...shown, ...fields });
}

test('signing in leads to the page that was wanted', async () => {
  const visitor = await newVisitor();
  const form = await visitor.get('/sign-in?next=/holds/H-7');
  const next = hidden(form.text, 'next');
  const answer = await visitor.post('/sign-in', { approver: 'dana', code: visitor.memory.code('dana'), next });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/holds/H-7']);
});

test('a wrong code does not sign in, and the same page says what to do', async () => {
  const visitor = await newVisitor();
  const answer = await visitor.post('/sign-in', { approver: 'dana', code: '135790', next: '/holds/H-7' });
  expect(answer.status).toBe(403);
  expect(answer.headers.getSetCookie()).toEqual([]);
  expect(answer.text).toContain('was not accepted: it is wrong or too old.');
  expect(answer.text).toContain('4 tries left');
  expect(answer.text).toContain('name="approver" value="dana"');
  expect(hidden(answer.text, 'next')).toBe('/holds/H-7');
  expect(answer.text).not.toContain('135790');
});

test('what is not a code costs no try', async () => {
  const visitor = await newVisitor();
  const answer = await visitor.post('/sign-in', { approver: 'dana', code: '12345', next: '/' });
  expect([answer.status, answer.text.includes('The code has six digits.')]).toEqual([400, true]);
  expect(visitor.memory.calls).toEqual([]);
});

test('an approver who is locked out is told how long', async () => {
  const visitor = await newVisitor();
  for (let tries = 0; tries < 5; tries += 1) {
    await visitor.post('/sign-in', { approver: 'dana', code: '000000', next: '/' });
  }
  const answer = await visitor.post('/sign-in', { approver: 'dana', code: visitor.memory.code('dana'), next: '/' });
  expect(answer.status).toBe(429);
  expect(answer.text).toContain('Wait 1 min and try again.');
});

test('somebody who is no approver is told so', async () => {
  const visitor = await newVisitor();
  const answer = await visitor.post('/sign-in', { approver: 'mallory', code: '123456', next: '/' });
  expect([answer.status, answer.text.includes('There is no approver <code>mallory</code>.')]).toEqual([403, true]);
});

test('the list shows what waits, newest first, with what it would do, where, and how long is left', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold({
    effects: [{ ...DROP_USERS, verb: 'read', reversible: 'yes', explain: 'reads users' }, DROP_USERS],
  });
  visitor.pass(90);
  await visitor.memory.hold({ effects: [{ ...DROP_USERS, environments: [], explain: 'drops table orders' }] });
  await visitor.signIn();
  const { text } = await visitor.get('/');
  expect(text).toContain('<title>(2) Holds · Firebreak</title>');
  expect(text.indexOf('open-H-2')).toBeLessThan(text.indexOf('open-H-1'));
  expect(text).toContain('Drops table users with all its rows, and 1 more.');
  expect(text).toContain('environment unknown');
  expect(text).toContain('production<span class="unseen"> (protected)</span>');
  expect(text).toMatch(/data-since="\d+">2 min<\/span> ago/);
  expect(text).toMatch(/data-until="\d+">8 min<\/span> left/);
});

test('nothing waiting is said plainly; what was decided stays in sight', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.memory.operations.reject('H-1', { by: 'kim', reason: 'no' });
  await visitor.signIn();
  const { text } = await visitor.get('/');
  expect(text).toContain('Nothing waits for you');
  expect(text).toContain('<span class="tag state-rejected">rejected</span>');
});

test('the card shows everything that a person must see before they say yes', async () => {
  const visitor = await newVisitor();
  visitor.memory.status = { warnings: ['no snapshot can be kept: `pg_dump` is missing'] };
  await visitor.memory.hold({ approversNeeded: 2, session: { ...SESSION, tier: 'advisory' } });
  await visitor.signIn();
  const { text } = await visitor.get('/holds/H-1');
  const hold = await visitor.memory.operations.hold('H-1');
  for (const part of [
    '<h1 id="headline">Drops table users with all its rows.</h1>',
    'DROP TABLE users</pre>',
    'table <b>users</b>',
    '100,000 rows',
    'cannot be undone',
    'read from the exact text',
    'It destroys data of a protected environment.',
    '<code>hold-destroy-protected</code>',
    'a copy is kept first',
    'claude-code',
    'rename a column on staging',
    'scripts and subagents of this agent can go round Firebreak',
    '0 of 2',
    '2 different people must still approve it.',
    hold.digestWords,
    '<option value="dana" selected>dana</option>',
    'inputmode="numeric" autocomplete="one-time-code"',
    'Each code works once. The one you signed in with is spent: wait for the next.',
    'What is not protected',
    'no snapshot can be kept: <code>pg_dump</code> is missing',
  ]) {
    expect(text).toContain(part);
  }
  expect(hidden(text, 'digest')).toBe(hold.digest);
});

test('what was counted stands first: amounts by table and in all, whether it can be undone, and some of the rows', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold(FORGETS_CUSTOMERS);
  await visitor.signIn();
  const list = await visitor.get('/');
  expect(list.text).toContain('Deletes 41,904 rows of bookings and 312 rows of customers, and 2 more.');
  const { text } = await visitor.get('/holds/H-1');
  for (const part of [
    '<p class="undo undo-yes">Can be undone: yes, from a copy kept before.</p>',
    'Deletes 42,216 rows, updates 3,492 rows, inserts 41,904 rows, in 4 tables.',
    'Counted by running it and rolling back.',
    '<tr><th scope="row">bookings</th><td class="lasting">41,904</td><td class="none">0</td><td class="none">0</td></tr>',
    '<tr><th scope="row">All 4 tables</th><td class="lasting">42,216</td><td class="">3,492</td><td class="">41,904</td></tr>',
    'Numbers taken from booking_audit_id_seq by the trial are not given back.',
    'Rows of customers that would be deleted, as they are now (3 of 312).',
    '<td>Bruno Bianchi</td>',
    '<td class="none">NULL</td>',
    'Should it change more than is shown, nothing of it lasts and you are asked again.',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('it cannot be undone');
  // What the table says is not said again.
  expect(text).not.toContain('class="effects"');
});

test.each([
  [
    'partly, because files holds large objects',
    'Can be undone: partly, because files holds large objects.',
    'part of it cannot be undone',
  ],
  [
    'no, because it is over the limit of 1 GB',
    'NOT undoable, because it is over the limit of 1 GB.',
    'it cannot be undone',
  ],
  [undefined, 'NOT undoable, because no copy is kept of what it changes.', 'it cannot be undone'],
])(
  'what cannot be undone whole is said before anything else, and on the button: %s',
  async (snapshot, words, button) => {
    const visitor = await newVisitor();
    const { snapshot: _, ...rest } = FORGETS_CUSTOMERS;
    await visitor.memory.hold(snapshot === undefined ? rest : { ...rest, snapshot });
    await visitor.signIn();
    const { text } = await visitor.get('/holds/H-1');
    expect(text).toContain(`${words}</p>`);
    expect(text.indexOf(words)).toBeLessThan(text.indexOf('41,904</td>'));
    expect(text).toContain(`<button class="destroy">Approve H-1: ${button}</button>`);
  },
);

test('a transaction lists its statements in order, numbered', async () => {
  const visitor = await newVisitor();
  const statements = ['DELETE FROM a', 'DELETE FROM b\nWHERE x < 3', 'COMMIT'].map((text) => ({
    text,
    parameters: [],
  }));
  await visitor.memory.hold({ action: { kind: 'sql', statements, standardConformingStrings: false } });
  await visitor.signIn();
  const { text } = await visitor.get('/holds/H-1');
  expect(text).toContain('3 statements in this order, all or none;');
  expect(text).toContain('-- standard_conforming_strings = off</pre>');
  expect(text.match(/<li><pre>\n[^<]*/g)).toEqual([
    '<li><pre>\nDELETE FROM a',
    '<li><pre>\nDELETE FROM b\nWHERE x &lt; 3',
    '<li><pre>\nCOMMIT',
  ]);
});

test('an approval takes a fresh code and passes on the digest that was shown', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  const answer = await approve(visitor);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/holds/H-1']);
  const hold = await visitor.memory.operations.hold('H-1');
  expect([hold.state, hold.approvedBy]).toEqual(['approved', ['dana']]);
  const after = await visitor.get('/holds/H-1');
  expect(after.text).toContain('Enough people have approved.');
  expect(after.text).not.toContain('action="/holds/H-1/approve');
});

test('the code that signed in does not approve', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  const answer = await approve(visitor, { code: visitor.memory.code('dana', -1) });
  expect([answer.status, answer.text.includes('it was used before')]).toEqual([403, true]);
  expect((await visitor.memory.operations.hold('H-1')).state).toBe('waiting');
});

test('two people approve, each with a code of their own; one of them twice does not count', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold({ approversNeeded: 2 });
  await visitor.signIn();
  await approve(visitor);
  visitor.pass(30);
  const card = await visitor.get('/holds/H-1');
  expect(card.text).toContain('dana · 1 of 2');
  expect(card.text).not.toContain('<option value="dana"');
  const twice = await approve(visitor);
  expect([twice.status, twice.text.includes('has approved H-1 already')]).toEqual([409, true]);
  await approve(visitor, { approver: 'kim', code: visitor.memory.code('kim') });
  expect((await visitor.memory.operations.hold('H-1')).approvedBy).toEqual(['dana', 'kim']);
});

test('another digest than the one of the hold is refused, and the page shows the hold anew', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  const answer = await approve(visitor, { digest: `sha256:${'0'.repeat(64)}` });
  expect(answer.status).toBe(409);
  expect(answer.text).toContain('What you were shown is not what H-1 would run.');
  expect(hidden(answer.text, 'digest')).toBe((await visitor.memory.operations.hold('H-1')).digest);
  expect((await visitor.memory.operations.hold('H-1')).state).toBe('waiting');
});

test('an approval after expiry is refused, and the page says how it ended', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold({ lifetime: 60_000 });
  await visitor.signIn();
  const { text } = await visitor.get('/holds/H-1');
  visitor.pass(60);
  const late = { approver: 'dana', code: visitor.memory.code('dana'), digest: hidden(text, 'digest') };
  const answer = await visitor.post('/holds/H-1/approve', late);
  expect(answer.status).toBe(409);
  expect(answer.text).toContain('H-1 is expired already (nobody decided in time)');
  expect(answer.text).toContain('How it ended');
});

test('a rejection takes a reason and names who rejected', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  const empty = await visitor.post('/holds/H-1/reject', { reason: '  ' });
  expect([empty.status, empty.text.includes('The reason is missing.')]).toEqual([400, true]);
  const answer = await visitor.post('/holds/H-1/reject', { reason: 'ask <b>kim</b> first' });
  expect(answer.status).toBe(303);
  const hold = await visitor.memory.operations.hold('H-1');
  expect([hold.state, hold.endedBy, hold.endReason]).toEqual(['rejected', 'dana', 'ask <b>kim</b> first']);
  expect((await visitor.get('/holds/H-1')).text).toContain('Reason: ask &lt;b&gt;kim&lt;/b&gt; first');
});

test('hostile text stays text: markup, terminal escapes, reordering, a leading line feed', async () => {
  const visitor = await newVisitor();
  const evil = '</pre></script><script>alert(1)</script>"\'><img src=x onerror=alert(2)>\u202e\u001b[2K\r\u200b';
  await visitor.memory.hold({
    action: { kind: 'sql', statements: [{ text: `\n\nDELETE FROM a; -- ${evil}`, parameters: [] }] },
    effects: [{ ...DROP_USERS, resource: { kind: evil, name: evil }, environments: [evil], explain: evil }],
    session: { ...SESSION, agent: evil, intent: evil, environments: [evil], id: evil },
    reason: evil,
    snapshot: `partly, because ${evil}`,
    measured: {
      tables: [{ schema: evil, name: evil, inserted: 1, updated: 1, deleted: 1 }],
      catalogs: [{ name: evil, rows: 1 }],
      exclusive: [evil],
      sequences: [evil],
      samples: [{ table: evil, change: 'deleted', columns: [evil], rows: [[evil], [null]] }],
    },
  });
  await visitor.memory.operations.freeze({ environment: evil, reason: evil, by: evil });
  await visitor.signIn();
  const pages = [await visitor.get('/'), await visitor.get('/holds/H-1'), await visitor.get('/freezes')];
  await visitor.memory.operations.reject('H-1', { by: evil, reason: evil });
  pages.push(await visitor.get('/holds/H-1'), await visitor.get('/live/holds/H-1'), await visitor.get('/live/holds'));
  for (const { status, text } of pages) {
    expect(status).toBe(200);
    expect(text).not.toMatch(/<script>|<img src=x|<\/pre><\/script>/);
    // In attributes that go back to the daemon (an environment to freeze) the text itself must stay as it is.
    const readable = text.replaceAll(/ value="[^"]*"/g, '');
    expect(['\u202e', '\u001b', '\r', '\u200b'].filter((hidden) => readable.includes(hidden))).toEqual([]);
    expect(readable).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
    expect(readable).toContain('\\u{202e}\\u{1b}[2K\\u{d}\\u{200b}');
  }
  // The first line feed after <pre> is HTML's; the agent's two follow.
  expect(pages[1]?.text).toContain('translate="no">\n\n\nDELETE FROM a; -- &lt;/pre&gt;');
});

test('letters that may look like others are counted for the reader', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold({ action: { kind: 'shell', text: 'rm -rf /srv/dаta' } }); // A Cyrillic a.
  await visitor.signIn();
  expect((await visitor.get('/holds/H-1')).text).toContain(
    '1 of them is outside ASCII and may look like something else.',
  );
});

test('freezing and asking to lift a freeze', async () => {
  const visitor = await newVisitor();
  await visitor.signIn();
  const frozen = await visitor.post('/freezes', { environment: 'staging', length: '1h', reason: 'release' });
  expect([frozen.status, frozen.headers.get('location')]).toEqual([303, '/freezes']);
  const [freeze] = await visitor.memory.operations.freezes();
  expect(freeze).toMatchObject({ environment: 'staging', reason: 'release', by: 'dana' });
  expect((freeze?.until ?? 0) - (freeze?.from ?? 0)).toBe(3_600_000);
  expect((await visitor.get('/freezes')).text).toContain('1 h left');
  const lifted = await visitor.post('/freezes/lift', { environment: 'staging', reason: 'done' });
  expect(lifted.headers.get('location')).toBe('/holds/H-1');
  const wrong = await visitor.post('/freezes', { environment: 'staging', length: 'forever', reason: 'kept as typed' });
  expect([wrong.status, wrong.text.includes('value="kept as typed"')]).toEqual([400, true]);
});

test('the live answers are empty until something changes, then hold the changed parts', async () => {
  const visitor = await newVisitor();
  await visitor.memory.hold();
  await visitor.signIn();
  for (const [page, live] of [
    ['/', '/live/holds'],
    ['/holds/H-1', '/live/holds/H-1'],
  ] as const) {
    const key = /data-live-key="([^"]+)"/.exec((await visitor.get(page)).text)?.[1];
    expect((await visitor.get(`${live}?key=${key}`)).status).toBe(204);
    expect((await visitor.get(`${live}?key=other`)).text).toContain('data-region=');
    await visitor.memory.hold();
    await visitor.memory.operations.reject('H-1', { by: 'kim', reason: 'no' }).catch(() => undefined);
    if (page === '/holds/H-1') continue;
    expect((await visitor.get(`${live}?key=${key}`)).text).toContain('open-H-2');
  }
});

test('a refusal of the daemon is shown; a defect is only named, and reported to the log of the daemon', async () => {
  const visitor = await newVisitor();
  await visitor.signIn();
  const { operations } = visitor.memory;
  Reflect.set(operations, 'holds', async () => {
    throw new FirebreakError('LOG_UNWRITABLE', 'the record cannot be written', { hint: 'make room on the disk' });
  });
  const refused = await visitor.get('/');
  expect([refused.status, refused.text.includes('The record cannot be written.')]).toEqual([503, true]);
  Reflect.set(operations, 'holds', async () => {
    throw new TypeError('secret internals');
  });
  const broken = await visitor.get('/');
  expect(broken.status).toBe(500);
  expect(broken.text).toContain('Something went wrong inside the daemon');
  expect(broken.text).not.toMatch(/secret internals|TypeError|\n\s+at /);
  expect(visitor.defects).toEqual([new TypeError('secret internals')]);
});
