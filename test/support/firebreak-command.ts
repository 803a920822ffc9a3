/** The built command line as a child process, with an environment that holds nothing of the tester's. */
import { spawn } from 'node:child_process';
import { packageFile } from '../../demo/package-root.js';

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** In addition to PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; none by default. */
  readonly input?: string | Uint8Array;
}

/** Runs `firebreak ...` to its end. */
export function firebreak(args: readonly string[], { cwd, env = {}, input }: CommandOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [packageFile('dist', 'src', 'main.js'), ...args], {
    cwd,
    // Agents of the tester's keep their settings: what an administrator sets for them lies in the folder, too.
    env: { PATH: process.env['PATH'], HOME: cwd, FIREBREAK_MANAGED_ROOT: cwd, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  child.stdin.on('error', () => undefined); // A command that needs no input may end before it has read it.
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...text })));
}
