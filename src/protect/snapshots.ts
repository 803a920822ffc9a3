/**
 * The vault of snapshots: what was kept before an act so that it can be undone, and what became of it. Files in one folder,
 * encrypted to a key of the vault; everything else in the store.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { open as openFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from '#action/session';
import type { SealedSnapshot, SnapshotDraft, SnapshotReader } from '#action/snapshot';
import type { SnapshotState } from '#action/snapshot-view';
import type { Clock } from '#base/clock';
import { makePrivateFolder } from '#base/durable-file';
import type { Secret } from '#base/secret';
import { ProtectError } from './errors.js';
import { digestFile, openSnapshotFile } from './snapshot-reader.js';
import { createSnapshotWriter, unwritable } from './snapshot-writer.js';
import type { SnapshotAbout, SnapshotRecord, SnapshotStorage } from './storage.js';

/** An age key pair. */
export interface SnapshotKey {
  /** `age1...` */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1...` */
  readonly identity: Secret<string>;
}

export interface SnapshotLimits {
  /** Milliseconds after which a snapshot is removed. */
  readonly keep: number;
  /** The most bytes that one snapshot's file may have. */
  readonly mostBytes: number;
}

export interface SnapshotsOptions {
  readonly folder: string;
  readonly storage: SnapshotStorage;
  readonly key: SnapshotKey;
  readonly clock: Clock;
  readonly limits: SnapshotLimits;
}

export interface BeginSnapshot extends Omit<SnapshotAbout, 'sessionId' | 'agent'> {
  readonly session: Session;
}

export interface Snapshots {
  /** @throws ProtectError `SNAPSHOT_UNWRITABLE` */
  begin(about: BeginSnapshot): Promise<SnapshotDraft>;
  /** The act was committed. */
  done(id: string): Promise<void>;
  /** The act was rolled back, or never ran: the file is removed. */
  unneeded(id: string): Promise<void>;
  /** Whether the act was committed is not known. */
  uncertain(id: string): Promise<void>;
  /** The act was undone, by whom. */
  undone(id: string, by: string): Promise<void>;
  /** Newest first. */
  list(limit?: number): Promise<readonly SnapshotRecord[]>;
  /** @throws ProtectError `SNAPSHOT_UNKNOWN` */
  get(id: string): Promise<SnapshotRecord>;
  /** Looks at the file now. @throws ProtectError `SNAPSHOT_UNKNOWN`, `SNAPSHOT_ENDED`, `SNAPSHOT_DAMAGED` */
  verify(id: string): Promise<SnapshotRecord>;
  /**
   * Verifies the file, then opens it. Whoever reads a part to its end has what was written, or an error.
   *
   * @throws ProtectError `SNAPSHOT_UNKNOWN`, `SNAPSHOT_ENDED`, `SNAPSHOT_DAMAGED`
   */
  open(id: string): Promise<SnapshotReader>;
  /** Removes the files of those that are older than they are kept. Returns which. */
  expire(): Promise<readonly string[]>;
  /** At the start, before anything is begun: clears up after a crash. */
  sweep(): Promise<{ readonly removed: readonly string[]; readonly uncertain: readonly string[] }>;
}

/** States in which there is a file that matters. */
const WITH_FILE: readonly SnapshotState[] = ['sealed', 'done', 'uncertain', 'undone'];
/** What may still be undone, or was. */
const EXPIRING: readonly SnapshotState[] = ['done', 'uncertain', 'undone'];
const MANY = 1_000_000;
const DAEMON = 'firebreak';

/** @throws an error of the file system when the folder cannot be made. */
export function openSnapshots({ folder, storage, key, clock, limits }: SnapshotsOptions): Snapshots {
  makePrivateFolder(folder);
  const pathOf = (id: string) => join(folder, `${id}.snapshot`);
  const draftOf = (id: string) => join(folder, `${id}.draft`);
  const changed = (by = DAEMON) => ({ at: clock.now(), by });

  async function get(id: string): Promise<SnapshotRecord> {
    const record = await storage.get(id);
    if (record === undefined || record.state === 'draft') {
      throw new ProtectError('SNAPSHOT_UNKNOWN', `there is no snapshot \`${id}\``, {
        hint: '`firebreak undo --list` shows what there is',
      });
    }
    return record;
  }

  /** INVARIANT: a state changes by compare and set, so that nothing that ended begins again. */
  async function move(id: string, from: readonly SnapshotState[], to: SnapshotState, by?: string): Promise<void> {
    if (await storage.move(id, from, to, changed(by))) return;
    const { state } = await get(id);
    if (state === to) return;
    throw new ProtectError('SNAPSHOT_ENDED', `\`${id}\` is ${state} already`);
  }

  async function verify(id: string): Promise<SnapshotRecord> {
    const record = await get(id);
    const { sealed, state } = record;
    if (sealed === undefined || !WITH_FILE.includes(state)) {
      throw new ProtectError('SNAPSHOT_ENDED', `\`${id}\` is ${state}: its file is gone`);
    }
    const found = await digestFile(pathOf(id));
    // FAIL-CLOSED: a file that is not exactly what was sealed is not undone from.
    if (found.bytes !== sealed.bytes || found.sha256 !== sealed.sha256) {
      throw new ProtectError('SNAPSHOT_DAMAGED', `the file of \`${id}\` is not what was sealed`, {
        hint: 'put the file back from a copy of the state folder, if there is one',
      });
    }
    return record;
  }

  /** A number without a file: a store that is older than the folder would give out those of files that are there. */
  async function nextId(about: SnapshotAbout, createdAt: number): Promise<string> {
    try {
      for (;;) {
        const id = await storage.insert(about, createdAt);
        if (!existsSync(pathOf(id))) return id;
        await storage.removeDraft(id);
      }
    } catch (error) {
      throw unwritable(error);
    }
  }

  async function begin({ session, ...about }: BeginSnapshot): Promise<SnapshotDraft> {
    const createdAt = clock.now();
    const kept: SnapshotAbout = { ...about, sessionId: session.id, agent: session.agent };
    const id = await nextId(kept, createdAt);
    const forget = async () => {
      // What cannot be forgotten now is a draft without a meaning, and swept at the next start.
      await storage.removeDraft(id).catch(() => undefined);
    };
    let ended = false;
    const writer = await createSnapshotWriter(draftOf(id), key.recipient, limits.mostBytes).catch(
      async (error: unknown) => {
        await forget();
        throw error;
      },
    );

    async function discard(): Promise<void> {
      if (ended) return;
      ended = true;
      await writer.abandon();
      await forget();
    }

    return {
      id,
      part: (name) => writer.part(name),
      discard,
      async seal(contents, undoable): Promise<SealedSnapshot> {
        if (ended) throw new ProtectError('SNAPSHOT_UNWRITABLE', `\`${id}\` was given up`);
        try {
          const { holdId, ...rest } = kept;
          const shown = { ...rest, ...(holdId === undefined ? {} : { holdId }) };
          const sealed = await writer.finish({ id, createdAt, about: shown, contents, undoable });
          await readBack(draftOf(id), sealed, key.identity);
          await rename(draftOf(id), pathOf(id));
          await flushFolder(folder);
          if (!(await storage.seal(id, { ...sealed, undoable }))) throw new TypeError('it is no draft any more');
          ended = true;
          return { id, ...sealed, undoable };
        } catch (error) {
          // FAIL-CLOSED: what could not be read back as it was written is not a snapshot, and leaves nothing behind.
          await discard();
          rmSync(pathOf(id), { force: true });
          throw error instanceof ProtectError && error.code !== 'SNAPSHOT_DAMAGED' ? error : unwritable(error);
        }
      },
    };
  }

  return {
    begin,
    get,
    verify,
    done: (id) => move(id, ['sealed', 'uncertain'], 'done'),
    uncertain: (id) => move(id, ['sealed'], 'uncertain'),
    undone: (id, by) => move(id, ['done', 'uncertain'], 'undone', by),
    async unneeded(id) {
      await move(id, ['sealed', 'uncertain'], 'unneeded');
      rmSync(pathOf(id), { force: true });
    },
    async list(limit = 1000) {
      return (await storage.list({ limit })).filter(({ state }) => state !== 'draft');
    },

    async open(id) {
      await verify(id);
      const { manifest, reader } = await openSnapshotFile(pathOf(id), key.identity);
      if (manifest.id !== id) throw new ProtectError('SNAPSHOT_DAMAGED', `the file of \`${id}\` is another's`);
      return reader;
    },

    async expire() {
      const old = (await storage.list({ states: EXPIRING, limit: MANY })).filter(
        ({ createdAt }) => createdAt + limits.keep <= clock.now(),
      );
      const expired: string[] = [];
      for (const { id } of old) {
        // The state first: a file that nobody needs is swept at the next start, but a state may not promise a file.
        if (!(await storage.move(id, EXPIRING, 'expired', changed()))) continue;
        rmSync(pathOf(id), { force: true });
        expired.push(id);
      }
      return expired;
    },

    async sweep() {
      const uncertain: string[] = [];
      // FAIL-CLOSED: after a crash nobody knows whether the act of a sealed snapshot happened, so its file is kept.
      for (const { id } of await storage.list({ states: ['sealed'], limit: MANY })) {
        if (await storage.move(id, ['sealed'], 'uncertain', changed())) uncertain.push(id);
      }
      const removed: string[] = [];
      const remove = (name: string) => {
        rmSync(join(folder, name));
        removed.push(name);
      };
      for (const name of readdirSync(folder)) {
        const [, id = '', ending] = /^(S-[0-9]+)[.](draft|snapshot)$/.exec(name) ?? [];
        const state = ending === undefined ? undefined : (await storage.get(id))?.state;
        // A snapshot that the store does not know is left: the store may be the older copy of the two.
        if (ending === 'draft' || (state !== undefined && !WITH_FILE.includes(state))) remove(name);
      }
      for (const { id } of await storage.list({ states: ['draft'], limit: MANY })) await storage.removeDraft(id);
      return { removed, uncertain };
    },
  };
}

/** Reads every byte of a finished file, and every part to its end. */
async function readBack(
  path: string,
  sealed: { readonly sha256: string; readonly bytes: number },
  identity: Secret<string>,
): Promise<void> {
  const found = await digestFile(path);
  if (found.sha256 !== sealed.sha256 || found.bytes !== sealed.bytes)
    throw new ProtectError('SNAPSHOT_DAMAGED', 'it does not read back as it was written');
  const { manifest, reader } = await openSnapshotFile(path, identity);
  for (const { name } of manifest.parts) {
    for await (const chunk of reader.part(name)) void chunk.length; // `part` itself compares length and digest.
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await openFile(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
