import { readlinkSync } from 'node:fs';
import { messageOf } from '#base/errors';
import { ProtectError } from '../errors.js';
import { type BytePath, joined, pathOfBytes } from './byte-path.js';
import type { Folder, Stat } from './folder.js';
import type { Pace } from './pace.js';
import { cannotKeep, folderOf, linkOf, type PlannedEntry, type PlannedNode } from './planned.js';

/** `whole`: with all below. `left`: it is noted that something is there, no more. `skip`: as if it were not there. */
export type Choice = 'whole' | 'left' | 'skip';

export interface Visitor {
  /** @param path below the root; empty for the root itself. */
  choose(path: BytePath, stat: Stat, folder: Folder): Choice | Promise<Choice>;
  /** Of a regular file that was chosen `whole`. */
  file(path: BytePath, stat: Stat, folder: Folder): PlannedNode | Promise<PlannedNode>;
  /** Of what is no file, folder or link. */
  other(path: BytePath, stat: Stat): PlannedNode;
}

/** Counts every name that is looked at. */
export interface NameBudget {
  /** @throws ProtectError */
  spend(): void;
  readonly spent: number;
}

export function nameBudget(most: number): NameBudget {
  let spent = 0;
  return {
    spend() {
      spent += 1;
      if (spent > most)
        throw new ProtectError('SNAPSHOT_TOO_LARGE', `it is more than ${most.toLocaleString('en-GB')} files`, {
          hint: 'raise `snapshots.local.most_files` in firebreak.yaml',
        });
    },
    get spent() {
      return spent;
    },
  };
}

/** A tree deeper than that holds more folders open than a process may. */
const MOST_DEPTH = 256;

/**
 * Looks at a name in a folder and at all below it, without following links.
 *
 * @throws ProtectError `NOT_UNDOABLE` for what cannot be kept: another file system, what cannot be read.
 */
export async function walk(
  folder: Folder,
  name: BytePath,
  visitor: Visitor,
  pace: Pace,
  budget: NameBudget,
): Promise<readonly PlannedEntry[]> {
  const entries: PlannedEntry[] = [];
  const root = folder.stat(name);
  if (root === undefined) return [{ path: '', node: { type: 'absent' } }];
  const device = root.dev;

  async function visit(parent: Folder, own: BytePath, path: BytePath, depth: number): Promise<void> {
    await pace.step();
    const stat = parent.stat(own);
    if (stat === undefined) return; // It went away while we looked.
    const chosen = visitor.choose(path, stat, parent);
    const choice = typeof chosen === 'string' ? chosen : await chosen;
    if (choice === 'skip') return;
    budget.spend();
    if (choice === 'left') {
      entries.push({ path, node: { type: 'left' } });
      return;
    }
    const full = joined(parent.path, own);
    if (stat.isFile()) {
      entries.push({ path, node: await visitor.file(path, stat, parent) });
    } else if (stat.isSymbolicLink()) {
      entries.push({ path, node: linkOf(stat, pathOfBytes(readlinkSync(parent.at(own), 'buffer'))) });
    } else if (stat.isDirectory()) {
      if (stat.dev !== device) throw cannotKeep(full, 'is on another file system, which is mounted there');
      if (depth > MOST_DEPTH) throw cannotKeep(full, `is nested deeper than ${MOST_DEPTH} folders`);
      entries.push({ path, node: folderOf(stat) });
      let child: Folder;
      try {
        child = parent.child(own);
      } catch (error) {
        throw cannotKeep(full, `cannot be read: ${messageOf(error)}`);
      }
      try {
        for (const inner of child.names()) await visit(child, inner, joined(path, inner), depth + 1);
      } finally {
        child.close();
      }
    } else {
      entries.push({ path, node: visitor.other(path, stat) });
    }
  }

  await visit(folder, name, '', 0);
  return entries;
}
