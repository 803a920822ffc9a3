import { Option } from 'commander';
import type { UndoPreview, UndoRequest } from '#action/operations';
import type { SnapshotView } from '#action/snapshot-view';
import type { Conflict, ConflictField, RestoredTable, UndoOutcome, UndoSide } from '#action/undo';
import { askCode, chooseApprover } from './ask.js';
import type { AddCommand, CommandContext } from './program.js';
import { EXIT, spell, UsageError } from './terminal.js';

interface UndoOptions {
  readonly list?: boolean;
  readonly check?: boolean;
  readonly side?: UndoSide;
  readonly approver?: readonly string[];
  readonly code?: readonly string[];
}

export const undoCommand: AddCommand = (program, act) => {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  program
    .command('undo')
    .description('put back what a destructive act took away; without an ID, list what can be undone')
    .argument('[id]', 'S- and a number')
    .option('--list', 'every act of which something was kept, and whether it can be undone')
    .option('--check', 'only show what an undo would do, and what has changed since; needs no code')
    .addOption(
      new Option('--side <side>', 'who wins where something changed since: before (the snapshot) or current').choices([
        'before',
        'current',
      ]),
    )
    .option('--approver <name>', 'who you are; once for each person, where several must agree', collect)
    .option('--code <code>', 'the code of that person’s authenticator app (asked for when not given)', collect)
    .action(
      act(async (context, id: string | undefined, options: UndoOptions) => {
        if (id === undefined || options.list === true) {
          const other = options.check === true || options.side !== undefined || options.code !== undefined;
          if (other || (id !== undefined && options.list === true))
            throw new UsageError('--list stands alone', 'name one ID to undo it: firebreak undo S-1');
          return list(context);
        }
        return options.check === true ? check(context, id, options) : undo(context, id, options);
      }),
    );
};

async function list({ services, terminal, where }: CommandContext): Promise<number> {
  const operations = await services.connect(where);
  try {
    const snapshots = await operations.snapshots();
    const now = Date.now();
    const cards = snapshots.map((snapshot) => card(snapshot, now));
    terminal.result(
      snapshots,
      cards.length === 0
        ? 'Nothing was kept yet: no destructive act was let through.'
        : `${cards.join('\n\n')}\n${NEXT}`,
    );
    return EXIT.done;
  } finally {
    await operations.close();
  }
}

const NEXT = '\nfirebreak undo ID --check shows what an undo would do; undo ID does it.';

async function check({ services, terminal, where }: CommandContext, id: string, options: UndoOptions): Promise<number> {
  if (options.side !== undefined || options.code !== undefined)
    throw new UsageError('--check changes nothing, so it takes no side and no code', 'leave --check away to undo');
  const operations = await services.connect(where);
  try {
    const preview = await operations.checkUndo(id);
    terminal.result(preview, previewText(preview));
    return preview.check.conflictCount === 0 ? EXIT.done : EXIT.failed;
  } finally {
    await operations.close();
  }
}

async function undo({ services, terminal, where }: CommandContext, id: string, options: UndoOptions): Promise<number> {
  const operations = await services.connect(where);
  try {
    const preview = await operations.checkUndo(id);
    terminal.note(`${previewText(preview)}\n`);
    if (preview.check.conflictCount > 0 && options.side === undefined) {
      // Nobody is asked for a code that would be spent for nothing.
      terminal.result({ snapshot: preview.snapshot, outcome: { kind: 'conflict', ...preview.check } }, CHOOSE_SIDE(id));
      return EXIT.failed;
    }
    const approvals = await askPeople(terminal, await operations.approvers(), preview.approversNeeded, options);
    const report = await operations.undo(id, { approvals, side: options.side });
    terminal.result(report, outcomeText(id, report.outcome));
    return report.outcome.kind === 'undone' ? EXIT.done : EXIT.failed;
  } finally {
    await operations.close();
  }
}

