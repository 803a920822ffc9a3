/** Agents' settings files on disk: read, replaced whole, and known again for `firebreak init --undo`. */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { digestText } from '#base/bytes';
import { writeFileDurably } from '#base/durable-file';
import { FirebreakError } from '#base/errors';
import { randomText } from '#base/ids';

/** What is kept of a file that was changed, so that it can be put back. */
const kept = z.strictObject({
  path: z.string(),
  agent: z.string(),
  /** Its text before Firebreak; null: there was no file. */
  before: z.string().nullable(),
  /** Of the text that Firebreak wrote. */
  after: z.string(),
  /** Folders that were made for it, outermost first. */
  folders: z.array(z.string()),
});

export type KeptFile = z.infer<typeof kept>;

const keptFiles = z.strictObject({ version: z.literal(1), files: z.array(kept) });

const NAME = 'agent-hooks.json';

/** @throws FirebreakError `STATE_BROKEN` */
export function readKept(stateFolder: string): readonly KeptFile[] {
  const path = join(stateFolder, NAME);
  const text = readText(path);
  if (text === undefined) return [];
  try {
    return keptFiles.parse(JSON.parse(text)).files;
  } catch (cause) {
    throw new FirebreakError('STATE_BROKEN', `\`${path}\` is not what Firebreak wrote`, {
      hint: 'without it `firebreak init --undo` takes out the hooks alone: move it away',
      cause,
    });
  }
}

export function writeKept(stateFolder: string, files: readonly KeptFile[]): void {
  const path = join(stateFolder, NAME);
  if (files.length === 0) rmSync(path, { force: true });
  else writeFileDurably(path, `${JSON.stringify({ version: 1, files }, undefined, 2)}\n`);
}

/** Undefined when there is no such file. Not of UTF-8 is an error: it would not come back as it was. */
export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes))
    throw new FirebreakError('SETTINGS_NOT_READ', `\`${path}\` is not UTF-8`, { hint: 'put the hooks in by hand' });
  return text;
}

export const fingerprint = digestText;

/** Where a path leads to, as far as it exists. */
export function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return path === dirname(path) ? path : join(realPath(dirname(path)), basename(path));
}

/**
 * Replaces a file at once, with the mode and the owner that it had; through a link, what the link leads to.
 *
 * @param mode of a new file
 * @returns the folders that had to be made, outermost first
 */
export function replaceFile(path: string, text: string, mode: number, folderMode: number): readonly string[] {
  const folders = makeFolders(dirname(path), folderMode);
  const target = existsSync(path) ? realpathSync(path) : path;
  const old = existsSync(target) ? statSync(target) : undefined;
  const aside = `${target}.${randomText(8)}.tmp`;
  try {
    writeFileSync(aside, text, { flag: 'wx', mode: 0o600 });
    chmodSync(aside, old === undefined ? mode : old.mode & 0o7777);
    if (old !== undefined && process.getuid?.() === 0) chownSync(aside, old.uid, old.gid);
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  return folders;
}

/** Removes those of the folders that were made for settings in which nothing is any more. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of [...new Set(folders)].sort((a, b) => b.length - a.length)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      // Somebody else's things are in it by now.
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'ENOENT')))
        throw error;
    }
  }
}

function makeFolders(path: string, mode: number): readonly string[] {
  if (existsSync(path)) return [];
  const above = makeFolders(dirname(path), mode);
  mkdirSync(path, { mode });
  chmodSync(path, mode); // Whatever the umask says: other users' agents must be able to read managed settings.
  return [...above, path];
}

/** True when this user may write the file, or make it. */
export function mayWrite(path: string): boolean {
  try {
    const link = lstatSync(path, { throwIfNoEntry: false });
    if (link !== undefined) accessSync(path, constants.W_OK);
    let folder = dirname(link === undefined ? path : realpathSync(path));
    while (!existsSync(folder)) folder = dirname(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // Another level may do.
  }
}
