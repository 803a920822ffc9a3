/** Compares what is there now with what was kept: what an undo has to do, and where somebody was at work since. */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BytePath, joined, pathOfBytes } from './byte-path.js';
import { blobNameOfFile, sha256OfFile } from './file-digest.js';
import { type Folder, type Stat, statOf } from './folder.js';
import { chooseState } from './git-state.js';
import type { FileNode, Kept, KeptNode, Scope } from './kept-format.js';
import type { Pace } from './pace.js';
import { isRegenerable } from './regenerable.js';
import { openScope, type Place } from './scope-folders.js';

export interface Step {
  /** The scope's place in what was kept. */
  readonly scope: number;
  readonly path: BytePath;
  /** `metadata`: its content is right, its mode or times are not. `remove`: of a folder, only once it is empty. */
  readonly act: 'create' | 'replace' | 'metadata' | 'remove';
  /** What is to lie there. */
  readonly node: KeptNode;
  readonly now: Stat | undefined;
}

export interface Clash {
  readonly scope: number;
  readonly path: BytePath;
  readonly because: string;
  /** What would be done if what was kept won. */
  readonly steps: readonly Step[];
}

export interface Differences {
  readonly steps: readonly Step[];
  readonly clashes: readonly Clash[];
}

export interface Comparing {
  /** Of the snapshot's own files. */
  readonly folder: string;
  /** Nanoseconds since the Unix epoch: what changed later was not the act. */
  readonly over: bigint;
  readonly pace: Pace;
}

export async function differencesOf(kept: Kept, comparing: Comparing): Promise<Differences> {
  const steps: Step[] = [];
  const clashes: Clash[] = [];
  for (const [number, scope] of kept.scopes.entries()) {
    const found = await compareScope(kept, scope, number, comparing);
    steps.push(...found.steps);
    clashes.push(...found.clashes);
  }
  return { steps, clashes };
}

async function compareScope(kept: Kept, scope: Scope, number: number, comparing: Comparing): Promise<Differences> {
  const { pace, over } = comparing;
  const steps: Step[] = [];
  const clashes: Clash[] = [];
  const recorded = new Map(scope.entries.map(({ path, node }) => [path, node]));
  if (statOf(Buffer.from(scope.base, 'latin1')) === undefined) {
    // Everything is gone, and the folder in which it lay as well.
    return { steps: scope.entries.flatMap(({ path, node }) => whole(number, path, node)), clashes };
  }
  const folders = openScope(scope);
  try {
    const decide = (step: Step, found: Stat | undefined, later: readonly Step[]) => {
      const inTheWay = found !== undefined && !found.isDirectory() && found.ctimeNs > over;
      if (!inTheWay && later.length === 0) steps.push(step);
      else
        clashes.push({ scope: number, path: step.path, because: 'was changed after the act', steps: [...later, step] });
    };
    for (const { path, node } of scope.entries) {
      await pace.step();
      if (node.type === 'left') continue;
      const place = folders.holding(path);
      const now = place?.folder.stat(place.name);
      const step = await stepFor(kept, number, path, node, place, now, comparing);
      if (step === undefined) continue;
      // A folder in the place of something else: what was put into it later is in the way.
      const inner =
        now?.isDirectory() === true && node.type !== 'folder' && place !== undefined
          ? await below(scope, number, path, place, recorded, comparing)
          : undefined;
      if (inner !== undefined && node.type === 'absent') {
        // It goes away with what the act put into it; what came later stays, and so does the folder.
        steps.push(...inner.before, step);
        for (const one of inner.later)
          clashes.push({ scope: number, path: one.path, because: 'came into being after the act', steps: [one] });
      } else {
        steps.push(...(inner?.before ?? []));
        decide(step, now, inner?.later ?? []);
      }
    }
    if (scope.rule === 'tree' || scope.rule === 'state') {
      const root = folders.holding('');
      if (root?.folder.stat(root.name)?.isDirectory() === true) {
        const { before } = await below(scope, number, '', root, recorded, comparing);
        steps.push(...before);
      }
    }
  } finally {
    folders.close();
  }
  return { steps, clashes };
}

function whole(scope: number, path: BytePath, node: KeptNode): readonly Step[] {
  return node.type === 'left' || node.type === 'absent' ? [] : [{ scope, path, act: 'create', node, now: undefined }];
}

