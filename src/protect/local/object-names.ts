/** The objects of a repository that something leads to: references and logs, the index, tags. */
import { readFileSync } from 'node:fs';
import { type BytePath, bytesOfPath, joined, nameOf, parentOf } from './byte-path.js';
import { Folder, statOf } from './folder.js';
import { listOf } from './git-command.js';
import { objectsOf } from './git-files.js';
import { chooseState } from './git-state.js';
import type { ObjectStore } from './object-store.js';
import type { Pace } from './pace.js';
import { fileOf } from './planned.js';
import { nameBudget, walk } from './walk.js';

/** A file of that size in a repository's folder is a list of commits; a larger one holds no names of objects that matter. */
const MOST_SCANNED = 16n * 1024n * 1024n;
const OID = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])/g;

/** Every object that stands by its name in the repository's own files: references, logs, merges and rebases at work. */
export async function namedIn(state: BytePath, pace: Pace): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const base = Folder.open(parentOf(state));
  try {
    await walk(
      base,
      nameOf(state),
      {
        // Submodules have objects of their own, and the index is no text.
        choose: (path, stat, folder) =>
          path === 'modules' || /(?:^|\/)index$/.test(path) ? 'skip' : chooseState(path, stat, folder),
        file: (path, stat, folder) => {
          if (stat.size <= MOST_SCANNED) take(readFileSync(folder.at(nameOf(path)), 'latin1'), found);
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

/** Objects in the index that are not in the last commit; of what a merge has left undecided, all versions. */
export async function stagedIn({ ask, run }: ObjectStore, gitFolder: BytePath): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const index = bytesOfPath(joined(gitFolder, 'index'));
  if (statOf(index) === undefined) return found;
  const takeAll = (output: Buffer) => {
    for (const text of listOf(output)) take(text.split('\t')[0] ?? '', found);
  };
  const differs = await ask([
    'diff-index',
    '--cached',
    '--raw',
    '-z',
    '--no-renames',
    '--no-abbrev',
    '--ignore-submodules',
    'HEAD',
    '--',
  ]);
  // Without a commit everything is staged.
  if (differs.status !== 0) takeAll(await run(['ls-files', '--stage', '-z']));
  // Names stand between these lines.
  const lines = listOf(differs.output).filter((text) => /^:\d{6} \d{6} [0-9a-f]+ [0-9a-f]+ [A-Z]$/.test(text));
  for (const text of lines) take(text, found);
  if (lines.some((text) => text.endsWith(' U'))) takeAll(await run(['ls-files', '--unmerged', '-z']));
  // The extension in which git notes what a merge was decided from (gitformat-index(5)).
  if (readFileSync(index).includes('REUC')) takeAll(await run(['ls-files', '--resolve-undo', '-z']));
  return found;
}

/** @returns the bytes of annotated tags, and of tags of tags. What they lead to is added to `types`. */
export async function tagsOf({ run }: ObjectStore, types: Map<string, string>): Promise<Buffer> {
  const all: Buffer[] = [];
  let next = [...types].filter(([, type]) => type === 'tag').map(([oid]) => oid);
  while (next.length > 0) {
    const bytes = await run(['cat-file', '--batch'], `${next.join('\n')}\n`);
    all.push(bytes);
    const targets = bytes.toString('latin1').matchAll(/^object ([0-9a-f]{40,64})\ntype /gm);
    const found = await objectsOf(
      run,
      [...targets].map(([, oid = '']) => oid).filter((oid) => !types.has(oid)),
    );
    for (const [oid, { type }] of found) types.set(oid, type);
    next = [...found].filter(([, { type }]) => type === 'tag').map(([oid]) => oid);
  }
  return Buffer.concat(all);
}

function take(text: string, found: Set<string>): void {
  for (const [oid] of text.matchAll(OID)) if (!/^0+$/.test(oid)) found.add(oid);
}
