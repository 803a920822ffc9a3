/** Plans what is to be kept of a repository's own folder: HEAD, index, references and their logs, and what is at work. */

import type { BytePath } from './byte-path.js';
import { nameOf, parentOf } from './byte-path.js';
import { Folder, type Stat } from './folder.js';
import type { Pace } from './pace.js';
import { fileOf, type PlannedScope } from './planned.js';
import { type Choice, type NameBudget, walk } from './walk.js';

/**
 * Objects are held by a hidden reference (`hidden-ref.ts`), not copied. Hidden references of snapshots stay as they are;
 * locks and what listens belong to a process that is at work.
 */
export function chooseState(path: BytePath, stat: Stat, folder: Folder): Choice {
  const name = nameOf(path);
  const isReference = /(?:^|\/)(?:refs|logs)\//.test(path);
  if (/(?:^|\/)refs\/firebreak$/.test(path)) return 'skip';
  if (path !== '' && !stat.isFile() && !stat.isDirectory() && !stat.isSymbolicLink()) return 'skip';
  if (name.endsWith('.lock') || /^(?:gc\.pid|fsmonitor--daemon.*)$/.test(path)) return 'skip';
  if (isReference || path === '') return 'whole';
  if (/^(?:hooks|lfs|annex)$/.test(path)) return 'skip';
  if (name === 'objects' && folder.stat('HEAD') !== undefined) return 'skip';
  return 'whole';
}

export async function planState(state: BytePath, pace: Pace, budget: NameBudget): Promise<PlannedScope> {
  const base = Folder.open(parentOf(state));
  try {
    const entries = await walk(
      base,
      nameOf(state),
      {
        choose: chooseState,
        file: (_path, stat) => fileOf(stat, { in: 'disk', linkable: false }),
        other: () => ({ type: 'left' }),
      },
      pace,
      budget,
    );
    return {
      base: base.path,
      name: nameOf(state),
      rule: 'state',
      baseTime: String(base.stat('.')?.mtimeNs ?? 0n),
      entries,
    };
  } finally {
    base.close();
  }
}
