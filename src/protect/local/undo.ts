/** Undoes an act on local work from what was kept, and keeps first what the undo itself replaces. */
import { closeSync, openSync, rmSync } from 'node:fs';
import type { SealedSnapshot, SnapshotDraft, SnapshotReader } from '#action/snapshot';
import type { Conflict, RestoredTable, UndoCheck, UndoOutcome, UndoSide } from '#action/undo';
import { messageOf } from '#base/errors';
import { ProtectError } from '../errors.js';
import { type BytePath, bytesOfPath, joined, shownPath } from './byte-path.js';
import { type Clash, type Differences, differencesOf, type Step } from './differences.js';
import { statOf } from './folder.js';
import { hiddenRefs } from './hidden-ref.js';
import type { LocalCopies } from './keeper.js';
import { decodeKept, type Kept, type KeptRepository, LOCAL_KIND, LOCAL_VERSION, MANIFEST_PART } from './kept-format.js';
import { openStore } from './object-store.js';
import { type Pace, startPace } from './pace.js';
import { planOfSteps } from './plan-undo.js';
import { putBack } from './put-back.js';
import { restoreTags, verifySources } from './sources.js';

export interface LocalUndo {
  /** True for snapshots that this can undo. */
  readonly handles: (reader: SnapshotReader) => boolean;
  /** Whether everything that was kept is still there: sizes, times, objects. @throws ProtectError `SNAPSHOT_DAMAGED` */
  verify(reader: SnapshotReader): Promise<void>;
  /** @throws ProtectError `SNAPSHOT_DAMAGED` */
  check(reader: SnapshotReader, over: number): Promise<UndoCheck>;
  /**
   * @param over milliseconds since the Unix epoch: what changed later was not the act.
   * @param begin makes the snapshot that can undo this undo; it is sealed before anything is changed.
   * @throws ProtectError
   */
  undo(
    reader: SnapshotReader,
    over: number,
    side: UndoSide | undefined,
    begin: () => Promise<SnapshotDraft>,
    sealed: (snapshot: SealedSnapshot) => Promise<void>,
  ): Promise<UndoOutcome>;
}

const NONE: HiddenNames = new Map();
const MOST_SHOWN = 50;
/** Undoing waits for people, not for a deadline; this ends what hangs. */
const MOST_MILLISECONDS = 600_000;

export function createLocalUndo(copies: LocalCopies, now: () => number): LocalUndo {
  const pace = () => startPace(new AbortController().signal, MOST_MILLISECONDS);

  async function look(reader: SnapshotReader, over: number, at: Pace) {
    if (reader.contents['version'] !== LOCAL_VERSION)
      throw new ProtectError('SNAPSHOT_DAMAGED', 'it is of a version that is not known here');
    const kept = await decodeKept(reader.part(MANIFEST_PART));
    const folder = copies.folderOf(reader.id);
    await verifySources(kept, folder, at, true);
    const differences = await differencesOf(kept, { folder, over: endOf(over), pace: at });
    return { kept, folder, differences };
  }

  return {
    handles: ({ contents }) => contents['kind'] === LOCAL_KIND,

    async verify(reader) {
      const kept = await decodeKept(reader.part(MANIFEST_PART));
      await verifySources(kept, copies.folderOf(reader.id), pace(), false);
    },

    async check(reader, over) {
      const { kept, differences } = await look(reader, over, pace());
      return {
        tables: restored(kept, [...differences.steps, ...differences.clashes.flatMap(({ steps }) => steps)]),
        ...conflictsOf(kept, differences.clashes),
      };
    },

    async undo(reader, over, side, begin, sealed) {
      const at = pace();
      const { kept, folder, differences } = await look(reader, over, at);
      if (differences.clashes.length > 0 && side === undefined)
        return { kind: 'conflict', ...conflictsOf(kept, differences.clashes) };
      const steps = chosen(differences, side);
      if (steps.length === 0) return { kind: 'undone', tables: [], left: [] };
      const unlock = lock(kept);
      let keptAs: string | undefined;
      try {
        const draft = await begin();
        const snapshot = await copies.keepPlan(await planOfSteps(kept, steps, now(), at), draft, at.signal);
        await sealed(snapshot);
        keptAs = snapshot.id;
        const hidden = movesHidden(kept, steps) ? await hiddenOf(kept, at) : NONE;
        await restoreTags(reader, kept, lengthsIn(reader), at);
        const left = await putBack(steps, { reader, kept, folder, over: endOf(over), pace: at }, async () => {
          await rehide(hidden, at);
          // It is a name in a folder whose time is set next.
          unlock();
        });
        return { kind: 'undone', tables: restored(kept, steps), left, kept: keptAs };
      } catch (error) {
        if (error instanceof ProtectError && keptAs === undefined) throw error;
        const partly =
          keptAs === undefined
            ? 'nothing was changed'
            : `some of it may be done: \`firebreak undo ${reader.id}\` goes on, \`firebreak undo ${keptAs}\` takes it back`;
        throw new ProtectError('UNDO_FAILED', messageOf(error), { hint: partly, cause: error });
      } finally {
        unlock();
      }
    },
  };
}

