/** Transactions a second and processor time of the process in between, as `pgbench -S` makes them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { quantile } from './figures.js';
import type { Target } from './postgres-targets.js';
import { cpuSeconds } from './programs.js';

export const MODES = ['simple', 'extended', 'prepared'] as const;
export type Mode = (typeof MODES)[number];

export interface Throughput {
  readonly perSecond: number;
  /** Of the process in between, in microseconds a transaction; NaN when there is none. */
  readonly cpu: number;
}

/** Runs `pgbench -S` for some seconds; the first one, in which connections are made, does not count. */
export async function throughput(
  pgbench: string,
  target: Target,
  { mode, clients, seconds }: { readonly mode: Mode; readonly clients: number; readonly seconds: number },
): Promise<Throughput> {
  const { host, port, user, database, password, pid } = target;
  const child = spawn(
    pgbench,
    [
      ...['-n', '-S', '-M', mode, '-c', String(clients), '-T', String(seconds + 1), '-P', '1'],
      ...['-h', host, '-p', String(port), '-U', user, database],
    ],
    { env: { PGPASSWORD: password, PGSSLMODE: 'disable' }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const marks: { readonly at: number; readonly rate: number; readonly cpu: number }[] = [];
  const said: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    const [, at, rate] = /^progress: ([\d.]+) s, ([\d.]+) tps/.exec(line) ?? [];
    if (at === undefined || rate === undefined) said.push(line);
    else marks.push({ at: Number(at), rate: Number(rate), cpu: pid === undefined ? Number.NaN : cpuSeconds(pid) });
  });
  const [code]: unknown[] = await once(child, 'close');
  const [first, ...counted] = marks;
  const last = counted.at(-1);
  if (code !== 0 || first === undefined || last === undefined) {
    throw new Error(`pgbench through ${target.name}: ${said.slice(-3).join(' | ') || 'it said nothing'}`);
  }
  let transactions = 0;
  let from = first.at;
  for (const { at, rate } of counted) {
    transactions += rate * (at - from);
    from = at;
  }
  return { perSecond: transactions / (last.at - first.at), cpu: ((last.cpu - first.cpu) / transactions) * 1e6 };
}

/** The middle of several runs. */
export function median(runs: readonly Throughput[]): Throughput {
  return {
    perSecond: quantile(
      runs.map(({ perSecond }) => perSecond),
      0.5,
    ),
    cpu: quantile(
      runs.map(({ cpu }) => cpu),
      0.5,
    ),
  };
}
