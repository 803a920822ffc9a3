/**
 * Holds on to the objects of a repository: one commit, under a name that nobody looks at, whose parents are all commits and
 * whose tree are all other objects that an act could make unreachable. Neither `git gc --prune=now` nor `git reflog expire`
 * takes them away while it is there.
 */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { randomText } from '#base/ids';
import { type BytePath, bytesOfPath, joined, parentOf } from './byte-path.js';
import { Folder, statOf } from './folder.js';
import { askGit, listOf, runGit } from './git-command.js';
import { objectsOf } from './git-files.js';
import { chooseState } from './git-state.js';
import type { KeptRepository } from './kept-format.js';
import type { Pace } from './pace.js';
import type { PlannedRepository } from './planned.js';
import { fileOf } from './planned.js';
import type { Repository } from './repository.js';
import { nameBudget, walk } from './walk.js';

export const HIDDEN = 'refs/firebreak/';

/** A file of that size in a repository's folder is a list of commits; a larger one holds no names of objects that matter. */
const MOST_SCANNED = 16 * 1024 * 1024;
/** Up to here every unreachable object is found one by one. */
const MOST_LISTED = 50_000;
const OID = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])/g;

/** A name that is not taken: two state folders may both have a snapshot of this number. */
export function repositoryOf({ workTree, state, format }: Repository, id: string): KeptRepository {
  return { folder: workTree ?? state, state, ref: `${HIDDEN}${id}-${randomText(8)}`, format };
}

/**
 * Makes the name, and everything that it holds.
 *
 * @returns annotated tags, which no commit can lead to: their bytes, one after another as git-cat-file(1) --batch gives them.
 * @throws ProtectError
 */
export async function holdObjects(planned: PlannedRepository, kept: KeptRepository, pace: Pace): Promise<Buffer> {
  const { repository, unreachable } = planned;
  const folder = Folder.open(kept.folder);
  try {
    const named = await objectsOf(folder, await namedIn(repository, pace), pace);
    const staged = await objectsOf(folder, await stagedIn(folder, repository, pace), pace);
    const types = new Map([...named, ...staged].map(([oid, { type }]) => [oid, type]));
    if (unreachable) for (const [oid, type] of await unreachableIn(folder, kept, pace)) types.set(oid, type);
    const of = (...wanted: readonly string[]) =>
      [...types].filter(([, type]) => wanted.includes(type)).map(([oid]) => oid);
    const tags = await tagsOf(folder, of('tag'), types, pace);
    if (of('commit', 'tree', 'blob').length === 0) return tags;
    const listing = [
      ...of('blob').map((oid) => `100644 blob ${oid}\t${oid}\0`),
      ...of('tree').map((oid) => `040000 tree ${oid}\t${oid}\0`),
    ];
    const tree = said(await runGit(folder, ['mktree', '-z'], pace, listing.join('')));
    const commit = [
      `tree ${tree}`,
      ...of('commit').map((oid) => `parent ${oid}`),
      'author Firebreak <firebreak@localhost> 0 +0000',
      'committer Firebreak <firebreak@localhost> 0 +0000',
      '',
      'Kept by Firebreak: `firebreak undo` needs what this commit leads to.',
      '',
    ].join('\n');
    const oid = said(await runGit(folder, ['hash-object', '-t', 'commit', '-w', '--stdin'], pace, commit));
    await runGit(folder, ['update-ref', kept.ref, oid], pace);
    return tags;
  } finally {
    folder.close();
  }
}

/** Removes what holds on to the objects. A repository that is gone needs nothing. */
export async function letGo({ folder: path, state, ref }: KeptRepository, pace: Pace): Promise<void> {
  if (statOf(bytesOfPath(path)) === undefined) return;
  const packs = joined(state, 'objects/pack');
  if (statOf(bytesOfPath(packs)) !== undefined) {
    const folder = Folder.open(packs);
    try {
      for (const name of folder.names().filter((one) => one.endsWith('.keep')))
        if (readFileSync(folder.at(name), 'latin1') === `${ref}\n`) rmSync(folder.at(name), { force: true });
    } finally {
      folder.close();
    }
  }
  const folder = Folder.open(path);
  try {
    await askGit(folder, ['update-ref', '-d', ref], pace);
  } finally {
    folder.close();
  }
}