async function stepFor(
  kept: Kept,
  scope: number,
  path: BytePath,
  node: KeptNode,
  place: Place | undefined,
  now: Stat | undefined,
  comparing: Comparing,
): Promise<Step | undefined> {
  const step = (act: Step['act']): Step => ({ scope, path, act, node, now });
  if (node.type === 'left') return undefined;
  if (node.type === 'absent') return now === undefined ? undefined : step('remove');
  if (now === undefined || place === undefined) return step('create');
  switch (node.type) {
    case 'folder':
      if (!now.isDirectory()) return step('replace');
      return sameMetadata(node, now) ? undefined : step('metadata');
    case 'link': {
      if (!now.isSymbolicLink()) return step('replace');
      const target = pathOfBytes(readlinkSync(place.folder.at(place.name), 'buffer'));
      if (target !== node.target) return step('replace');
      return sameMetadata(node, now) ? undefined : step('metadata');
    }
    case 'file': {
      if (!now.isFile()) return step('replace');
      if (isUntouched(node, now)) return undefined;
      if (!(await sameBytes(kept, node, place, now, comparing))) return step('replace');
      if (node.links > 0 && !isSameFile(node, now, comparing.folder)) return step('replace');
      return sameMetadata(node, now) ? undefined : step('metadata');
    }
  }
}

function isUntouched(node: FileNode, now: Stat): boolean {
  return (
    node.ino === String(now.ino) &&
    node.dev === String(now.dev) &&
    node.ctime === String(now.ctimeNs) &&
    node.mtime === String(now.mtimeNs) &&
    BigInt(node.size) === now.size
  );
}

/** Of a file with several names: whether this is still one of them. */
function isSameFile(node: FileNode, now: Stat, folder: string): boolean {
  if (node.dev === String(now.dev) && node.ino === String(now.ino)) return true;
  const identity = node.identity === undefined ? undefined : statOf(Buffer.from(join(folder, node.identity)));
  return identity !== undefined && identity.ino === now.ino && identity.dev === now.dev;
}

async function sameBytes(
  kept: Kept,
  node: FileNode,
  place: Place,
  now: Stat,
  { folder, pace }: Comparing,
): Promise<boolean> {
  if (BigInt(node.size) !== now.size) return false;
  const path = place.folder.at(place.name);
  const { content } = node;
  switch (content.in) {
    case 'git': {
      const format = kept.repositories[content.repository]?.format ?? 'sha1';
      return (await blobNameOfFile(path, format, pace)) === content.oid;
    }
    case 'part':
      return (await sha256OfFile(path, pace)) === content.sha256;
    case 'file': {
      const copy = join(folder, content.name);
      const own = statSync(copy, { bigint: true });
      if (own.ino === now.ino && own.dev === now.dev) return true;
      const sha256 = content.sha256 ?? (await sha256OfFile(Buffer.from(copy), pace));
      return (await sha256OfFile(path, pace)) === sha256;
    }
  }
}

export function sameMetadata(node: Exclude<KeptNode, { type: 'absent' } | { type: 'left' }>, now: Stat): boolean {
  if (node.mtime !== String(now.mtimeNs)) return false;
  // Links have no modes of their own (symlink(7)).
  if (node.type !== 'link' && node.mode !== Number(now.mode & 0o7777n)) return false;
  // Only root can give files away.
  return process.geteuid?.() !== 0 || (node.uid === Number(now.uid) && node.gid === Number(now.gid));
}

/** What lies below a folder and was not recorded: what the act made, and what came later. Deepest first. */
async function below(
  scope: Scope,
  number: number,
  path: BytePath,
  place: Place,
  recorded: ReadonlyMap<BytePath, KeptNode>,
  { over, pace }: Comparing,
): Promise<{ readonly before: readonly Step[]; readonly later: readonly Step[] }> {
  const before: Step[] = [];
  const later: Step[] = [];

  async function look(parent: Folder, name: BytePath, at: BytePath): Promise<void> {
    const inner = parent.child(name);
    try {
      for (const own of inner.names()) {
        await pace.step();
        const inside = joined(at, own);
        const node = recorded.get(inside);
        const now = inner.stat(own);
        if (now === undefined || node?.type === 'left') continue;
        if (scope.rule === 'state' && chooseState(inside, now, inner) === 'skip') continue;
        const isNew = node === undefined;
        if (now.isDirectory()) {
          // Somebody made it anew; it is nobody's work.
          if (isNew && isRegenerable(inside, inner, undefined)) continue;
          await look(inner, own, inside);
        }
        if (!isNew) continue;
        const step: Step = { scope: number, path: inside, act: 'remove', node: { type: 'absent' }, now };
        // A folder's own time changes with what is in it; it goes away only when it is empty.
        if (now.isDirectory() || now.ctimeNs <= over) before.push(step);
        else later.push(step);
      }
    } finally {
      inner.close();
    }
  }

  await look(place.folder, place.name, path);
  return { before, later };
}