async function askPeople(
  terminal: CommandContext['terminal'],
  approvers: readonly string[],
  needed: number,
  { approver: named = [], code: codes = [] }: UndoOptions,
): Promise<UndoRequest['approvals']> {
  if (codes.length > Math.max(1, named.length))
    throw new UsageError('there is a code without a name', 'give --approver and --code once for each person');
  const approvals: { approver: string; code: string }[] = [];
  for (let index = 0; index < Math.max(needed, named.length); index += 1) {
    const left = approvers.filter((name) => !approvals.some(({ approver }) => approver === name));
    const approver = await chooseApprover(terminal, left, named[index]);
    approvals.push({ approver, code: codes[index] ?? (await askCode(terminal, approver)) });
  }
  return approvals;
}

const STATES: Readonly<Record<SnapshotView['state'], string>> = {
  draft: 'being written',
  sealed: 'at work',
  done: 'done',
  unneeded: 'not done',
  uncertain: 'outcome unknown',
  undone: 'undone',
  expired: 'expired',
};

function card(snapshot: SnapshotView, now: number): string {
  const { id, state, at, agent, resource, environments, summary, bytes, answer, endedBy } = snapshot;
  const by = state === 'undone' ? ` by ${endedBy ?? 'somebody'}` : '';
  return [
    `${id}  ${STATES[state]}${by}, ${spell(now - at)} ago: ${summary}`,
    `  ${answer}`,
    `  ${resource} (${environments.join(', ') || 'unknown'}), ${agent}${bytes === 0 ? '' : `, ${size(bytes)} kept`}`,
  ].join('\n');
}

function previewText({ snapshot, check: { tables, conflicts, conflictCount } }: UndoPreview): string {
  return [
    card(snapshot, Date.now()),
    '',
    tables.length === 0 ? '  An undo would change nothing.' : '  An undo would:',
    ...tables.map((table) => `    ${restored(table)}`),
    ...conflictLines(conflicts, conflictCount),
  ].join('\n');
}

function conflictLines(conflicts: readonly Conflict[], conflictCount: number): readonly string[] {
  if (conflictCount === 0) return [];
  const more = conflictCount - conflicts.length;
  return [
    '',
    `  Changed since the act: ${conflictCount}`,
    ...conflicts.flatMap(({ table, key, because, fields }) => [
      `    ${table}, ${key}: ${because}`,
      ...fields.map(field),
    ]),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}

function field({ column, was, now, wouldBe }: ConflictField): string {
  return `      ${column}: after the act ${value(was)}, now ${value(now)}, would be ${value(wouldBe)}`;
}

function value(text: string | null | undefined): string {
  if (text === undefined) return '(no row)';
  return text === null ? 'NULL' : JSON.stringify(text);
}

function restored({ table, unit, inserted, updated, deleted, note }: RestoredTable): string {
  const one = unit === 'files' ? 'file' : 'row';
  const rows = (count: number) => `${count} ${count === 1 ? one : `${one}s`}`;
  const parts = [
    ...(inserted > 0 ? [`put back ${rows(inserted)}`] : []),
    ...(updated > 0 ? [`reset ${rows(updated)}`] : []),
    ...(deleted > 0 ? [`remove ${rows(deleted)}`] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return `${table}: ${parts.join(', ') || 'nothing to change'}`;
}

const CHOOSE_SIDE = (id: string) =>
  [
    'Nothing was changed: some of it was changed since the act. Say which side wins:',
    `  firebreak undo ${id} --side current  leaves these as they are, restores the rest`,
    `  firebreak undo ${id} --side before   overwrites them with what was kept`,
  ].join('\n');

function outcomeText(id: string, outcome: UndoOutcome): string {
  if (outcome.kind === 'conflict')
    return [...conflictLines(outcome.conflicts, outcome.conflictCount), '', CHOOSE_SIDE(id)].join('\n').trimStart();
  return [
    // Files are put back one after another; what they replace is kept first.
    outcome.tables.every(({ unit }) => unit === 'files') ? `${id}: undone.` : `${id}: undone, in one transaction.`,
    ...outcome.tables.map((table) => `  ${restored(table)}`),
    ...outcome.left.map((left) => `  not undone: ${left}`),
    ...(outcome.kept === undefined ? [] : [`What it replaced is kept: firebreak undo ${outcome.kept} brings it back.`]),
  ].join('\n');
}

/** In units that people read, one digit behind the point. */
function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}
