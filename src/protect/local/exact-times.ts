/**
 * Sets times to the nanosecond. Node gives the operating system a number of seconds in floating point, which is a quarter of a
 * microsecond off; touch(1) is exact.
 */
import { spawn } from 'node:child_process';
import { lutimesSync, utimesSync } from 'node:fs';
import type { BytePath } from './byte-path.js';
import type { Nanoseconds } from './kept-format.js';

const NANOSECONDS = 1_000_000_000n;
/** Words of one command, in bytes; Linux takes two megabytes. */
const MOST_WORDS = 100_000;

/** As close as Node gets, without following a link. */
export function setTime(path: Buffer, mtime: Nanoseconds, isLink: boolean): void {
  const seconds = Number(BigInt(mtime)) / 1e9;
  (isLink ? lutimesSync : utimesSync)(path, seconds, seconds);
}

export interface TimeToSet {
  /** Absolute. */
  readonly path: BytePath;
  readonly mtime: Nanoseconds;
}

/** Sets them in this order. @returns false when not all could be set exactly. */
export async function setTimesExactly(times: readonly TimeToSet[]): Promise<boolean> {
  if (times.length === 0) return true;
  const script: Buffer[] = [];
  for (let at = 0; at < times.length; ) {
    const { mtime } = times[at] ?? { mtime: '0' };
    const words: Buffer[] = [];
    // Files that were written together often have the same time.
    for (let length = 0; times[at]?.mtime === mtime && length < MOST_WORDS; at += 1) {
      const word = Buffer.from(` '${(times[at]?.path ?? '').replaceAll("'", "'\\''")}'`, 'latin1');
      length += word.length;
      words.push(word);
    }
    script.push(Buffer.from(`touch -hcmd '${dateOf(BigInt(mtime))}' --`), ...words, Buffer.from(' || failed=1\n'));
  }
  script.push(Buffer.from(`exit "\${failed:-0}"\n`));
  const child = spawn('sh', ['-s'], {
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (status) => resolve(status === 0));
    child.stdin.on('error', () => undefined); // Its status says that it did not read everything.
    child.stdin.end(Buffer.concat(script));
  });
}

/** `2026-11-20T10:00:00.123456789Z` */
function dateOf(nanoseconds: bigint): string {
  const part = ((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  const seconds = (nanoseconds - part) / NANOSECONDS;
  const date = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, '');
  return `${date}.${String(part).padStart(9, '0')}Z`;
}