function chosen({ steps, clashes }: Differences, side: UndoSide | undefined): readonly Step[] {
  const all = side === 'before' ? [...clashes.flatMap((clash) => clash.steps), ...steps] : steps;
  // Only what is emptied first can go; what has to be there first comes first.
  const removals = all.filter(({ act }) => act === 'remove').sort((a, b) => b.path.length - a.path.length);
  const rest = all.filter(({ act }) => act !== 'remove').sort((a, b) => a.scope - b.scope || order(a.path, b.path));
  return [...new Set([...removals, ...rest])];
}

/** A folder before what is in it. */
function order(a: BytePath, b: BytePath): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const [one = '', other = ''] = [left[at], right[at]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

function conflictsOf(kept: Kept, clashes: readonly Clash[]): Pick<UndoCheck, 'conflicts' | 'conflictCount'> {
  const conflicts = clashes.slice(0, MOST_SHOWN).map(
    ({ scope, path, because }): Conflict => ({
      table: titleOf(kept, scope),
      key: shownPath(path) || 'itself',
      because,
      fields: [],
    }),
  );
  return { conflicts, conflictCount: clashes.length };
}

function titleOf({ scopes }: Kept, number: number): string {
  const scope = scopes[number];
  return scope === undefined ? 'unknown' : shownPath(joined(scope.base, scope.name));
}

/** One line for each folder or repository. Many single files of one folder are one line. */
function restored(kept: Kept, steps: readonly Step[]): readonly RestoredTable[] {
  const lines = new Map<
    string,
    { inserted: number; updated: number; deleted: number; folders: number; state: boolean }
  >();
  for (const { scope: number, act, node, now, path } of steps) {
    const scope = kept.scopes[number];
    if (scope === undefined) continue;
    const isFolder = node.type === 'folder' || (act === 'remove' && now?.isDirectory() === true);
    const alone = path === '' && !isFolder;
    const title = alone ? shownPath(scope.base) : titleOf(kept, number);
    const line = lines.get(title) ?? { inserted: 0, updated: 0, deleted: 0, folders: 0, state: scope.rule === 'state' };
    lines.set(title, line);
    // Times and modes of folders follow from what is in them.
    if (isFolder) line.folders += act === 'metadata' ? 0 : 1;
    else if (act === 'create') line.inserted += 1;
    else if (act === 'remove') line.deleted += 1;
    else line.updated += 1;
  }
  return [...lines].map(([table, { inserted, updated, deleted, folders, state }]) => {
    const note = state
      ? 'HEAD, index, branches and reflogs as they were'
      : folders > 0
        ? `${folders} ${folders === 1 ? 'folder' : 'folders'} put back or removed`
        : undefined;
    return { table, unit: 'files', inserted, updated, deleted, ...(note === undefined ? {} : { note }) };
  });
}

function lengthsIn({ contents }: SnapshotReader): readonly number[] {
  const tags = contents['tags'];
  return Array.isArray(tags) ? tags.map(Number) : [];
}

/** Keeps git from working on the same repositories. @throws ProtectError `UNDO_BUSY` */
function lock(kept: Kept): () => void {
  const locks: Buffer[] = [];
  const unlock = () => {
    for (const path of locks) rmSync(path, { force: true });
  };
  for (const { base, name, rule } of kept.scopes) {
    const state = joined(base, name);
    if (rule !== 'state' || statOf(bytesOfPath(state)) === undefined) continue;
    const path = bytesOfPath(joined(state, 'index.lock'));
    try {
      closeSync(openSync(path, 'wx', 0o600));
      locks.push(path);
    } catch (cause) {
      unlock();
      throw new ProtectError('UNDO_BUSY', `git is at work in \`${shownPath(state)}\``, {
        hint: 'wait until it is done; if nothing is running, remove its `index.lock`',
        cause,
      });
    }
  }
  return unlock;
}

/** The last nanosecond of a millisecond: what happened in it happened by then. */
function endOf(milliseconds: number): bigint {
  return BigInt(milliseconds + 1) * 1_000_000n - 1n;
}

/** Whether names that hold on to objects may be in a file that is put back. Those of files of their own stay where they are. */
function movesHidden(kept: Kept, steps: readonly Step[]): boolean {
  return steps.some(({ scope, path }) => kept.scopes[scope]?.rule !== 'tree' && /(?:^|\/)packed-refs$/.test(path));
}

/** The names that hold on to objects, which are older than some files that are put back, and younger than others. */
async function hiddenOf(kept: Kept, pace: Pace): Promise<HiddenNames> {
  const found = new Map<KeptRepository, ReadonlyMap<string, string>>();
  for (const repository of kept.repositories) {
    const store = openStore(repository, pace);
    if (store === undefined) continue;
    try {
      found.set(repository, await hiddenRefs(store));
    } finally {
      store.close();
    }
  }
  return found;
}

type HiddenNames = ReadonlyMap<KeptRepository, ReadonlyMap<string, string>>;

async function rehide(before: HiddenNames, pace: Pace): Promise<void> {
  for (const [repository, names] of before) {
    const store = openStore(repository, pace);
    if (store === undefined) continue;
    try {
      const now = await hiddenRefs(store);
      const commands = [
        ...[...names].filter(([name, oid]) => now.get(name) !== oid).map(([name, oid]) => `update ${name} ${oid}\n`),
        ...[...now.keys()].filter((name) => !names.has(name)).map((name) => `delete ${name}\n`),
      ];
      if (commands.length > 0) await store.run(['update-ref', '--stdin'], commands.join(''));
    } finally {
      store.close();
    }
  }
}
