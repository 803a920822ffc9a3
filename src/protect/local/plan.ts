/** From losses to what is to be kept: patterns expanded, folders walked, git asked. Changes nothing. */
import { accessSync, constants, readlinkSync } from 'node:fs';
import type { GitLoss, LocalLoss, PathLoss } from '#action/local-loss';
import { messageOf } from '#base/errors';
import {
  type BytePath,
  bytesOfPath,
  isWithin,
  joined,
  nameOf,
  normalised,
  parentOf,
  pathOfBytes,
  pathOfText,
} from './byte-path.js';
import { Folder, realPath, type Stat, statOf } from './folder.js';
import { planState } from './git-state.js';
import type { Scope } from './kept-format.js';
import type { Pace } from './pace.js';
import { expandPattern } from './pattern.js';
import { cannotKeep, fileOf, type Plan, type PlannedRepository, type PlannedScope } from './planned.js';
import { type GitView, gitViewOf, isRegenerable, mightBeRegenerable } from './regenerable.js';
import { findRepository } from './repository.js';
import { type NameBudget, nameBudget, type Visitor, walk } from './walk.js';
import { planWorkTree, readable } from './work-tree.js';

export interface PlanOptions {
  /** Milliseconds since the Unix epoch. */
  readonly takenAt: number;
  /** The most names that are looked at. */
  readonly mostFiles: number;
  /** Firebreak's own folder: nothing that holds it is kept, or put back. */
  readonly own: BytePath;
}

/** @throws ProtectError `NOT_UNDOABLE`, `SNAPSHOT_TOO_LARGE`: the words say why. */
export async function planOf(losses: readonly LocalLoss[], options: PlanOptions, pace: Pace): Promise<Plan> {
  const budget = nameBudget(options.mostFiles);
  const paths = losses.filter((loss) => loss.kind === 'path');
  const repositories = losses.filter((loss) => loss.kind === 'git');
  // What is written in place, or comes to stand elsewhere, is no longer only a name that goes away.
  const linkable = losses.every((loss) => loss.kind === 'path' && loss.fate === 'removed');
  const work: Work = { pace, budget, linkable, scopes: [], leftOut: [], repositories: [], seen: new Set() };
  for (const loss of paths) await planPath(work, loss);
  for (const { folder, loses } of repositories) {
    // What git ignores is what its files say, and something else of the act may change these first.
    const cleans = loses.includes('untracked') && !loses.includes('worktree') && losses.length > 1;
    await planGit(work, pathOfText(folder), cleans ? [...new Set([...loses, 'ignored' as const])] : loses);
  }
  const scopes = withoutNested(work.scopes);
  for (const scope of scopes) {
    const root = joined(scope.base, scope.name);
    if (isWithin(options.own, root) || isWithin(root, options.own))
      throw cannotKeep(root, 'holds what Firebreak keeps itself');
  }
  return {
    takenAt: options.takenAt,
    scopes,
    repositories: work.repositories,
    leftOut: work.leftOut,
    files: budget.spent,
  };
}

interface Work {
  readonly pace: Pace;
  readonly budget: NameBudget;
  readonly linkable: boolean;
  readonly scopes: PlannedScope[];
  readonly leftOut: BytePath[];
  readonly repositories: PlannedRepository[];
  /** Repositories and paths that are planned already. */
  readonly seen: Set<string>;
}

async function planPath(work: Work, loss: PathLoss): Promise<void> {
  const path = normalised(pathOfText(loss.path));
  const paths = loss.pattern ? await expandPattern(path, work.pace) : [path];
  for (const one of paths) await planOne(work, one, loss.fate);
}

async function planOne(work: Work, path: BytePath, fate: PathLoss['fate']): Promise<void> {
  const key = JSON.stringify([path, fate === 'removed']);
  if (work.seen.has(key)) return;
  work.seen.add(key);
  work.pace.check();
  if (path === '/') throw cannotKeep(path, 'is everything');
  const base = realPath(parentOf(path));
  if (base === undefined) {
    // What is not there cannot be lost; what comes brings the folders with it that it needs.
    if (fate !== 'removed') await planOne(work, parentOf(path), 'placed');
    return;
  }
  const name = nameOf(path);
  let folder: Folder;
  try {
    folder = Folder.open(base);
  } catch (error) {
    throw cannotKeep(parentOf(path), `cannot be read: ${messageOf(error)}`);
  }
  try {
    const stat = folder.stat(name);
    if (stat === undefined && fate === 'removed') return;
    if (stat?.isSymbolicLink() === true && fate !== 'removed') await planTarget(work, joined(base, name), fate);
    const baseStat = folder.stat('.');
    if (stat?.isDirectory() === true && baseStat !== undefined && stat.dev !== baseStat.dev)
      throw cannotKeep(path, 'is another file system, which is mounted there');
    const entries = await walk(folder, name, await treeVisitor(work, folder, name, stat), work.pace, work.budget);
    const rule: Scope['rule'] = stat === undefined ? 'placed' : 'tree';
    work.scopes.push({ base, name, rule, baseTime: String(baseStat?.mtimeNs ?? 0n), entries });
  } finally {
    folder.close();
  }
}

