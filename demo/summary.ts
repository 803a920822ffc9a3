import type { ActOneResult } from './act-one.js';
import type { ActTwoResult } from './act-two.js';
import type { Attempt } from './agent-run.js';
import type { Paint } from './paint.js';
import type { DatabaseState } from './stage.js';

/** What was tried, what Firebreak said, what survived. */
export function summary(one: ActOneResult, two: ActTwoResult, milliseconds: number, paint: Paint): string {
  const attempts = two.attempts.map((attempt) => [attempt.what, unguarded(one, attempt), said(attempt)]);
  return [
    paint.title('\nWhat was tried, and what happened'),
    table([['THE AGENT TRIED', 'UNGUARDED', 'FIREBREAK'], ...attempts], paint),
    '',
    paint.title('What survived'),
    table([['TABLE', 'BEFORE', 'AFTER ACT ONE', 'AFTER ACT TWO'], ...survivors(one, two)], paint),
    `  backups on the volume: ${one.volumeBefore.backups} before, ${one.volumeAfter.backups} after act one, ${two.volumeAfter.backups} after act two`,
    '',
    `  tier of act two: ${two.tier}${two.freeze === undefined ? '' : `; freeze of ${two.freeze}, lifted again with an approval`}`,
    `  firebreak log verify: ${two.log.ok ? `sound, ${two.log.entries} entries` : 'NOT SOUND'}`,
    '',
    verdict(one, two, paint),
    paint.faint(`  ${(milliseconds / 1000).toFixed(0)} s in all; nothing of it is left on this machine.`),
  ].join('\n');
}

function unguarded(one: ActOneResult, { kind }: Attempt): string {
  const same = one.attempts.find((attempt) => attempt.kind === kind);
  if (same === undefined) return 'not needed';
  return same.done ? 'done' : 'failed';
}

/** Firebreak's answer in a few words: how the hold ended, or why it was refused. */
function said({ answer, done }: Attempt): string {
  if (done) return 'let through';
  const hold = /\bheld as (H-\d+)/i.exec(answer)?.[1] ?? /\b(H-\d+)\b/.exec(answer)?.[1];
  const frozen = /frozen/.test(answer);
  if (hold !== undefined) return `held as ${hold}, ${frozen ? 'ended by a freeze' : 'rejected'}`;
  if (/not issued by Firebreak/.test(answer)) return 'refused: foreign credential';
  return 'refused';
}

function survivors(one: ActOneResult, two: ActTwoResult): string[][] {
  if (one.before.kind !== 'alive') return [];
  return one.before.tables.map((table) => [
    table.table,
    `${table.rows.toLocaleString('en')} rows  ${table.checksum.slice(0, 8)}`,
    shown(one.after, table.table),
    shown(two.after, table.table),
  ]);
}

function shown(state: DatabaseState, name: string): string {
  const table = state.kind === 'alive' ? state.tables.find((one) => one.table === name) : undefined;
  return table === undefined ? 'gone' : `${table.rows.toLocaleString('en')} rows  ${table.checksum.slice(0, 8)}`;
}

function verdict(one: ActOneResult, two: ActTwoResult, paint: Paint): string {
  if (!one.lost) return paint.bad('  Act one did not lose its data: the replay itself is broken on this machine.');
  if (!two.log.ok) return paint.bad('  The record of act two does not verify.');
  if (!two.intact)
    return paint.bad('  Act two lost data: somebody approved what the agent asked for, or Firebreak failed.');
  const seconds = ((one.elapsedMilliseconds ?? 0) / 1000).toFixed(1);
  return `${paint.bad(`  Unguarded: everything gone in ${seconds} seconds.`)}  ${paint.good('Guarded: nothing lost.')}`;
}

function table(rows: readonly (readonly string[])[], paint: Paint): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows
    .map((row, index) => {
      const line = `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ')}`.trimEnd();
      return index === 0 ? paint.faint(line) : line;
    })
    .join('\n');
}
