/** Objects to which nothing leads, and which git throws away when it is told to clean up. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type BytePath, bytesOfPath, joined } from './byte-path.js';
import { Folder, statOf } from './folder.js';
import type { KeptRepository } from './kept-format.js';
import type { ObjectStore } from './object-store.js';

/** Up to here every unreachable object is found one by one. */
const MOST_LISTED = 50_000;

/**
 * In a large repository only those outside of packs are found, and its packs are kept as a whole, by the `.keep` files that
 * git itself respects (git-repack(1)).
 *
 * @returns types by name.
 */
export async function unreachableIn({ run }: ObjectStore, kept: KeptRepository): Promise<ReadonlyMap<string, string>> {
  const counts = (await run(['count-objects', '-v'])).toString('latin1');
  const number = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(counts)?.[1] ?? '0');
  const listing = 'cat-file --batch-check=%(objectname)_%(objecttype)'.split(' ');
  if (number('count') + number('in-pack') > MOST_LISTED) {
    keepPacks(kept);
    return typesIn(await run(listing, `${looseIn(kept.state).join('\n')}\n`), () => true);
  }
  const [all, reached] = await Promise.all([
    run([...listing, '--batch-all-objects']),
    run('rev-list --objects --no-object-names --all --reflog --indexed-objects --ignore-missing'.split(' ')),
  ]);
  const held = new Set(reached.toString('latin1').split('\n'));
  return typesIn(all, (oid) => !held.has(oid));
}

function typesIn(output: Buffer, isWanted: (oid: string) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, oid = '', type = ''] of output.toString('latin1').matchAll(/^([0-9a-f]+)_(commit|tree|blob|tag)$/gm))
    if (isWanted(oid)) found.set(oid, type);
  return found;
}

function looseIn(state: BytePath): readonly string[] {
  const found: string[] = [];
  const objects = Folder.open(joined(state, 'objects'));
  try {
    for (const first of objects.names().filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      const folder = objects.child(first);
      try {
        for (const rest of folder.names()) if (/^[0-9a-f]{38,62}$/.test(rest)) found.push(first + rest);
      } finally {
        folder.close();
      }
    }
  } finally {
    objects.close();
  }
  return found;
}

/** Several snapshots may keep one pack: each has a line in its file. */
function keepPacks({ state, ref }: KeptRepository): void {
  inPacks(state, (folder) => {
    for (const name of folder.names().filter((one) => one.endsWith('.pack'))) {
      const keep = `${name.slice(0, -'.pack'.length)}.keep`;
      const lines = folder.stat(keep) === undefined ? [] : linesOf(folder, keep);
      // What somebody else keeps is kept.
      if (lines.every(isOurs)) writeLines(folder, keep, [...lines, ref]);
    }
  });
}

/** Takes this snapshot's lines away again, and with the last line the file. */
export function letPacksGo({ state, ref }: KeptRepository): void {
  inPacks(state, (folder) => {
    for (const keep of folder.names().filter((one) => one.endsWith('.keep'))) {
      const lines = linesOf(folder, keep);
      if (lines.includes(ref))
        writeLines(
          folder,
          keep,
          lines.filter((line) => line !== ref),
        );
    }
  });
}

function inPacks(state: BytePath, work: (folder: Folder) => void): void {
  const path = joined(state, 'objects/pack');
  if (statOf(bytesOfPath(path))?.isDirectory() !== true) return;
  const folder = Folder.open(path);
  try {
    work(folder);
  } finally {
    folder.close();
  }
}

function isOurs(line: string): boolean {
  return line.startsWith('refs/firebreak/');
}

function linesOf(folder: Folder, name: BytePath): readonly string[] {
  return readFileSync(folder.at(name), 'latin1')
    .split('\n')
    .filter((line) => line !== '');
}

function writeLines(folder: Folder, name: BytePath, lines: readonly string[]): void {
  if (lines.length === 0) rmSync(folder.at(name), { force: true });
  else writeFileSync(folder.at(name), lines.map((line) => `${line}\n`).join(''), { mode: 0o644 });
}
