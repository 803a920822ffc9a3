/**
 * Holds on to the objects of a repository: one commit, under a name that nobody looks at, whose parents are all commits and
 * whose tree are all other objects that an act could make unreachable. Neither `git gc --prune=now` nor `git reflog expire`
 * takes them away while it is there.
 */
import { randomText } from '#base/ids';
import { objectsOf } from './git-files.js';
import type { KeptRepository } from './kept-format.js';
import { writeObject, writeReference, writeTree } from './loose-object.js';
import { namedIn, stagedIn, tagsOf } from './object-names.js';
import { type ObjectStore, openStore } from './object-store.js';
import type { Pace } from './pace.js';
import { cannotKeep } from './planned.js';
import { letPacksGo, unreachableIn } from './unreachable.js';

const HIDDEN = 'refs/firebreak/';

/** A name that is not taken: two state folders may both have a snapshot of this number. */
export function repositoryOf(
  { gitFolder, state, format }: Pick<KeptRepository, 'gitFolder' | 'state' | 'format'>,
  id: string,
): KeptRepository {
  return { gitFolder, state, ref: `${HIDDEN}${id}-${randomText(8)}`, format };
}

/**
 * Makes the name, and everything that it holds.
 *
 * @param unreachable what nothing leads to may get lost as well.
 * @returns annotated tags, which no commit can lead to: their bytes, one after another as git-cat-file(1) --batch gives them.
 * @throws ProtectError
 */
export async function holdObjects(kept: KeptRepository, unreachable: boolean, pace: Pace): Promise<Buffer> {
  const store = openStore(kept, pace);
  if (store === undefined) throw cannotKeep(kept.state, 'is gone');
  try {
    const [named, staged] = await Promise.all([namedIn(kept.state, pace), stagedIn(store, kept.gitFolder)]);
    const found = await objectsOf(store.run, [...named, ...staged]);
    const types = new Map([...found].map(([oid, { type }]) => [oid, type]));
    if (unreachable) for (const [oid, type] of await unreachableIn(store, kept)) types.set(oid, type);
    const tags = await tagsOf(store, types);
    const of = (wanted: string) => [...types].filter(([, type]) => type === wanted).map(([oid]) => oid);
    const [commits, trees, blobs] = [of('commit'), of('tree'), of('blob')];
    if (commits.length + trees.length + blobs.length === 0) return tags;
    const tree = writeTree(kept, blobs, trees);
    writeReference(kept, writeObject(kept, 'commit', Buffer.from(commitOf(tree, commits))));
    return tags;
  } finally {
    store.close();
  }
}

function commitOf(tree: string, parents: readonly string[]): string {
  return [
    `tree ${tree}`,
    ...parents.map((oid) => `parent ${oid}`),
    'author Firebreak <firebreak@localhost> 0 +0000',
    'committer Firebreak <firebreak@localhost> 0 +0000',
    '',
    'Kept by Firebreak: `firebreak undo` needs what this commit leads to.',
    '',
  ].join('\n');
}

/** Removes what holds on to the objects. A repository that is gone needs nothing. */
export async function letGo(kept: KeptRepository, pace: Pace): Promise<void> {
  letPacksGo(kept);
  const store = openStore(kept, pace);
  if (store === undefined) return;
  try {
    await store.ask(['update-ref', '-d', kept.ref]);
  } finally {
    store.close();
  }
}

/** The hidden names, with their objects. */
export async function hiddenRefs({ run }: ObjectStore): Promise<ReadonlyMap<string, string>> {
  const output = await run(['for-each-ref', '--format=%(objectname) %(refname)', HIDDEN]);
  const pairs = output
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(pairs.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}
