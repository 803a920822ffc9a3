import { constants, copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalKeeper } from '#action/local-keeper';
import type { LocalLoss } from '#action/local-loss';
import type { SealedSnapshot, SnapshotDraft, Undoable } from '#action/snapshot';
import type { Clock } from '#base/clock';
import { makePrivateFolder, writeFileDurably } from '#base/durable-file';
import { randomText } from '#base/ids';
import { ProtectError } from '../errors.js';
import { pathOfText, shownPath } from './byte-path.js';
import { bytesToCopy, copyScopes, tooMany } from './contents.js';
import { holdObjects, letGo, repositoryOf } from './hidden-ref.js';
import {
  CONTENTS_PART,
  encodeKept,
  type Kept,
  type KeptRepository,
  LOCAL_KIND,
  LOCAL_VERSION,
  MANIFEST_PART,
  TAGS_PART,
} from './kept-format.js';
import { startPace } from './pace.js';
import { planOf } from './plan.js';
import type { Plan } from './planned.js';

export interface LocalLimits {
  /** The most files, folders and links that are looked at for one act. */
  readonly mostFiles: number;
  /** The most bytes that are copied for one act; what is cloned or given a second name does not count. */
  readonly mostBytes: number;
  /** Milliseconds that looking may take, and copying again. */
  readonly mostMilliseconds: number;
}

export interface LocalKeeperOptions {
  /** Where copies lie, one folder for each snapshot. It is made. */
  readonly folder: string;
  readonly limits: LocalLimits;
  readonly clock: Clock;
}

export interface LocalCopies extends LocalKeeper {
  /** Keeps what a plan says. @throws ProtectError; nothing is left behind then. */
  keepPlan(plan: Plan, draft: SnapshotDraft, signal: AbortSignal): Promise<SealedSnapshot>;
  over(snapshot: string, at: number): void;
  /** When the act was over, in milliseconds since the Unix epoch, if anybody said so. */
  overOf(snapshot: string): number | undefined;
  /** The folder of a snapshot's own files. */
  folderOf(id: string): string;
  /** Removes the copies of a snapshot, and what holds on to objects for it. Nothing happens when there are none. */
  forget(id: string): Promise<void>;
  /** Removes the copies of snapshots that are not needed any more, after a crash for example. */
  sweep(isNeeded: (id: string) => Promise<boolean>): Promise<void>;
}

/** Where it is written when the act was over. */
const OVER = 'over';
/** Where it is written which repositories hold objects for a snapshot, before they do. */
const REPOSITORIES = 'repositories.json';
/** A plan stands for so long: the copy follows the look at once. */
const REMEMBERED_MS = 2000;
const FORGET_MS = 30_000;

