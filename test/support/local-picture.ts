/** What lies in a folder, down to the nanosecond, as text that two moments can be compared by. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Picture {
  /** By path, bytes as latin1. */
  readonly [path: string]: string;
}

export interface PictureOptions {
  /** Paths below the folder that are not looked at. */
  readonly leave?: (path: string) => boolean;
}

/** Names of one file are told apart from equal files: they have the same letter. */
export function pictureOf(folder: string, { leave = () => false }: PictureOptions = {}): Picture {
  const picture: Record<string, string> = {};
  const files = new Map<string, string[]>();
  const look = (path: string) => {
    const own = path === '' ? Buffer.from(folder) : Buffer.from(`${folder}/${path}`, 'latin1');
    const stat = lstatSync(own, { bigint: true });
    const common = `${(stat.mode & 0o7777n).toString(8)} ${stat.mtimeNs}`;
    if (stat.isDirectory()) {
      picture[path] = `folder ${common}`;
      for (const name of readdirSync(own, { encoding: 'buffer' })) {
        const inner = path === '' ? name.toString('latin1') : `${path}/${name.toString('latin1')}`;
        if (!leave(inner)) look(inner);
      }
    } else if (stat.isSymbolicLink()) {
      picture[path] = `link ${stat.mtimeNs} to ${readlinkSync(own, 'buffer').toString('latin1')}`;
    } else if (stat.isFile()) {
      const digest = createHash('sha256').update(readFileSync(own)).digest('hex').slice(0, 16);
      picture[path] = `file ${common} ${stat.size} ${digest}`;
      if (stat.nlink > 1n) files.set(String(stat.ino), [...(files.get(String(stat.ino)) ?? []), path]);
    } else picture[path] = `other ${common}`;
  };
  look('');
  for (const names of files.values()) {
    for (const name of names) if (names.length > 1) picture[name] += ` also ${[...names].sort().join(' ')}`;
  }
  return picture;
}

/** One line for each path that differs. */
export function differencesBetween(before: Picture, after: Picture): readonly string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths
    .filter((path) => before[path] !== after[path])
    .map((path) => `${path || '.'}: was ${before[path] ?? 'nothing'}, is ${after[path] ?? 'nothing'}`);
}
