/**
 * How many entries a second the log makes durable and signed, beside the budgets of docs/architecture.md: one by one (the
 * next only after the last is acknowledged), and grouped (64 writers at once, as many agents would).
 *
 *     npm run bench
 *
 * FOLDER is where the logs are written, on the disk to be measured; a temporary folder when it is not given.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordEvent } from '#action/record-event';
import { type Log, openLog } from '#record/log';
import { generateLogKey } from '#record/note';
import { verifyLog } from '#record/verify';
import { logFolderReader, openLogFolder } from '#store/log-files';

const BUDGET_ONE_BY_ONE = 1_000;
const BUDGET_GROUPED = 10_000;

const WARM_UP = 2_000;
const ONE_BY_ONE = 5_000;
const GROUPED = 60_000;
const WRITERS = 64;

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'firebreak-bench-'));
try {
  await run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const key = generateLogKey('example.com/bench');
  const log = await openLog({ storage: await openLogFolder(folder), key });
  await measure(log, WARM_UP, WRITERS);
  const single = await measure(log, ONE_BY_ONE, 1);
  const grouped = await measure(log, GROUPED, WRITERS);
  await log.close();

  const started = performance.now();
  const report = await verifyLog(logFolderReader(folder), { publicKey: key.publicKey });
  const seconds = (performance.now() - started) / 1000;
  if (!report.ok) throw new Error(`the log does not verify: ${JSON.stringify(report.problems)}`);

  console.log('                  entries/s   budget    ack p50     ack p99');
  print('one by one', single, BUDGET_ONE_BY_ONE);
  print(`${WRITERS} writers`, grouped, BUDGET_GROUPED);
  console.log(
    `verified          ${Math.round(report.size / seconds)} entries/s (${report.size} entries in ${seconds.toFixed(2)} s)`,
  );
}

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Appends `count` entries from as many writers, each of which waits for its last entry. */
async function measure(log: Log, count: number, writers: number): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      const from = performance.now();
      await log.append(event(next));
      latencies.push(performance.now() - from);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: writers }, writer));
  const perSecond = count / ((performance.now() - started) / 1000);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { perSecond, p50: at(0.5), p99: at(0.99) };
}

/** A decision on a statement, the most common entry. */
function event(number: number): RecordEvent {
  return {
    kind: 'decided',
    time: Date.now(),
    actionId: `act_${number}`,
    session: {
      id: 'ses_1',
      agent: 'agent',
      intent: 'a task',
      environments: ['staging'],
      mode: 'work',
      tier: 'contained',
    },
    action: {
      kind: 'sql',
      statements: [{ text: `select * from bookings where id = ${number}`, parameters: [] }],
      resource: 'orders-db',
    },
    effects: [
      {
        verb: 'read',
        resource: { kind: 'table', name: 'bookings' },
        environments: ['staging'],
        amount: { unit: 'rows', count: 'unknown' },
        reversible: 'yes',
        evidence: 'parsed',
        explain: 'reads table bookings',
      },
    ],
    verdict: { decision: 'allow', obligations: [], policies: ['read'], reason: 'reads are allowed' },
  };
}

function print(name: string, measured: Measured, budget: number): void {
  const { perSecond, p50, p99 } = measured;
  const columns = [
    name.padEnd(16),
    String(Math.round(perSecond)).padStart(11),
    `>= ${budget}`.padStart(10),
    `${p50.toFixed(2)} ms`.padStart(10),
    `${p99.toFixed(2)} ms`.padStart(10),
  ];
  const met = perSecond >= budget;
  console.log(`${columns.join(' ')}   ${met ? 'met' : 'MISSED'}`);
}
