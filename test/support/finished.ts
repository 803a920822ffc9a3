import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a program said, and how it ended; null when a signal ended it. */
export interface Finished {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Waits for the end of a program, which gets no further input. */
export async function finished(child: ChildProcess): Promise<Finished> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdin?.end();
  const [status] = await once(child, 'close');
  return { status: typeof status === 'number' ? status : null, out, err };
}
