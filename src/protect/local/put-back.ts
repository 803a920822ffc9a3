/** Makes the file system again what it was. Can be repeated: what is right already is left as it is. */
import { lchownSync, mkdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { randomText } from '#base/ids';
import { type BytePath, bytesOfPath, parentOf } from './byte-path.js';
import type { Step } from './differences.js';
import { setTime, setTimesExactly, type TimeToSet } from './exact-times.js';
import { statOf } from './folder.js';
import type { LinkNode } from './kept-format.js';
import { OpenScopes } from './open-scopes.js';
import { writeFiles } from './put-files.js';
import { clear, type PuttingBack, setMetadata, takePlace } from './putting.js';
import type { Place } from './scope-folders.js';

/**
 * @param inBetween is called when everything lies where it lay, before times are set.
 * @returns what could not be put back, in words.
 * @throws ProtectError, or an error of the file system
 */
export async function putBack(
  steps: readonly Step[],
  putting: PuttingBack,
  inBetween: () => Promise<void>,
): Promise<readonly string[]> {
  const { kept, pace } = putting;
  const scopes = new OpenScopes(kept.scopes);
  const bases = kept.scopes.map(({ base }) => statOf(bytesOfPath(base))?.mtimeNs);
  try {
    for (const step of steps.filter(({ act }) => act === 'remove')) {
      await pace.step();
      const place = scopes.find(step.scope, step.path);
      if (place !== undefined) remove(place);
    }
    for (const { scope, path, node, act } of steps) {
      await pace.step();
      if (node.type === 'folder' && act !== 'metadata') {
        const place = scopes.at(scope, path);
        // Another scope may have put it back already.
        if (place.folder.stat(place.name)?.isDirectory() === true) continue;
        clear(place);
        mkdirSync(place.folder.at(place.name), { mode: 0o700 });
      } else if (node.type === 'link' && act !== 'metadata') {
        putLink(scopes.at(scope, path), node);
      }
    }
    await writeFiles(
      steps.flatMap(({ scope, path, node, act }) =>
        node.type === 'file' && act !== 'metadata' ? [{ scope, path, node }] : [],
      ),
      scopes,
      putting,
    );
    for (const { scope, path, node, act } of steps) {
      if (node.type !== 'file' || act !== 'metadata') continue;
      const place = scopes.at(scope, path);
      setMetadata(place.folder.at(place.name), node);
    }
    await inBetween();
    const times: TimeToSet[] = steps.flatMap(({ scope, path, node }) =>
      node.type === 'file' || node.type === 'link' ? [{ path: scopes.pathOf(scope, path), mtime: node.mtime }] : [],
    );
    times.push(...setFolders(steps, bases, scopes, putting));
    const exact = await setTimesExactly(times);
    return exact ? [] : ['times are right to the microsecond only'];
  } finally {
    scopes.close();
    scopes.shut();
  }
}

/** Modes of folders, deepest first, and what their times are to be. */
function setFolders(
  steps: readonly Step[],
  bases: readonly (bigint | undefined)[],
  scopes: OpenScopes,
  { kept, over }: PuttingBack,
): readonly TimeToSet[] {
  const touched = new Map<number, Map<BytePath, Step | undefined>>();
  for (const step of steps) {
    const own = touched.get(step.scope) ?? new Map<BytePath, Step | undefined>();
    touched.set(step.scope, own);
    if (step.node.type === 'folder') own.set(step.path, step);
    // Writing into a folder changes its time.
    if (step.path !== '' && !own.has(parentOf(step.path))) own.set(parentOf(step.path), undefined);
  }
  const times: { readonly path: BytePath; readonly mtime: string }[] = [];
  for (const [number, folders] of touched) {
    const scope = kept.scopes[number];
    if (scope === undefined) continue;
    const nodes = new Map(scope.entries.map(({ path, node }) => [path, node]));
    for (const [path, step] of [...folders].sort(([a], [b]) => b.length - a.length)) {
      const node = nodes.get(path);
      const place = scopes.find(number, path);
      if (node?.type !== 'folder' || place === undefined) continue;
      const changedLater = step?.act === 'metadata' && step.now !== undefined && step.now.mtimeNs > over;
      setMetadata(place.folder.at(place.name), node);
      times.push({ path: scopes.pathOf(number, path), mtime: changedLater ? String(step.now?.mtimeNs) : node.mtime });
    }
    const before = bases[number];
    const rootChanged = steps.some(({ scope: one, path }) => one === number && path === '');
    if (rootChanged) {
      // The folder around it keeps its time when something else changed in it since.
      const keeps = before !== undefined && before > over;
      times.push({ path: scope.base, mtime: keeps ? String(before) : scope.baseTime });
    }
  }
  // A folder in a folder: setting the inner one does not change the outer one, so any order will do; the outermost last.
  return times.sort((a, b) => b.path.length - a.path.length);
}

function remove({ folder, name }: Place): void {
  const now = folder.stat(name);
  if (now === undefined) return;
  if (!now.isDirectory()) {
    unlinkSync(folder.at(name));
    return;
  }
  try {
    rmdirSync(folder.at(name));
  } catch (error) {
    // Somebody has put something into it since, and it stays.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')))
      throw error;
  }
}

function putLink({ folder, name }: Place, node: LinkNode): void {
  const aside = folder.at(`.firebreak-${randomText(8)}`);
  symlinkSync(bytesOfPath(node.target), aside);
  if (process.geteuid?.() === 0) lchownSync(aside, node.uid, node.gid);
  setTime(aside, node.mtime, true);
  takePlace(aside, { folder, name });
}
