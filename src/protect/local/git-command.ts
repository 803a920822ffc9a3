/** Runs git so that nothing of a repository can make it run anything else. */
import { spawn } from 'node:child_process';
import { ProtectError } from '../errors.js';
import { shownPath } from './byte-path.js';
import type { Folder } from './folder.js';
import type { Pace } from './pace.js';

/**
 * A repository's own configuration is an input like any other: `core.fsmonitor`, hooks, aliases, `core.sshCommand`, pagers and
 * remote helpers run programs (git-config(1)). Commands are plumbing that runs no filter and no textconv; these settings and
 * `ENVIRONMENT` take care of the rest.
 */
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.sshCommand=false',
  'core.logAllRefUpdates=false',
  'core.pager=cat',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
].flatMap((setting) => ['-c', setting]);

function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  return {
    // What a person ignores everywhere, and which folders git trusts, stands in the home.
    ...(HOME === undefined ? {} : { HOME }),
    ...(XDG_CONFIG_HOME === undefined ? {} : { XDG_CONFIG_HOME }),
    PATH: PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_PAGER: 'cat',
  };
}

/** The most that one command may answer, in bytes. */
const MOST_OUTPUT = 256 * 1024 * 1024;

export interface GitAnswer {
  readonly status: number;
  readonly output: Buffer;
  readonly errors: string;
}

/** @throws ProtectError when git is not there, takes too long or answers without end. */
export async function askGit(
  folder: Folder,
  args: readonly string[],
  pace: Pace,
  input?: Uint8Array | string,
): Promise<GitAnswer> {
  pace.check();
  const child = spawn('git', [...SETTINGS, ...args], {
    cwd: folder.workingFolder,
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: pace.signal,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    let length = 0;
    const watch = setInterval(() => {
      try {
        pace.check();
      } catch (error) {
        fail(error);
      }
    }, 50);
    const fail = (error: unknown) => {
      clearInterval(watch);
      child.kill('SIGKILL');
      reject(error);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > MOST_OUTPUT) fail(new ProtectError('SNAPSHOT_TOO_LARGE', 'the repository is too large to look at'));
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < 16) errors.push(chunk);
    });
    child.stdin.on('error', () => undefined); // It ended before it read everything; its status says why.
    child.on('error', (cause) =>
      fail(new ProtectError('SNAPSHOT_UNWRITABLE', `git cannot be run: ${cause.message}`, { cause })),
    );
    child.on('close', (status) => {
      clearInterval(watch);
      resolve({
        status: status ?? -1,
        output: Buffer.concat(chunks),
        errors: Buffer.concat(errors).toString('utf8').trim(),
      });
    });
    child.stdin.end(input ?? '');
  });
}

/** Its output. @throws ProtectError also when git says that it failed. */
export async function runGit(
  folder: Folder,
  args: readonly string[],
  pace: Pace,
  input?: Uint8Array | string,
): Promise<Buffer> {
  const { status, output, errors } = await askGit(folder, args, pace, input);
  if (status === 0) return output;
  const said = errors.split('\n')[0] ?? '';
  throw new ProtectError(
    'SNAPSHOT_UNWRITABLE',
    `git ${args[0] ?? ''} failed in \`${shownPath(folder.path)}\`: ${said === '' ? `status ${status}` : shownPath(said)}`,
  );
}

/** What is separated by NUL, without the last ending. */
export function listOf(output: Buffer): readonly string[] {
  const text = output.toString('latin1');
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}
