/** Undoing, as an act of people: what can be undone, what an undo would do, and doing it, on the record. */
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { Operations, UndoRequest } from '#action/operations';
import type { SealedSnapshot, SnapshotDraft, SnapshotReader } from '#action/snapshot';
import type { SnapshotView } from '#action/snapshot-view';
import type { SqlConnection } from '#action/sql-connection';
import type { UndoCheck, UndoOutcome, UndoSide } from '#action/undo';
import { visibleLine } from '#action/visible-text';
import type { Factors } from '#approve/totp';
import { FirebreakError, messageOf } from '#base/errors';
import { ProtectError } from '#protect/errors';
import type { LocalUndo } from '#protect/local/undo';
import type { Snapshots } from '#protect/snapshots';
import type { SnapshotRecord } from '#protect/storage';
import type { UndoEngine } from '#protect/undo';
import type { Core } from './core.js';
import type { Settings } from './settings.js';
import { lookedAt, shownConflict, viewSnapshot, WHY_NOT } from './snapshot-views.js';

/** What can put back what was kept. */
export interface Restore {
  readonly engine: UndoEngine;
  /**
   * A connection with the rights to restore: the owner's.
   *
   * @throws FirebreakError when the resource has no such credential, or cannot be reached.
   */
  openConnection(resource: string): Promise<SqlConnection & { close(): Promise<void> }>;
}

/** What can put back local work. */
export interface LocalRestore {
  readonly engine: LocalUndo;
  /** When the act was over, in milliseconds since the Unix epoch: what changed later was not the act. */
  overOf(record: SnapshotRecord): number;
  /** This act is over now. */
  isOver(id: string): void;
  /** For what the undo of this one replaces. */
  begin(record: SnapshotRecord): Promise<SnapshotDraft>;
}

export interface UndoingOptions {
  readonly snapshots: Snapshots;
  readonly restore: Restore | undefined;
  readonly restoreLocal?: LocalRestore | undefined;
  /** How many people must agree to an undo in these environments. */
  readonly approversNeeded: (environments: readonly string[]) => number;
  /** @throws ApproveError `APPROVER_UNKNOWN` for a name that may not approve. */
  readonly checkApprover: (name: string) => Promise<void>;
  readonly factors: Pick<Factors, 'check'>;
  readonly note: Core['note'];
}

/** Undoing as this daemon's configuration has it. */
export function undoingOf(core: Core, checkApprover: UndoingOptions['checkApprover']) {
  const { snapshots, restore, restoreLocal, settings, factors, note } = core;
  return createUndoing({
    snapshots,
    restore,
    restoreLocal,
    approversNeeded: (environments) => approversNeeded(settings, environments),
    checkApprover,
    factors,
    note,
  });
}

/** How many people must agree to an undo in these environments. */
export function approversNeeded(settings: Settings, environments: readonly string[]): number {
  // FAIL-CLOSED: an undo whose environment is not known takes as many people as the strictest one.
  const names = environments.length > 0 ? environments : settings.environments.map(({ name }) => name);
  // Files of this machine are put back as freely as they were taken away; what they replace is kept first.
  const onlyHere = names.length > 0 && names.every((name) => name === LOCAL_ENVIRONMENT);
  if (onlyHere && !settings.environmentOf(LOCAL_ENVIRONMENT).protected) return 0;
  return Math.max(1, ...names.map((name) => settings.environmentOf(name).approvals.approvers));
}

/** What undoes one act. */
interface Restoring {
  readonly record: SnapshotRecord;
  check(): Promise<UndoCheck>;
  undo(side: UndoSide | undefined, by: string): Promise<UndoOutcome>;
}

