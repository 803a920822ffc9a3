/**
 * How long a verdict on a command takes inside the daemon: analysis, policy, everything but waiting for files. Prints the
 * median and the 99th percentile over every line of a folder of JSON lines: `npm run bench:shell [-- FOLDER]`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExplainer } from '#daemon/explain';

const folder = process.argv[2] ?? join('..', 'shared', 'data');
const explain = await createExplainer({ config: undefined, configFolder: process.cwd(), environment: undefined });
const lines = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  .filter((line) => line !== '');

const kinds = new Map<string, number[]>();
// The first pass warms the compiler; the second is measured.
for (const measured of [false, true]) {
  for (const line of lines) {
    const before = process.hrtime.bigint();
    await explain(line);
    const took = Number(process.hrtime.bigint() - before) / 1e6;
    if (!measured) continue;
    const kind = /"kind": ?"(\w+)"/u.exec(line)?.[1] ?? 'unknown';
    const times = kinds.get(kind) ?? [];
    times.push(took);
    kinds.set(kind, times);
  }
}

for (const [kind, times] of kinds) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3);
  process.stdout.write(
    `${kind.padEnd(6)} ${String(sorted.length).padStart(6)} actions: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms\n`,
  );
}
