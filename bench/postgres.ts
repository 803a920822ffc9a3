/**
 * What the PostgreSQL door costs, side by side in one run: direct, a bare Node relay, pgbouncer, and this door. The budgets of
 * docs/architecture.md stand beside the figures. One figure on a busy machine says little; processor time says more.
 *
 *     npm run bench:postgres                       a few minutes
 *     npm run bench:postgres -- --long             64 clients and a million rows as well, the middle of three rounds
 *     npm run bench:postgres -- --only throughput --clients 8 --modes simple,prepared --seconds 3 --rounds 3
 *     npm run bench:postgres -- --only throughput --targets protected --profile FOLDER     a profile of the daemon
 */
import { parseArgs } from 'node:util';
import { type Bench, startBench, type Target } from './postgres-targets.js';
import { MODES, type Mode, median, type Throughput, throughput } from './postgres-throughput.js';
import { codesOf, writeCosts } from './postgres-writes.js';
import { findProgram, residentMegabytes } from './programs.js';

const BUDGET_OF_RELAY = 0.85;
const BUDGET_OF_PGBOUNCER = 2;
const BUDGET_RSS = 150;

const { values: options } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    clients: { type: 'string' },
    modes: { type: 'string' },
    targets: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    rows: { type: 'string' },
    profile: { type: 'string' },
  },
});
const long = options.long;
const seconds = Number(options.seconds ?? (long ? 4 : 2));
const rounds = Number(options.rounds ?? (long ? 3 : 1));
const clientCounts = listOf(options.clients, long ? ['1', '8', '64'] : ['1', '8']).map(Number);
const modes = MODES.filter((mode) => listOf(options.modes, MODES).includes(mode));
const rowCounts = listOf(options.rows, long ? ['100', '10000', '1000000'] : ['100', '10000']).map(Number);

const pgbench = findProgram('pgbench');
const pgbouncer = findProgram('pgbouncer');
if (process.platform !== 'linux' || pgbench === undefined) {
  console.log(
    'these figures need Linux and `pgbench`: on Debian, `apt-get install postgresql pgbouncer` brings all of it',
  );
} else {
  if (pgbouncer === undefined) console.log('`pgbouncer` is not installed, so its figures are missing here\n');
  const bench = await startBench({ pgbench, pgbouncer, profile: options.profile });
  try {
    const idle = residentMegabytes(bench.firebreak.daemon.pid ?? 0);
    console.log(`idle daemon: ${Math.round(idle)} MB in memory (budget ${BUDGET_RSS} MB)\n`);
    if (options.only !== 'writes') await compareThroughput(bench, pgbench);
    if (options.only !== 'throughput') await compareWrites(bench);
  } finally {
    await bench.close();
  }
}

async function compareThroughput(bench: Bench, program: string): Promise<void> {
  const { direct, relay, pgbouncer: bouncer, unprotected, guarded } = bench;
  const all = [direct, relay, ...(bouncer === undefined ? [] : [bouncer]), unprotected, guarded];
  const wanted = listOf(
    options.targets,
    all.map(({ name }) => name),
  );
  const targets = all.filter(({ name }) => wanted.includes(name));
  console.log(`pgbench -S: transactions a second (of the relay's) and processor time of the process in between, in us`);
  console.log(
    `each ${seconds} s, the middle of ${rounds}, in turn; budget at 8 clients: at least ${BUDGET_OF_RELAY} of`,
  );
  console.log(`the relay, at most ${BUDGET_OF_PGBOUNCER} times pgbouncer's processor time\n`);
  console.log(
    `| mode, clients | ${targets.map(({ name }) => name).join(' | ')} | unprotected, protected: CPU of pgbouncer's |`,
  );
  console.log(`|---|${targets.map(() => '---|').join('')}---|`);
  for (const clients of clientCounts) {
    for (const mode of modes) {
      const found = await sideBySide(program, targets, mode, clients);
      const of = (target: Target | undefined) => (target === undefined ? undefined : found.get(target));
      const cells = targets.map((target) => shownThroughput(found.get(target), of(relay)));
      const times = [unprotected, guarded].map((door) => {
        const ratio = (of(door)?.cpu ?? Number.NaN) / (of(bouncer)?.cpu ?? Number.NaN);
        return Number.isNaN(ratio) ? '-' : ratio.toFixed(1);
      });
      console.log(`| ${mode}, ${clients} | ${cells.join(' | ')} | ${times.join(', ')} |`);
    }
  }
  console.log('');
}

/** In turn, so that whatever else the machine does falls on all of them. */
async function sideBySide(
  program: string,
  targets: readonly Target[],
  mode: Mode,
  clients: number,
): Promise<ReadonlyMap<Target, Throughput>> {
  const runs = new Map(targets.map((target) => [target, [] as Throughput[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [target, list] of runs) list.push(await throughput(program, target, { mode, clients, seconds }));
  }
  return new Map([...runs].map(([target, list]) => [target, median(list)]));
}

function shownThroughput(one: Throughput | undefined, relay: Throughput | undefined): string {
  if (one === undefined) return '-';
  const ratio = relay === undefined ? '' : ` (${(one.perSecond / relay.perSecond).toFixed(2)})`;
  const cpu = Number.isNaN(one.cpu) ? '' : ` ${Math.round(one.cpu)} us`;
  return `${Math.round(one.perSecond)}${ratio}${cpu}`;
}

async function compareWrites(bench: Bench): Promise<void> {
  console.log('milliseconds for one statement, the middle of the rounds; the factor against the plain statement\n');
  console.log('| rows | UPDATE direct | counted | DELETE direct | counted and kept | undo |');
  console.log('|---|---|---|---|---|---|');
  const approvals = codesOf(bench);
  for (const rows of rowCounts) {
    const cost = await writeCosts(bench, approvals, rows, rounds);
    const against = (value: number, plain: number) => `${value.toFixed(1)} (${(value / plain).toFixed(1)}x)`;
    const cells = [
      rows.toLocaleString('en-US'),
      cost.updateDirect.toFixed(1),
      against(cost.updateCounted, cost.updateDirect),
      cost.deleteDirect.toFixed(1),
      against(cost.deleteKept, cost.deleteDirect),
      cost.undo.toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function listOf(given: string | undefined, otherwise: readonly string[]): readonly string[] {
  return given === undefined ? otherwise : given.split(',');
}
