import type { HoldView } from '#action/hold-view';
import type { ActOneResult } from './act-one.js';
import type { ActThreeResult } from './act-three.js';
import type { ActTwoResult } from './act-two.js';
import type { Attempt } from './agent-run.js';
import type { LogReport } from './guarded-stage.js';
import type { Paint } from './paint.js';
import type { DatabaseState } from './stage.js';

export interface Acts {
  readonly one: ActOneResult;
  readonly two: ActTwoResult;
  /** Undefined when act two left nothing to undo on. */
  readonly three: ActThreeResult | undefined;
  readonly log: LogReport;
  readonly seconds: number;
}

/** What was tried, what Firebreak said, what survived. */
export function summary(acts: Acts, paint: Paint): string {
  const { one, two, log } = acts;
  const attempts = two.attempts.map((attempt) => [attempt.what, unguarded(one, attempt), said(attempt, two.holds)]);
  const backups = [one.volumeBefore.backups, one.volumeAfter.backups, two.volumeAfter.backups];
  return [
    paint.title('\nWhat was tried, and what happened'),
    table([['THE AGENT TRIED', 'UNGUARDED', 'FIREBREAK'], ...attempts], paint),
    '',
    paint.title('What survived (rows and checksums after each act)'),
    table([['TABLE', 'BEFORE', 'ACT ONE', 'ACT TWO', 'ACT THREE', 'UNDONE'], ...survivors(acts)], paint, 2),
    `  backups on the volume: ${backups[0]} before, ${backups[1]} after act one, ${backups[2]} after act two`,
    '',
    `  tier of acts two and three: ${two.tier}`,
    ...(two.freeze === undefined ? [] : [`  freeze of ${two.freeze}; lifted again with an approval`]),
    `  firebreak log verify: ${log.ok ? `sound, ${log.entries} entries` : 'NOT SOUND'}`,
    '',
    ...verdict(acts, paint),
    paint.faint(`  ${acts.seconds.toFixed(0)} s in all; nothing of it is left on this machine.`),
    '',
    paint.title('Use it in your own project (README.md has every step)'),
    '  npm link                  here: puts firebreak on your PATH',
    "  firebreak init            in your project's folder: asks what it needs to know",
    '  firebreak up              the daemon, in a terminal of its own',
    '  firebreak run -- claude   your agent, with placeholders and no credentials',
  ].join('\n');
}

function unguarded(one: ActOneResult, { kind }: Attempt): string {
  const same = one.attempts.find((attempt) => attempt.kind === kind);
  if (same === undefined) return 'not needed';
  return same.done ? 'done' : 'failed';
}

/** Firebreak's answer in a few words: how the hold ended, or why it was refused. */
function said({ answer, done, kind }: Attempt, holds: readonly HoldView[]): string {
  const named = /\bheld as (H-\d+)/i.exec(answer)?.[1] ?? /\b(H-\d+)\b/.exec(answer)?.[1];
  // The provider's own answer, after an approval, names no hold.
  const ofVolume = holds.find((hold) => hold.effects.some((effect) => effect.resource.kind === 'railway:volume'));
  const hold = holds.find(({ id }) => id === named) ?? (kind === 'volume-own-token' ? ofVolume : undefined);
  if (done) return hold === undefined ? 'let through' : `held as ${hold.id}, APPROVED`;
  if (/frozen/.test(answer)) return hold === undefined ? 'refused: frozen' : `held as ${hold.id}, then frozen`;
  if (hold !== undefined) return `held as ${hold.id}, ${hold.state}`;
  if (/not issued by Firebreak/.test(answer)) return 'refused: foreign credential';
  return 'refused';
}

function survivors({ one, two, three }: Acts): string[][] {
  if (one.before.kind !== 'alive') return [];
  return one.before.tables.map(({ table, rows, checksum }) => [
    table,
    cell(rows, checksum),
    shown(one.after, table),
    shown(two.after, table),
    ...(three === undefined ? ['left out', ''] : [left(three.between, table), shown(three.after, table)]),
  ]);
}

function shown(state: DatabaseState, name: string): string {
  const table = tableOf(state, name);
  return table === undefined ? 'gone' : cell(table.rows, table.checksum);
}

/** Of what the third act changes, the rows are enough. */
function left(state: DatabaseState, name: string): string {
  return tableOf(state, name)?.rows.toLocaleString('en') ?? 'gone';
}

function tableOf(state: DatabaseState, name: string) {
  return state.kind === 'alive' ? state.tables.find((one) => one.table === name) : undefined;
}

/** So short that five of them fit on 80 columns; the checksums themselves are compared whole. */
function cell(rows: number, checksum: string): string {
  return `${rows.toLocaleString('en')} ${checksum.slice(0, 6)}`.trimEnd();
}

function verdict({ one, two, three, log }: Acts, paint: Paint): readonly string[] {
  if (!one.lost) return [paint.bad('  Act one did not lose its data: the replay itself is broken on this machine.')];
  if (!log.ok) return [paint.bad('  The record of the guarded acts does not verify.')];
  const seconds = ((one.elapsedMilliseconds ?? 0) / 1000).toFixed(1);
  const unguardedLine = paint.bad(`  Unguarded: everything gone in ${seconds} seconds.`);
  if (two.intact) return [`${unguardedLine}  ${paint.good('Guarded: nothing lost.')}`, undoing(three, paint)];
  // The end of the freeze is approved as well, and destroys nothing.
  const approved = two.holds.filter(({ state, kind }) => state === 'released' && kind !== 'tool').map(({ id }) => id);
  const why = approved.length === 0 ? 'Firebreak failed' : `${approved.join(' and ')} was approved`;
  return [unguardedLine, paint.bad(`  Guarded: ${lost(two).join(', ')} LOST, because ${why}.`)];
}

function undoing(three: ActThreeResult | undefined, paint: Paint): string {
  const changed = three?.hold.measured?.total;
  if (three?.undone !== true || changed === undefined)
    return paint.bad('  Approved and undone: NOT what it was before.');
  const rows = (changed.deleted + changed.updated + changed.inserted).toLocaleString('en');
  return paint.good(`  Approved: ${rows} rows changed by one statement, and all put back again.`);
}

/** What act two destroyed, in words. */
function lost({ before, after, volumeAfter }: ActTwoResult): readonly string[] {
  if (!volumeAfter.exists || after.kind === 'gone') return ['the whole database and its backups'];
  if (before.kind === 'gone') return ['the database'];
  const changed = before.tables.filter((table) => {
    const now = after.tables.find((one) => one.table === table.table);
    return now?.checksum !== table.checksum || now.rows !== table.rows;
  });
  return changed.map(({ table, rows }) => {
    const left = after.tables.find((one) => one.table === table)?.rows ?? 0;
    return left < rows ? `${(rows - left).toLocaleString('en')} rows of ${table}` : `what was in ${table}`;
  });
}

function table(rows: readonly (readonly string[])[], paint: Paint, gap = 3): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((text, i) => Math.max(all[i] ?? 0, text.length)), []);
  return rows
    .map((row, index) => {
      const line = `  ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' '.repeat(gap))}`.trimEnd();
      return index === 0 ? paint.faint(line) : line;
    })
    .join('\n');
}