/** The hidden names, with their objects. */
export async function hiddenRefs(folder: Folder, pace: Pace): Promise<ReadonlyMap<string, string>> {
  const output = await runGit(folder, ['for-each-ref', '--format=%(objectname) %(refname)', HIDDEN], pace);
  const pairs = output
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(pairs.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

/** The bytes of annotated tags, and of tags of tags; what they lead to is added to `types`. */
async function tagsOf(
  folder: Folder,
  oids: readonly string[],
  types: Map<string, string>,
  pace: Pace,
): Promise<Buffer> {
  const all: Buffer[] = [];
  for (let next = oids; next.length > 0; ) {
    const bytes = await runGit(folder, ['cat-file', '--batch'], pace, lines(next));
    all.push(bytes);
    const targets = [...bytes.toString('latin1').matchAll(/^object ([0-9a-f]{40,64})\ntype /gm)].map(
      ([, oid = '']) => oid,
    );
    const fresh = [...(await objectsOf(folder, targets, pace))].filter(([oid]) => !types.has(oid));
    for (const [oid, { type }] of fresh) types.set(oid, type);
    next = fresh.filter(([, { type }]) => type === 'tag').map(([oid]) => oid);
  }
  return Buffer.concat(all);
}

/** Every object that stands by its name in the repository's own files: references, logs, merges and rebases at work. */
async function namedIn({ state }: Repository, pace: Pace): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const base = Folder.open(parentOf(state));
  try {
    await walk(
      base,
      state.slice(state.lastIndexOf('/') + 1),
      {
        // Submodules have objects of their own.
        choose: (path, stat, inFolder) =>
          path === 'modules' || /(?:^|\/)index$/.test(path) ? 'skip' : chooseState(path, stat, inFolder),
        file: (path, stat, inFolder) => {
          if (stat.size <= MOST_SCANNED) {
            const text = readFileSync(inFolder.at(path.slice(path.lastIndexOf('/') + 1)), 'latin1');
            for (const [oid] of text.matchAll(OID)) if (!/^0+$/.test(oid)) found.add(oid);
          }
          return fileOf(stat, { in: 'disk', linkable: false });
        },
        other: () => ({ type: 'left' }),
      },
      pace,
      nameBudget(Number.POSITIVE_INFINITY),
    );
  } finally {
    base.close();
  }
  return found;
}

/** Objects in the index that are not in the last commit; with undecided merges, all their versions. */
async function stagedIn(folder: Folder, { workTree, gitFolder }: Repository, pace: Pace): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (workTree === undefined || statOf(bytesOfPath(joined(gitFolder, 'index'))) === undefined) return found;
  const take = (text: string) => {
    for (const [oid] of text.matchAll(OID)) if (!/^0+$/.test(oid)) found.add(oid);
  };
  const born = (await askGit(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], pace)).status === 0;
  const differs = born
    ? await runGit(
        folder,
        ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--no-abbrev', '--ignore-submodules', 'HEAD'],
        pace,
      )
    : await runGit(folder, ['ls-files', '--stage', '-z'], pace);
  for (const text of listOf(differs)) if (/^(?::?\d{6} )/.test(text)) take(text.split('\t')[0] ?? '');
  const more = await Promise.all([
    runGit(folder, ['ls-files', '--unmerged', '-z'], pace),
    runGit(folder, ['ls-files', '--resolve-undo', '-z'], pace),
  ]);
  for (const text of more.flatMap(listOf)) take(text.split('\t')[0] ?? '');
  return found;
}

/**
 * Objects to which nothing leads. In a large repository only those outside of packs are found, and its packs are kept as a
 * whole, by the `.keep` files that git itself respects (git-repack(1)).
 */
async function unreachableIn(
  folder: Folder,
  { state, ref }: KeptRepository,
  pace: Pace,
): Promise<ReadonlyMap<string, string>> {
  const counts = (await runGit(folder, ['count-objects', '-v'], pace)).toString('latin1');
  const number = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(counts)?.[1] ?? '0');
  const listing = ['cat-file', '--batch-check=%(objectname) %(objecttype)'];
  if (number('count') + number('in-pack') <= MOST_LISTED) {
    const [all, reached] = await Promise.all([
      runGit(folder, [...listing, '--batch-all-objects'], pace),
      runGit(
        folder,
        ['rev-list', '--objects', '--no-object-names', '--all', '--reflog', '--indexed-objects', '--ignore-missing'],
        pace,
      ),
    ]);
    const held = new Set(reached.toString('latin1').split('\n'));
    return typesIn(all, (oid) => !held.has(oid));
  }
  const loose = looseIn(state);
  keepPacks(state, ref);
  return typesIn(await runGit(folder, listing, pace, lines(loose)), () => true);
}

function typesIn(output: Buffer, wanted: (oid: string) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of output.toString('latin1').split('\n')) {
    const [oid = '', type = ''] = line.split(' ');
    if (/^(?:commit|tree|blob|tag)$/.test(type) && wanted(oid)) found.set(oid, type);
  }
  return found;
}

function looseIn(state: BytePath): readonly string[] {
  const found: string[] = [];
  const objects = Folder.open(joined(state, 'objects'));
  try {
    for (const first of objects.names().filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      const folder = objects.child(first);
      try {
        found.push(
          ...folder
            .names()
            .filter((name) => /^[0-9a-f]{38,62}$/.test(name))
            .map((rest) => first + rest),
        );
      } finally {
        folder.close();
      }
    }
  } finally {
    objects.close();
  }
  return found;
}

function keepPacks(state: BytePath, ref: string): void {
  const packs = joined(state, 'objects/pack');
  if (!existsSync(bytesOfPath(packs))) return;
  const folder = Folder.open(packs);
  try {
    for (const name of folder.names().filter((one) => one.endsWith('.pack'))) {
      const keep = `${name.slice(0, -'.pack'.length)}.keep`;
      // One that is there already keeps it too, and is somebody else's.
      if (folder.stat(keep) !== undefined) continue;
      const file = openSync(folder.at(keep), 'wx', 0o444);
      writeSync(file, `${ref}\n`);
      closeSync(file);
    }
  } finally {
    folder.close();
  }
}

function said(output: Buffer): string {
  return output.toString('latin1').trim();
}

function lines(oids: readonly string[]): string {
  return oids.map((oid) => `${oid}\n`).join('');
}