export function createUndoing(options: UndoingOptions): Pick<Operations, 'snapshots' | 'checkUndo' | 'undo'> {
  const { snapshots, restore, restoreLocal, checkApprover, factors, note } = options;
  const atWork = new Set<string>();

  /** Opens what an undo needs, and closes it again. */
  async function withRestoring<T>(id: string, work: (restoring: Restoring) => Promise<T>): Promise<T> {
    const record = await snapshots.get(id);
    checkState(record);
    const reader = await snapshots.open(id);
    if (restoreLocal?.engine.handles(reader) === true) return work(locally(restoreLocal, record, reader));
    if (restore === undefined) {
      throw new ProtectError('UNDO_UNAVAILABLE', `nothing here can restore \`${record.about.resource}\``, {
        hint: 'give the resource an `owner` credential in firebreak.yaml, and start the daemon',
      });
    }
    const connection = await restore.openConnection(record.about.resource).catch((error: unknown) => {
      if (error instanceof FirebreakError) throw error;
      const why = visibleLine(messageOf(error));
      throw new ProtectError('UNDO_UNAVAILABLE', `cannot connect to \`${record.about.resource}\`: ${why}`, {
        hint: '`firebreak doctor` looks at its credentials',
        cause: error,
      });
    });
    const { engine } = restore;
    try {
      return await work({
        record,
        check: () => engine.check(reader, connection),
        undo: (side) => engine.undo(reader, connection, side),
      });
    } catch (error) {
      if (error instanceof FirebreakError) throw error;
      // Everything ran in one transaction, and the engine says so itself when its commit was under way.
      throw new ProtectError('UNDO_FAILED', `the database refused: ${visibleLine(messageOf(error))}`, {
        hint: 'nothing was changed',
        cause: error,
      });
    } finally {
      await connection.close();
    }
  }

  function locally(local: LocalRestore, record: SnapshotRecord, reader: SnapshotReader): Restoring {
    const over = local.overOf(record);
    return {
      record,
      check: () => local.engine.check(reader, over),
      async undo(side, by) {
        let replaced: SealedSnapshot | undefined;
        const sealed = async (snapshot: SealedSnapshot) => {
          replaced = snapshot;
          // INVARIANT: what the undo replaces is kept, and on the record, before anything is replaced.
          const detail = `what it replaces is kept as ${snapshot.id}, ${snapshot.sha256}`;
          await note({ act: 'undo', by, subject: record.id, detail, ok: true });
        };
        try {
          const outcome = await local.engine.undo(reader, over, side, () => local.begin(record), sealed);
          if (replaced !== undefined) {
            await snapshots.done(replaced.id);
            local.isOver(replaced.id);
          }
          return outcome;
        } catch (error) {
          // Some of it may be done.
          if (replaced !== undefined) await snapshots.uncertain(replaced.id);
          throw error;
        }
      },
    };
  }

  /** FAIL-CLOSED: an undo takes as many people, each with a code, as an approval in the same environment. */
  async function checkPeople(approvals: UndoRequest['approvals'], environments: readonly string[]): Promise<void> {
    const needed = options.approversNeeded(environments);
    const people = new Set(approvals.map(({ approver }) => approver));
    if (people.size < needed || people.size < approvals.length) {
      throw new ProtectError('UNDO_APPROVALS', `${needed} different people must agree to this undo`, {
        hint: 'give --approver and --code once for each',
      });
    }
    for (const { approver } of approvals) await checkApprover(approver);
    for (const { approver, code } of approvals) await factors.check(approver, code);
  }

  async function perform(id: string, { approvals, side }: UndoRequest) {
    return withRestoring(id, async ({ record, ...restoring }) => {
      await checkPeople(approvals, record.about.environments);
      const by = approvals.map(({ approver }) => approver).join(' and ') || 'operator';
      const sideSaid = side === undefined ? '' : `, where rows differ the side \`${side}\` wins`;
      // FAIL-CLOSED: an undo that cannot be recorded is not begun.
      await note({ act: 'undo', by, subject: id, detail: `begun on ${record.about.resource}${sideSaid}`, ok: true });
      let outcome: UndoOutcome;
      try {
        outcome = await restoring.undo(side, by);
      } catch (error) {
        const unknown = error instanceof ProtectError && error.code === 'UNDO_UNCERTAIN';
        const hint = error instanceof ProtectError && error.code === 'UNDO_FAILED' ? error.hint : undefined;
        const outcomeSaid = unknown ? 'outcome unknown' : (hint ?? 'nothing was changed');
        const detail = `${outcomeSaid}: ${messageOf(error)}`;
        await note({ act: 'undo', by, subject: id, detail, ok: false });
        throw error;
      }
      if (outcome.kind === 'undone') await snapshots.undone(id, by);
      await note({ act: 'undo', by, subject: id, detail: summaryOf(outcome), ok: outcome.kind === 'undone' });
      return outcome;
    });
  }

  return {
    async snapshots() {
      const views: SnapshotView[] = [];
      for (const record of await snapshots.list()) views.push(await lookedAt(snapshots, restoreLocal, record));
      return views;
    },

    checkUndo: (id) =>
      withRestoring(id, async ({ record, ...restoring }) => {
        const check = await restoring.check();
        return {
          snapshot: viewSnapshot(record, true),
          check: { ...check, conflicts: check.conflicts.map(shownConflict) },
          approversNeeded: options.approversNeeded(record.about.environments),
        };
      }),

    async undo(id, request) {
      if (atWork.has(id)) throw new ProtectError('UNDO_BUSY', `\`${id}\` is being undone right now`);
      atWork.add(id);
      try {
        const outcome = await perform(id, request);
        return {
          snapshot: viewSnapshot(await snapshots.get(id), true),
          outcome:
            outcome.kind === 'undone' ? outcome : { ...outcome, conflicts: outcome.conflicts.map(shownConflict) },
        };
      } finally {
        atWork.delete(id);
      }
    },
  };
}

/** Removes what is older than it is kept, and says so on the record. */
export async function expireSnapshots(snapshots: Snapshots, note: Core['note']): Promise<void> {
  for (const id of await snapshots.expire())
    await note({ act: 'snapshot-expired', by: 'firebreak', subject: id, ok: true });
}

function checkState({ id, state, sealed }: SnapshotRecord): void {
  if (state !== 'done' && state !== 'uncertain')
    throw new ProtectError('SNAPSHOT_ENDED', `\`${id}\` cannot be undone: ${WHY_NOT[state]}`);
  if (sealed?.undoable.answer === 'no') {
    throw new ProtectError('NOT_UNDOABLE', `\`${id}\` cannot be undone: ${sealed.undoable.because.join('; ')}`);
  }
}

function summaryOf(outcome: UndoOutcome): string {
  if (outcome.kind === 'conflict')
    return `nothing was changed: ${outcome.conflictCount} ${outcome.conflicts.every(({ fields }) => fields.length === 0) ? 'things' : 'rows'} were changed since the act`;
  const tables = outcome.tables.map(
    ({ table, inserted, updated, deleted }) => `${table}: ${inserted} put back, ${updated} reset, ${deleted} removed`,
  );
  const left = outcome.left.map((one) => `left: ${one}`);
  const kept = outcome.kept === undefined ? [] : [`what it replaced is kept as ${outcome.kept}`];
  return `undone: ${[...tables, ...left, ...kept].join('; ')}`;
}
