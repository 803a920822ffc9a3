/** Plans what is to be kept of a git working tree. */
import type { GitPart } from '#action/local-loss';
import { messageOf } from '#base/errors';
import { type BytePath, bytesOfPath, isWithin, joined, nameOf, parentOf } from './byte-path.js';
import { blobNameOfFile } from './file-digest.js';
import { Folder, type Stat, statOf } from './folder.js';
import { runGit } from './git-command.js';
import { converted, gitFilesOf, type IndexEntry, isAsSeen, objectsOf } from './git-files.js';
import type { Pace } from './pace.js';
import { cannotKeep, fileOf, type PlannedEntry, type PlannedNode, type PlannedScope } from './planned.js';
import { isRegenerable, viewOf } from './regenerable.js';
import type { Repository } from './repository.js';
import { type Choice, type NameBudget, walk } from './walk.js';

export interface WorkTreePlan {
  readonly scope: PlannedScope;
  /** Folders of submodules that are there, absolute. */
  readonly submodules: readonly BytePath[];
  readonly leftOut: readonly BytePath[];
}

/** A larger file that git ignores was hardly ever committed. */
const MOST_IGNORED = 1024n * 1024n;

/** @param number of the repository in the plan. */
export async function planWorkTree(
  repository: Repository,
  workTree: BytePath,
  number: number,
  loses: readonly GitPart[],
  pace: Pace,
  budget: NameBudget,
): Promise<WorkTreePlan> {
  const takes = {
    tracked: loses.includes('worktree'),
    // Files of a commit come over whatever git does not follow now.
    untracked: loses.includes('untracked') || loses.includes('worktree'),
    ignored: loses.includes('ignored'),
  };
  const top = Folder.open(workTree);
  const base = Folder.open(parentOf(workTree));
  try {
    const files = await gitFilesOf(top, pace);
    const indexTime = statOf(bytesOfPath(joined(repository.gitFolder, 'index')))?.mtimeNs ?? 0n;
    const view = viewOf([...files.tracked.keys(), ...files.undecided], [...files.ignored], '');
    const submodules: BytePath[] = [];
    const leftOut: BytePath[] = [];
    /** Below these everything is taken. */
    const taken: BytePath[] = [];
    /** Files that are probably what git last saw. */
    const probably: { readonly path: BytePath; readonly stat: Stat; readonly entry: IndexEntry }[] = [];

    const chooseFolder = (path: BytePath, folder: Folder): Choice => {
      if (files.tracked.get(path)?.mode === '160000') {
        if (folder.stat(`${nameOf(path)}/.git`) !== undefined) submodules.push(joined(workTree, path));
        return 'left';
      }
      const below = taken.some((one) => isWithin(path, one));
      const takeAll =
        below || (files.nested.has(path) && takes.untracked) || (files.ignored.has(path) && takes.ignored);
      if (!below && !takeAll && (files.nested.has(path) || files.ignored.has(path))) return 'left';
      if (isRegenerable(path, folder, view)) {
        if (takes.untracked || takes.ignored) leftOut.push(path);
        return 'left';
      }
      if (takeAll && !below) taken.push(path);
      return 'whole';
    };
    const chooseFile = (path: BytePath, { size }: Stat): Choice => {
      if (files.tracked.has(path) || files.undecided.has(path)) return takes.tracked ? 'whole' : 'left';
      if (taken.some((one) => isWithin(path, one))) return 'whole';
      if (files.untracked.has(path)) return takes.untracked ? 'whole' : 'left';
      // Also over what it ignores, `.env` for example, where that was committed once.
      return takes.ignored || (takes.tracked && size <= MOST_IGNORED) ? 'whole' : 'left';
    };

    const found = await walk(
      base,
      nameOf(workTree),
      {
        choose: (path, stat, folder) => {
          if (path === '') return 'whole';
          // Of a linked working tree or a submodule it is a file that says where the repository is.
          if (path === '.git' && stat.isDirectory()) return 'left';
          if (path === '.git') return 'whole';
          return stat.isDirectory() ? chooseFolder(path, folder) : chooseFile(path, stat);
        },
        async file(path, stat, folder): Promise<PlannedNode> {
          const entry = files.tracked.get(path);
          const onDisk = fileOf(stat, { in: 'disk', linkable: false });
          if (entry === undefined || !entry.mode.startsWith('100')) return onDisk;
          if (isAsSeen(stat, entry, indexTime)) {
            probably.push({ path, stat, entry });
            return onDisk;
          }
          const own = await readable(joined(workTree, path), () =>
            blobNameOfFile(folder.at(nameOf(path)), repository.format, pace),
          );
          return own === entry.oid ? fileOf(stat, { in: 'git', repository: number, oid: entry.oid }) : onDisk;
        },
        // Git follows no sockets, pipes and devices, and takes none away.
        other: () => ({ type: 'left' }),
      },
      pace,
      budget,
    );
    const inGit = await keptByGit(top, probably, number, pace);
    const entries = found.map((entry): PlannedEntry => inGit.get(entry.path) ?? entry);
    return {
      scope: {
        base: base.path,
        name: nameOf(workTree),
        rule: 'tree',
        baseTime: String(base.stat('.')?.mtimeNs ?? 0n),
        entries,
      },
      submodules,
      leftOut,
    };
  } finally {
    base.close();
    top.close();
  }
}

/**
 * Of files that git saw as they are, those whose bytes the object has: nothing converts them, and they are as long as it is
 * (converting the ends of lines changes the length of a file that has any).
 */
async function keptByGit(
  top: Folder,
  probably: readonly { readonly path: BytePath; readonly stat: Stat; readonly entry: IndexEntry }[],
  repository: number,
  pace: Pace,
): Promise<ReadonlyMap<BytePath, PlannedEntry>> {
  const found = new Map<BytePath, PlannedEntry>();
  if (probably.length === 0) return found;
  const [odd, objects] = await Promise.all([
    converted(
      top,
      probably.map(({ path }) => path),
      pace,
    ),
    objectsOf(
      (args, input) => runGit(top, args, pace, input),
      probably.map(({ entry }) => entry.oid),
    ),
  ]);
  for (const { path, stat, entry } of probably) {
    const size = objects.get(entry.oid)?.size;
    if (odd.has(path) || size === undefined || BigInt(size) !== stat.size) continue;
    found.set(path, { path, node: fileOf(stat, { in: 'git', repository, oid: entry.oid }) });
  }
  return found;
}

/** @throws ProtectError `NOT_UNDOABLE` for a file that cannot be read. */
export async function readable<T>(path: BytePath, read: () => Promise<T> | T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('E'))
      throw cannotKeep(path, `cannot be read: ${messageOf(error)}`);
    throw error;
  }
}
