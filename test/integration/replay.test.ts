/** `firebreak demo` as it comes out of the package: what it tells, what it leaves behind, what interrupts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ActOneResult } from '../../demo/act-one.js';
import type { ActThreeResult } from '../../demo/act-three.js';
import type { ActTwoResult } from '../../demo/act-two.js';
import type { LogReport } from '../../demo/guarded-stage.js';
import { packageFile } from '../../demo/package-root.js';
import type { DatabaseState } from '../../demo/stage.js';

interface Report {
  readonly ok: boolean;
  readonly seconds: number;
  readonly one: ActOneResult;
  readonly two: ActTwoResult;
  readonly three: ActThreeResult;
  readonly log: LogReport;
}

/** The replay's own temporary folder, so that whatever it leaves is found. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fb-replay-'));
  chmodSync(folder, 0o755); // PostgreSQL runs as another user when the tests run as root.
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [packageFile('dist', 'src', 'main.js'), 'demo', ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own, as a shell gives it
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, text, ended };
}

/** Resolves when the text has appeared. */
async function shows(run: ReturnType<typeof start>, pattern: RegExp): Promise<void> {
  while (!pattern.test(run.text.out + run.text.err)) {
    if (run.child.exitCode !== null) throw new Error(`it ended before: ${run.text.out}${run.text.err}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Command lines of all processes that have to do with the replay's folder. */
function processes(): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      return line.includes(folder) ? [line] : [];
    } catch {
      return []; // It has just ended.
    }
  });
}

function expectNothingLeft(): void {
  expect(readdirSync(folder)).toEqual([]);
  expect(processes()).toEqual([]);
}

test('act one loses everything, act two nothing, act three undoes what it did; a second run works at once, and nothing is left', async () => {
  for (let round = 1; round <= 2; round += 1) {
    const run = start(['--yes', '--json']);
    expect(await run.ended).toBe(0);
    const report = JSON.parse(run.text.out) as Report;
    const { one, two, three, log } = report;
    expect(report.ok).toBe(true);
    expect(report.seconds).toBeLessThan(60);
    expect(one).toMatchObject({
      lost: true,
      volumeBefore: { exists: true, backups: 1 },
      volumeAfter: { exists: false },
    });
    expect(two).toMatchObject({ intact: true, freeze: expect.stringMatching(/^production: /) });
    expect(two.after).toEqual(two.before);
    expect(two.attempts.map(({ kind, done }) => [kind, done])).toEqual([
      ['function', false],
      ['delete', false],
      ['drop', false],
      ['volume-found-token', false],
      ['volume-own-token', false],
    ]);
    expect(two.holds.map(({ id, state }) => [id, state])).toEqual([
      ['H-1', 'rejected'],
      ['H-2', 'rejected'],
      ['H-3', 'rejected'],
      ['H-4', 'rejected'],
      ['H-5', 'released'],
    ]);
    expect(two.holds[3]).toMatchObject({ environments: ['production', 'staging'], endedBy: 'freeze' });
    expect(two.holds[4]?.exact).toMatch(/unfreeze/);
    expect(two.attempts[3]?.answer).toMatch(/not issued by Firebreak/);
    // A person is shown what the function hides before they say no.
    expect(two.holds[0]?.measured?.total).toMatchObject({ deleted: 17_307, updated: 484, inserted: 5_769 });
    expect(two.holds[0]?.undo?.answer).toBe('yes');
    expect(log.ok).toBe(true);
    expect(three.undone).toBe(true);
    expect(three.after).toEqual(three.before);
    expect(three.hold.measured).toEqual(two.holds[0]?.measured);
    expect(rowsOf(three.before).bookings - rowsOf(three.between).bookings).toBe(5_769);
    expect(rowsOf(three.between)).toMatchObject({ payments: 66_000 - 11_538, booking_audit: 5_769 });
    expect(three.snapshot).toMatchObject({ id: 'S-1', state: 'undone', holdId: 'H-6' });
    expect(three.restored.map(({ table, inserted, updated, deleted }) => [table, inserted, updated, deleted])).toEqual([
      ['booking_audit', 0, 0, 5_769],
      ['bookings', 5_769, 0, 0],
      ['inspections', 0, 484, 0],
      ['payments', 11_538, 0, 0],
    ]);
    expectNothingLeft();
  }
}, 120_000);

function rowsOf(state: DatabaseState): Readonly<Record<'bookings' | 'payments' | 'booking_audit', number>> {
  const rows = (name: string) =>
    state.kind === 'alive' ? (state.tables.find(({ table }) => table === name)?.rows ?? -1) : -1;
  return { bookings: rows('bookings'), payments: rows('payments'), booking_audit: rows('booking_audit') };
}

test('on a machine without psql, curl and bwrap it runs with stand-ins, and says that the tier is advisory', async () => {
  const bare = join(folder, 'bin');
  mkdirSync(bare);
  for (const tool of readdirSync('/usr/bin'))
    if (!['psql', 'curl', 'bwrap'].includes(tool)) symlinkSync(join('/usr/bin', tool), join(bare, tool));
  const run = start(['--yes'], { PATH: bare });
  expect(await run.ended).toBe(0);
  expect(run.text.err).toBe('');
  expect(run.text.out).toMatch(/This machine has no psql: the agent gets a small stand-in for it\./);
  expect(run.text.out).toMatch(/This machine has no curl: the agent gets a small stand-in for it\./);
  expect(run.text.out).toMatch(/Tier: advisory \(bwrap is not installed\)\. .*an agent could go round them/);
  expect(run.text.out).toMatch(/tier of acts two and three: advisory/);
  expect(run.text.out).toMatch(/Approved: 23,560 rows changed by one statement, and all put back again\./);
  expect(run.text.out).toMatch(/Unguarded: everything gone in [\d.]+ seconds\. {2}Guarded: nothing lost\./);
  rmSync(bare, { recursive: true });
  expectNothingLeft();
}, 90_000);

test.each([
  { when: 'while the database is built', pattern: /Building/, whom: 'the whole group, as a terminal does' },
  { when: 'in act one', pattern: /DELETE FROM payments/, whom: 'the replay alone' },
  { when: 'as act two begins', pattern: /Act two/, whom: 'the whole group, as a terminal does' },
  { when: 'while a statement is held', pattern: /NOTICE: {2}held as H-1/, whom: 'the whole group, as a terminal does' },
  { when: 'as the approved deletion runs', pattern: /approves H-6/, whom: 'the whole group, as a terminal does' },
  { when: 'while it is undone', pattern: /firebreak undo S-1/, whom: 'the replay alone' },
])(
  'Ctrl-C $when ($whom) ends it with 130, and nothing is left',
  async ({ pattern, whom }) => {
    const run = start(['--yes']);
    await shows(run, pattern);
    interrupt(run.child, whom);
    expect(await run.ended).toBe(130);
    expect(run.text.out).toMatch(/Stopping, and clearing up/);
    expect(run.text.err).not.toMatch(/ {4}at /);
    expectNothingLeft();
  },
  60_000,
);

test('a reader that leaves ends it, and nothing is left', async () => {
  const run = start(['--yes']);
  await shows(run, /Act one/);
  run.child.stdout.destroy();
  expect(await run.ended).toBe(130);
  expect(run.text.err).not.toMatch(/ {4}at /);
  expectNothingLeft();
}, 60_000);

function interrupt(child: ChildProcess, whom: string): void {
  const pid = child.pid ?? 0;
  process.kill(whom.startsWith('the whole group') ? -pid : pid, 'SIGINT');
}
