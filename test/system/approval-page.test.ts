/** The approval page in a real Chromium, as a person uses it. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHumanApp } from '#web/human-app';
import { type Listening, listenHuman } from '#web/listen';
import { DROP_USERS, FORGETS_CUSTOMERS, type MemoryOperations, memoryOperations } from '#web/memory-operations.case';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser;
let server: Listening;
let origin: string;
let memory: MemoryOperations;
let later: number;
let contexts: BrowserContext[];
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
});

afterAll(() => browser.close());

beforeEach(async () => {
  [later, contexts, complaints] = [0, [], []];
  // The real time, moved on by whole half minutes where a test needs the next code.
  const clock = { now: () => Date.now() + later };
  memory = await memoryOperations(clock);
  const origins: string[] = [];
  const report = (defect: unknown) => complaints.push(String(defect));
  server = await listenHuman(createHumanApp({ operations: memory.operations, clock, origins: () => origins, report }), {
    host: '127.0.0.1',
    port: 0,
  });
  origin = `http://${server.address}`;
  origins.push(origin);
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  await server.close();
  expect(complaints).toEqual([]);
});

async function newPage(options: { readonly javaScript: boolean }): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: options.javaScript });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Chromium says so of every answer of 4xx; what matters here are violations of the policy and errors of the script.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return page;
}

async function signIn(page: Page, path = '/'): Promise<void> {
  await page.goto(`${origin}${path}`);
  await page.getByLabel('Your name as approver').fill('dana');
  await page.getByLabel('Code from your authenticator app').fill(memory.code('dana'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  later += 30_000;
}

test.each([true, false])('a person signs in, reads and approves (JavaScript: %j)', async (javaScript) => {
  await memory.hold();
  const page = await newPage({ javaScript });
  await signIn(page);
  await page.getByRole('link', { name: /Drops table users with all its rows/ }).click();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Drops table users with all its rows.');
  expect(await page.locator('pre').textContent()).toBe('DROP TABLE users');

  await page.getByLabel('Code from the authenticator app').fill('135790');
  await page.getByRole('button', { name: /^Approve H-1/ }).click();
  expect(await page.getByRole('alert').textContent()).toContain('was not accepted');
  expect((await memory.operations.hold('H-1')).state).toBe('waiting');

  await page.getByLabel('Code from the authenticator app').fill(memory.code('dana'));
  await page.getByRole('button', { name: /^Approve H-1/ }).click();
  await page.getByText('Enough people have approved.').waitFor();
  expect(await memory.operations.hold('H-1')).toMatchObject({ state: 'approved', approvedBy: ['dana'] });
});

test.each([
  { width: 1100, javaScript: true },
  { width: 360, javaScript: false },
])('what was counted is seen whole at $width pixels (JavaScript: $javaScript)', async ({ width, javaScript }) => {
  await memory.hold({ ...FORGETS_CUSTOMERS, snapshot: 'partly, because the table files holds large objects' });
  const page = await newPage({ javaScript });
  await page.setViewportSize({ width, height: 800 });
  await signIn(page, '/holds/H-1');
  const notice = page.getByText('Can be undone: partly, because the table files holds large objects.');
  const counts = page.getByRole('region', { name: 'Rows by table' });
  expect(await counts.getByRole('row').allTextContents()).toEqual([
    'TableDeletedUpdatedInserted',
    'bookings41,90400',
    'customers31200',
    'inspections03,4920',
    'booking_audit0041,904',
    'All 4 tables42,2163,49241,904',
  ]);
  // Whether it can be undone stands above the numbers; only the sample rows may be wider than the screen, in a box of their own.
  expect((await notice.boundingBox())?.y).toBeLessThan((await counts.boundingBox())?.y ?? 0);
  const overflow = (element: { readonly scrollWidth: number; readonly clientWidth: number }) =>
    element.scrollWidth - element.clientWidth;
  expect(await page.locator('html').evaluate(overflow)).toBe(0);
  expect(await counts.evaluate(overflow)).toBe(0);
  await page.getByText('Rows of customers that would be deleted, as they are now (3 of 312).').waitFor();
  await page.getByRole('cell', { name: 'pays late' }).scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: 'Approve H-1: part of it cannot be undone' }).waitFor();
});

test('without JavaScript a person rejects, freezes and signs out', async () => {
  await memory.hold();
  const page = await newPage({ javaScript: false });
  await signIn(page, '/holds/H-1');
  await page.getByLabel('Reason').fill('not on a Friday');
  await page.getByRole('button', { name: 'Reject H-1' }).click();
  await page.getByText('Reason: not on a Friday').waitFor();
  await page.getByRole('link', { name: 'Freezes' }).click();
  await page.getByLabel('Environment').selectOption('staging');
  await page.getByLabel('Reason, which agents are told').fill('release');
  await page.getByRole('button', { name: 'Freeze' }).click();
  await page.getByText('in force', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to decide' }).waitFor();
  expect(await memory.operations.freezes()).toMatchObject([{ environment: 'staging', reason: 'release', by: 'dana' }]);
});

test('the list refreshes by itself, and times count', async () => {
  const page = await newPage({ javaScript: true });
  await signIn(page);
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  await memory.hold();
  await page.getByRole('heading', { name: 'One action waits' }).waitFor();
  expect(await page.title()).toBe('(1) Holds · Firebreak');
  const age = page.locator('[data-since]').first();
  const before = await age.textContent();
  await expect.poll(() => age.textContent(), { timeout: 5_000 }).not.toBe(before);
  await memory.operations.reject('H-1', { by: 'kim', reason: 'no' });
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
  await page.getByText('rejected').waitFor();
});

test('the card refreshes by itself and leaves alone what the person is typing', async () => {
  const { digest } = await memory.hold({ approversNeeded: 2 });
  const page = await newPage({ javaScript: true });
  await signIn(page, '/holds/H-1');
  await page.getByLabel('Reason').pressSequentially('wait, this is');
  await memory.operations.approve('H-1', { approver: 'kim', code: memory.code('kim'), digest });
  await page.getByText('kim · 1 of 2').waitFor();
  await page.getByLabel('Reason').pressSequentially(' production');
  expect(await page.getByLabel('Reason').inputValue()).toBe('wait, this is production');
  await page.getByRole('button', { name: 'Reject H-1' }).click();
  await page.getByText('Reason: wait, this is production').waitFor();
});

test('the card shows the end when nobody is typing, and says so when the daemon is gone', async () => {
  await memory.hold();
  const page = await newPage({ javaScript: true });
  await signIn(page, '/holds/H-1');
  await memory.operations.reject('H-1', { by: 'kim', reason: 'never' });
  await page.getByText('Reason: never').waitFor();
  expect(await page.getByRole('button', { name: /Approve/ }).count()).toBe(0);
  await server.close();
  await page.getByText('No answer from Firebreak: what you see may be old.').waitFor();
});

test('hostile text runs nothing, hides nothing, and is shown to the last character', async () => {
  const text = `\nDELETE FROM a; -- </pre><script>document.title='owned'</script>\u202e txet\n${' '.repeat(3_000)}DROP TABLE b`;
  await memory.hold({
    action: { kind: 'sql', statements: [{ text, parameters: [] }] },
    effects: [{ ...DROP_USERS, explain: '<img src=x onerror="document.title=1"> drops' }],
  });
  const page = await newPage({ javaScript: true });
  await signIn(page, '/holds/H-1');
  expect(await page.locator('pre').textContent()).toBe(text.replace('\u202e', '\\u{202e}'));
  expect(await page.title()).toBe('H-1 waiting · Firebreak');
  // The 3,000 spaces take room, so that what follows is seen to follow; nothing is cut off at the side.
  const size = await page.locator('pre').evaluate((pre) => [pre.scrollWidth - pre.clientWidth, pre.scrollHeight]);
  expect(size[0]).toBe(0);
  expect(size[1]).toBeGreaterThan(300);
});

test.each(['/', '/holds/H-1', '/freezes', '/sign-in'])('%s fits a screen 360 pixels wide', async (path) => {
  await memory.hold({ action: { kind: 'shell', text: `rm -rf /${'srv/data/'.repeat(60)}` } });
  const page = await newPage({ javaScript: false });
  await page.setViewportSize({ width: 360, height: 740 });
  if (path !== '/sign-in') await signIn(page);
  await page.goto(`${origin}${path}`);
  const width = await page.locator('html').evaluate((html) => html.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
});

test('a page of another origin cannot frame it, read it, or send its forms', async () => {
  await memory.hold();
  const page = await newPage({ javaScript: true });
  await signIn(page);
  const elsewhere = createForeignPage();
  const foreign = await listenHuman(elsewhere, { host: '127.0.0.1', port: 0 });
  try {
    // Same host, other port: cookies do not tell ports apart, so this is the hardest case.
    await page.goto(`http://${foreign.address}/`);
    await page.getByRole('button').click();
    await page.getByText('this form was not sent from the approval page').waitFor();
    expect((await memory.operations.hold('H-1')).state).toBe('waiting');
  } finally {
    await foreign.close();
  }
});

function createForeignPage() {
  return {
    fetch: () =>
      new Response(
        `<!doctype html><form method="post" action="${origin}/holds/H-1/reject"><input name="reason" value="x"><button>Win</button></form>`,
        { headers: { 'content-type': 'text/html' } },
      ),
  };
}
