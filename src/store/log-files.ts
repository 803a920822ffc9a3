import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { AppendFile, FileBytes, LogReader, LogStorage } from '#record/storage';

/** Files are written here first; what a crash leaves here is of no use to anyone. */
const TEMPORARY = 'tmp';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** A log's folder, for reading: also one that another process is writing to, or a copy on read-only media. */
export function logFolderReader(folder: string): LogReader {
  return {
    list: () => listFiles(folder),
    read: (path, limit) => readFileUpTo(join(folder, path), limit),
  };
}

/** Opens a folder to keep a log in; creates it when it is missing, with mode 0700. */
export async function openLogFolder(folder: string): Promise<LogStorage> {
  await makeFolder(folder);
  // What a crash left.
  await rm(join(folder, TEMPORARY), { recursive: true, force: true });
  await makeFolder(join(folder, TEMPORARY));
  return {
    ...logFolderReader(folder),
    write: (files) => writeDurably(folder, files),
    truncate: async (path, length) => {
      await withFile(join(folder, path), constants.O_RDWR, async (file) => {
        await file.truncate(length);
        await file.sync();
      });
    },
    openAppend: (path) => openAppendFile(join(folder, path)),
    remove: async (path) => {
      await rm(join(folder, path), { recursive: true, force: true });
      // Not synced: what comes back after a power loss is a file that was replaced, and says the same.
    },
  };
}

/** Opens an existing file to append to it; `append` resolves when the bytes are on disk. */
export async function openAppendFile(path: string): Promise<AppendFile> {
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND | SYNCED);
  return {
    append: async (bytes) => {
      await writeAll(file, bytes);
      if (SYNCED === 0) await file.datasync();
    },
    close: () => file.close(),
  };
}

/**
 * On Linux a write to a file that was opened so returns when the bytes are on disk, as if fdatasync(2) had been called after
 * it (open(2), O_DSYNC): one way to the disk and back instead of two. Elsewhere it may promise less than a call to sync does.
 */
const SYNCED: number = process.platform === 'linux' ? constants.O_DSYNC : 0;

async function writeDurably(folder: string, files: readonly FileBytes[]): Promise<void> {
  const temporaries: { readonly target: string; readonly handle: FileHandle; readonly temporary: string }[] = [];
  try {
    // All are written before the first is synced, so that one commit of the file system's journal covers most of them.
    for (const { path, bytes } of files) {
      const temporary = join(folder, TEMPORARY, randomUUID());
      const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
      temporaries.push({ target: join(folder, path), handle, temporary });
      await writeAll(handle, bytes);
    }
    for (const { handle } of temporaries) await handle.datasync();
  } finally {
    for (const { handle } of temporaries) await handle.close();
  }
  const targetFolders = new Set<string>();
  for (const { target, temporary } of temporaries) {
    const targetFolder = dirname(target);
    if (!targetFolders.has(targetFolder)) await makeFolder(targetFolder);
    targetFolders.add(targetFolder);
    await rename(temporary, target);
  }
  for (const targetFolder of targetFolders) await syncFolder(targetFolder);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

async function withFile<T>(path: string, flags: number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, FILE_MODE);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Makes a folder and its parents, and makes their names durable. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** A new name is durable only when its folder is (fsync(2), "Calling fsync() does not necessarily ensure..."). */
async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, constants.O_RDONLY | constants.O_DIRECTORY, (handle) => handle.sync());
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await missingIsUndefined(() => readdir(folder, { recursive: true, withFileTypes: true }));
  return (entries ?? []).flatMap((entry: Dirent) => {
    if (entry.isDirectory()) return [];
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    return path.startsWith(`${TEMPORARY}/`) ? [] : [path];
  });
}

async function readFileUpTo(path: string, limit: number): Promise<Uint8Array | undefined> {
  return missingIsUndefined(async () => {
    // A device or a pipe has no end: only plain files are read.
    const status = await stat(path);
    if (!status.isFile() || status.size > limit) return undefined;
    return withFile(path, constants.O_RDONLY, (file) => file.readFile());
  });
}

async function missingIsUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