export function createLocalKeeper({ folder, limits, clock }: LocalKeeperOptions): LocalCopies {
  makePrivateFolder(folder);
  const folderOf = (id: string) => join(folder, id);
  const own = pathOfText(folder);
  const device = String(statSync(folder, { bigint: true }).dev);
  const clones = canCloneIn(folder);
  let remembered: { readonly losses: readonly LocalLoss[]; readonly plan: Plan; readonly at: number } | undefined;

  async function planned(losses: readonly LocalLoss[], signal: AbortSignal): Promise<Plan> {
    const pace = startPace(signal, limits.mostMilliseconds);
    const plan = await planOf(losses, { takenAt: clock.now(), mostFiles: limits.mostFiles, own }, pace);
    const bytes = bytesToCopy(plan.scopes, (one) => clones && one === device, device);
    if (bytes > limits.mostBytes) throw tooMany(limits.mostBytes);
    return plan;
  }

  async function keepPlan(plan: Plan, draft: SnapshotDraft, signal: AbortSignal): Promise<SealedSnapshot> {
    const began = performance.now();
    const pace = startPace(signal, limits.mostMilliseconds);
    const { id } = draft;
    const repositories = plan.repositories.map(({ repository }) => repositoryOf(repository, id));
    try {
      makePrivateFolder(folderOf(id));
      // Before anything is made in a repository, so that whatever happens it is known what to take out of it.
      writeFileDurably(join(folderOf(id), REPOSITORIES), JSON.stringify(repositories));
      const tags: Buffer[] = [];
      for (const [number, one] of plan.repositories.entries()) {
        const kept = repositories[number];
        if (kept !== undefined) tags.push(await holdObjects(kept, one.unreachable, pace));
      }
      const small = await draft.part(CONTENTS_PART);
      const { scopes, count } = await copyScopes(plan.scopes, {
        folder: folderOf(id),
        small,
        mostCopied: limits.mostBytes,
        pace,
      });
      await small.end();
      const part = await draft.part(TAGS_PART);
      for (const bytes of tags) await part.write(bytes);
      await part.end();
      const kept: Kept = { takenAt: plan.takenAt, scopes, repositories };
      const manifest = await draft.part(MANIFEST_PART);
      for (const chunk of encodeKept(kept)) await manifest.write(chunk);
      await manifest.end();
      const contents = {
        kind: LOCAL_KIND,
        version: LOCAL_VERSION,
        files: count.files,
        bytes: count.bytes,
        cloned: count.cloned,
        linked: count.linked,
        copied: count.copied,
        tags: tags.map((bytes) => bytes.length),
      };
      const sealed = await draft.seal(contents, { answer: 'yes', because: wordsOf(plan) });
      return {
        ...sealed,
        took: { files: count.files, bytes: count.bytes, milliseconds: Math.round(performance.now() - began) },
      };
    } catch (error) {
      // FAIL-CLOSED: what could not be kept whole leaves nothing behind, and whoever asked must not go on.
      await draft.discard();
      await forgetAll(id, repositories);
      throw error;
    }
  }

  async function forgetAll(id: string, repositories: readonly KeptRepository[]): Promise<void> {
    const pace = startPace(new AbortController().signal, FORGET_MS);
    for (const one of repositories) await letGo(one, pace).catch(() => undefined); // A repository may be gone or broken.
    rmSync(folderOf(id), { recursive: true, force: true });
  }

  async function forget(id: string): Promise<void> {
    let repositories: readonly KeptRepository[] = [];
    try {
      repositories = JSON.parse(readFileSync(join(folderOf(id), REPOSITORIES), 'utf8'));
    } catch {
      repositories = []; // There is no such folder, or it was not finished.
    }
    await forgetAll(id, repositories);
  }

  return {
    folderOf,
    forget,
    keepPlan,

    over(id, at) {
      try {
        writeFileSync(join(folderOf(id), OVER), String(at), { flag: 'wx', mode: 0o600 });
      } catch {
        return; // It is known already, or the copies are gone: then nobody will ask.
      }
    },

    overOf(id) {
      try {
        const at = Number(readFileSync(join(folderOf(id), OVER), 'utf8'));
        return Number.isSafeInteger(at) ? at : undefined;
      } catch {
        return undefined; // Nobody said so.
      }
    },

    async assess(losses, signal): Promise<Undoable> {
      try {
        const plan = await planned(losses, signal);
        remembered = { losses, plan, at: performance.now() };
        return { answer: 'yes', because: wordsOf(plan) };
      } catch (error) {
        if (error instanceof ProtectError) return { answer: 'no', because: [error.message] };
        throw error;
      }
    },

    async keep(losses, draft, signal) {
      const before = remembered;
      remembered = undefined;
      const fresh =
        before?.losses === losses && performance.now() - before.at < REMEMBERED_MS ? before.plan : undefined;
      let plan = fresh;
      try {
        plan ??= await planned(losses, signal);
      } catch (error) {
        await draft.discard();
        throw error;
      }
      return keepPlan(plan, draft, signal);
    },

    async sweep(isNeeded) {
      for (const id of readdirSync(folder).filter((name) => /^S-\d+$/.test(name))) {
        if (!(await isNeeded(id))) await forget(id);
      }
    },
  };
}

/** What is not kept although all can be undone, one clause each. */
function wordsOf({ leftOut }: Plan): readonly string[] {
  const shown = leftOut.slice(0, 3).map(shownPath);
  const more = leftOut.length - shown.length;
  if (shown.length === 0) return [];
  return [`${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''} can be made anew and is left out`];
}

/** Whether files can share their bytes until one is written to (Btrfs, XFS, APFS): asked of the file system itself. */
function canCloneIn(folder: string): boolean {
  const from = join(folder, `clone-${randomText(8)}`);
  try {
    writeFileSync(from, 'x', { flag: 'wx', mode: 0o600 });
    copyFileSync(from, `${from}-2`, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false; // It says so by an error.
  } finally {
    for (const path of [from, `${from}-2`]) rmSync(path, { force: true });
  }
}