/** Writing to a link writes to where it leads, also where nothing is yet. */
async function planTarget(work: Work, link: BytePath, fate: PathLoss['fate']): Promise<void> {
  let target: BytePath | undefined;
  try {
    target = realPath(link);
  } catch (error) {
    throw cannotKeep(link, `is a link that cannot be followed: ${messageOf(error)}`);
  }
  if (target === undefined) {
    const next = pathOfBytes(readlinkSync(bytesOfPath(link), 'buffer'));
    await planOne(work, normalised(next.startsWith('/') ? next : joined(parentOf(link), next)), 'placed');
  } else if (statOf(bytesOfPath(target))?.isFile() === true) {
    await planOne(work, target, fate);
  }
}

async function treeVisitor(work: Work, folder: Folder, root: BytePath, stat: Stat | undefined): Promise<Visitor> {
  let view: Promise<GitView | undefined> | undefined;
  const full = (path: BytePath) => joined(joined(folder.path, root), path);
  return {
    choose(path, found, inFolder) {
      const name = nameOf(path);
      if (path === '' || !found.isDirectory() || !mightBeRegenerable(name)) return 'whole';
      view ??= gitViewOf(folder, root, work.pace);
      return view.then((known) => {
        if (!isRegenerable(path, inFolder, known)) return 'whole';
        work.leftOut.push(full(path));
        return 'left';
      });
    },
    async file(path, found, inFolder) {
      await readable(full(path), () => accessSync(inFolder.at(path === '' ? root : nameOf(path)), constants.R_OK));
      return fileOf(found, { in: 'disk', linkable: isObject(path, found) || (work.linkable && stat !== undefined) });
    },
    other(path) {
      throw cannotKeep(full(path), 'is no file, folder or link, so no copy of it can be kept');
    },
  };
}

/** Git never writes into an object once it is there, nor into a pack (gitrepository-layout(5)). */
function isObject(path: BytePath, stat: Stat): boolean {
  return (stat.mode & 0o222n) === 0n && /(?:^|\/)objects\/(?:[0-9a-f]{2}|pack)\/[^/]+$/.test(path);
}

async function planGit(work: Work, folder: BytePath, loses: GitLoss['loses']): Promise<void> {
  const { pace, budget } = work;
  if (loses.length === 0) return;
  const repository = await findRepository(normalised(folder), pace);
  const key = JSON.stringify([repository.gitFolder, repository.workTree, [...loses].sort()]);
  if (work.seen.has(key)) return;
  work.seen.add(key);
  // What git does not follow goes away without a change of the repository itself.
  const ofState = loses.some((part) => part === 'worktree' || part === 'index' || part === 'refs');
  const number = work.repositories.length;
  if (ofState) {
    if (statOf(bytesOfPath(joined(repository.state, 'reftable'))) !== undefined)
      throw cannotKeep(repository.state, 'keeps its references in tables, which cannot be kept yet');
    work.repositories.push({ repository, unreachable: loses.every((part) => part !== 'worktree' && part !== 'index') });
    work.scopes.push(await planState(repository.state, pace, budget));
  }
  if (repository.workTree === undefined || loses.every((part) => part === 'index' || part === 'refs')) return;
  const { workTree } = repository;
  const planned = await planWorkTree(repository, workTree, number, loses, pace, budget);
  work.scopes.push(planned.scope);
  work.leftOut.push(...planned.leftOut.map((path) => joined(workTree, path)));
  for (const submodule of planned.submodules) await planGit(work, submodule, loses);
}

/** Without scopes below others that hold everything of them. */
function withoutNested(scopes: readonly PlannedScope[]): readonly PlannedScope[] {
  const rootOf = ({ base, name }: PlannedScope) => joined(base, name);
  const kept = new Map<BytePath, PlannedScope[]>();
  for (const scope of [...scopes].sort((a, b) => rootOf(a).length - rootOf(b).length)) {
    const root = rootOf(scope);
    if (!isCovered(scope, root, kept)) kept.set(root, [...(kept.get(root) ?? []), scope]);
  }
  return [...kept.values()].flat();
}

function isCovered(scope: PlannedScope, root: BytePath, kept: ReadonlyMap<BytePath, readonly PlannedScope[]>): boolean {
  for (let above = root; above !== '/' && above !== ''; above = parentOf(above)) {
    for (const outer of kept.get(above) ?? []) {
      if (outer.rule !== scope.rule && !(outer.rule === 'tree' && scope.rule === 'placed')) continue;
      const path = root.slice(above.length + 1);
      // What was left, on the way to it or below it, is not held.
      const left = outer.entries.some(
        ({ path: one, node }) => node.type === 'left' && (isWithin(path, one) || isWithin(one, path)),
      );
      if (!left) return true;
    }
  }
  return false;
}
