import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeFolder, postgresUser } from './os-user.js';
import { loadRental, type RentalLogins } from './rental-database.js';
import { startPostgres } from './scratch-postgres.js';

/**
 * A volume as the incident had it: one folder with the database in `pgdata` and, below `backups`, the "volume-level
 * backups" of it. What deletes the folder deletes both.
 */
export interface Volume {
  readonly directory: string;
  readonly dataDirectory: string;
}

export interface VolumeBackup {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Whole megabytes. */
  readonly usedMB: number;
}

/** A volume with a stopped server's data, made once and copied for each act. */
export interface VolumeTemplate {
  readonly volume: Volume;
  readonly superuserPassword: string;
  readonly logins: RentalLogins;
}

const DESCRIPTION = 'backup.json';

function volumeAt(directory: string): Volume {
  return { directory, dataDirectory: join(directory, 'pgdata') };
}

/** Builds the database in `directory/volume`, stops the server cleanly and takes the first backup. About 4 s. */
export async function buildVolume(directory: string): Promise<VolumeTemplate> {
  const user = await postgresUser();
  const volume = volumeAt(join(directory, 'volume'));
  await makeFolder(volume.directory, user);
  const postgres = await startPostgres({
    directory: join(directory, 'server'),
    dataDirectory: volume.dataDirectory,
    // Loading through a minimal, small write-ahead log leaves a small folder to copy.
    settings: {
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_wal_size: '64MB',
      min_wal_size: '32MB',
      autovacuum: 'off',
      wal_recycle: 'off',
    },
  });
  let logins: RentalLogins;
  try {
    logins = await loadRental(postgres);
  } finally {
    await postgres.stop();
  }
  await backUp(volume, 'daily');
  return { volume, superuserPassword: postgres.superuserPassword, logins };
}

/** Copies a whole volume, sharing blocks where the file system can. The server on it must be stopped. */
export async function copyVolume(from: Volume, directory: string): Promise<Volume> {
  await copyFolder(from.directory, directory);
  return volumeAt(directory);
}

/**
 * Copies the data directory into the volume itself: that is what a volume-level backup is. Of a running server this is a
 * crash-consistent copy at best, which is what the provider's snapshots are, too.
 */
export async function backUp(volume: Volume, name: string): Promise<VolumeBackup> {
  const id = randomUUID();
  const folder = join(volume.directory, 'backups', id);
  await makeFolder(folder, await postgresUser());
  await copyFolder(volume.dataDirectory, join(folder, 'pgdata'));
  const bytes = await sizeOf(folder);
  const backup = { id, name, createdAt: new Date().toISOString(), usedMB: Math.round(bytes / 1_048_576) };
  await writeFile(join(folder, DESCRIPTION), JSON.stringify(backup));
  return backup;
}

/** The backups that are on the volume now, oldest first; none when the volume is gone. */
export async function listBackups(volume: Volume): Promise<readonly VolumeBackup[]> {
  const ids = await readdir(join(volume.directory, 'backups')).catch(() => []);
  const texts = await Promise.all(
    ids.map((id) => readFile(join(volume.directory, 'backups', id, DESCRIPTION), 'utf8')),
  );
  return texts.map(asBackup).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** Removes the folder with everything in it. There is no undo: that is the point. */
export async function deleteVolume(volume: Volume): Promise<void> {
  await rm(volume.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** `cp -a` keeps owners and modes and, for a thousand small files, is several times as fast as Node's own copy. */
async function copyFolder(from: string, to: string): Promise<void> {
  const cp = spawn('cp', ['-a', from, to], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const status = new Promise<number | null>((resolve, reject) => cp.once('close', resolve).once('error', reject));
  const complaints = (await text(cp.stderr)).split('\n').filter((line) => line !== '');
  // A running server may remove a file between the listing and the copying of it.
  const onlyVanished = complaints.length > 0 && complaints.every((line) => line.endsWith('No such file or directory'));
  if ((await status) !== 0 && !onlyVanished)
    throw new Error(
      `\`${from}\` could not be copied: ${complaints.length === 0 ? 'interrupted' : complaints.join(' | ')}`,
    );
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sizeOf(path) : (await lstat(path)).size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function asBackup(text: string): VolumeBackup {
  const value: unknown = JSON.parse(text);
  if (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'name' in value &&
    'createdAt' in value &&
    'usedMB' in value
  ) {
    const { id, name, createdAt, usedMB } = value;
    return { id: String(id), name: String(name), createdAt: String(createdAt), usedMB: Number(usedMB) };
  }
  throw new TypeError('a backup describes itself');
}
