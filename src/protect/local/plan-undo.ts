/** Plans what an undo is about to replace, so that it can itself be undone. */
import { readlinkSync } from 'node:fs';
import { bytesOfPath, joined, pathOfBytes } from './byte-path.js';
import type { Step } from './differences.js';
import { statOf } from './folder.js';
import type { Kept } from './kept-format.js';
import type { Pace } from './pace.js';
import {
  fileOf,
  folderOf,
  linkOf,
  type Plan,
  type PlannedEntry,
  type PlannedNode,
  type PlannedRepository,
  type PlannedScope,
} from './planned.js';
import { openScope, type Place, type ScopeFolders } from './scope-folders.js';

/** @param takenAt milliseconds since the Unix epoch. @throws ProtectError */
export async function planOfSteps(kept: Kept, steps: readonly Step[], takenAt: number, pace: Pace): Promise<Plan> {
  const scopes: PlannedScope[] = [];
  for (const [number, { base, name }] of kept.scopes.entries()) {
    const paths = [...new Set(steps.filter(({ scope }) => scope === number).map(({ path }) => path))];
    if (paths.length === 0) continue;
    const around = statOf(bytesOfPath(base));
    const folders = around === undefined ? undefined : openScope({ base, name });
    try {
      const entries: PlannedEntry[] = [];
      for (const path of paths) {
        await pace.step();
        entries.push({ path, node: nodeNow(folders, path) });
      }
      scopes.push({ base, name, rule: 'entries', baseTime: String(around?.mtimeNs ?? 0n), entries });
    } finally {
      folders?.close();
    }
  }
  return { takenAt, scopes, repositories: repositoriesOf(kept), leftOut: [], files: steps.length };
}

function nodeNow(folders: ScopeFolders | undefined, path: string): PlannedNode {
  const place: Place | undefined = folders?.holding(path);
  const now = place?.folder.stat(place.name);
  if (place === undefined || now === undefined) return { type: 'absent' };
  if (now.isDirectory()) return folderOf(now);
  if (now.isSymbolicLink()) return linkOf(now, pathOfBytes(readlinkSync(place.folder.at(place.name), 'buffer')));
  // An undo puts another file in its place, or writes into it when it has other names.
  return now.isFile() ? fileOf(now, { in: 'disk', linkable: true }) : { type: 'left' };
}

/** What was committed since must not get lost either. A repository that the act destroyed has nothing to hold. */
function repositoriesOf({ repositories }: Kept): readonly PlannedRepository[] {
  return repositories
    .filter(({ state }) => statOf(bytesOfPath(joined(state, 'HEAD'))) !== undefined)
    .map((repository) => ({ repository, unreachable: false }));
}
