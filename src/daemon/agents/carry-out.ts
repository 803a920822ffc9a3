/** Carries out what was planned for agents' settings, and keeps what was there. */
import { rmSync } from 'node:fs';
import { FirebreakError } from '#base/errors';
import type { AgentName } from '#intercept/hook/dialect';
import type { Level } from '#intercept/hook/installation';
import { fingerprint, readKept, readText, removeEmpty, replaceFile, writeKept } from './settings-files.js';

export interface Change {
  readonly agent: AgentName | 'client';
  readonly level: Level;
  readonly path: string;
  readonly before: string | undefined;
  /** Undefined: the file goes. */
  readonly after: string | undefined;
  /** What comes back later when somebody else has changed the file since; undefined: no file. */
  readonly clean: string | undefined;
  /** Nothing of ours is left in it. */
  readonly over: boolean;
}

/** @throws FirebreakError `SETTINGS_CHANGED` when a file is no longer what was shown; nothing is changed then. */
export async function carryOut(changes: readonly Change[], stateFolder: string): Promise<void> {
  for (const { path, before } of changes) {
    if (readText(path) !== before)
      throw new FirebreakError('SETTINGS_CHANGED', `\`${path}\` has just been changed by another program`, {
        hint: 'run it again',
      });
  }
  const emptied: string[] = [];
  const files = new Map(readKept(stateFolder).map((file) => [file.path, file]));
  for (const change of changes) {
    const { agent, level, path, before, after, clean, over } = change;
    const was = files.get(path);
    if (after === undefined) {
      rmSync(path, { force: true });
      emptied.push(...(was?.folders ?? []));
    } else {
      const managed = level === 'managed';
      const mode = agent === 'client' ? 0o755 : managed ? 0o644 : 0o600;
      const folders = replaceFile(path, after, mode, managed ? 0o755 : 0o700);
      // What was there before the first of our changes, unless somebody else has changed the file since.
      const unchanged = was !== undefined && before !== undefined && was.after === fingerprint(before);
      files.set(path, {
        path,
        agent,
        before: unchanged ? was.before : (clean ?? null),
        after: fingerprint(after),
        folders: [...(was?.folders ?? []), ...folders],
      });
    }
    if (over) files.delete(path);
    // After each, so that a crash leaves nothing that is not known.
    writeKept(stateFolder, [...files.values()]);
  }
  removeEmpty(emptied);
}
