/** Runs git so that nothing of a repository can make it run anything else. */
import { spawn } from 'node:child_process';
import { visibleLine } from '#action/visible-text';
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

interface Running {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: Folder;
  readonly input?: Uint8Array | string | undefined;
  readonly more?: Readonly<Record<string, string>> | undefined;
  /** Descriptors from 3 on that are read beside the standard output. */
  readonly outputs?: number;
}

/** @throws ProtectError when git is not there, takes too long or answers without end. */
export async function askGit(
  folder: Folder,
  args: readonly string[],
  pace: Pace,
  input?: Uint8Array | string,
  more?: Readonly<Record<string, string>>,
): Promise<GitAnswer> {
  const { outputs, ...rest } = await started(
    { program: 'git', args: [...SETTINGS, ...args], folder, input, more },
    pace,
  );
  return { ...rest, output: outputs[0] ?? Buffer.alloc(0) };
}

/** Its output. @throws ProtectError also when git says that it failed. */
export async function runGit(
  folder: Folder,
  args: readonly string[],
  pace: Pace,
  input?: Uint8Array | string,
  more?: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const { status, output, errors } = await askGit(folder, args, pace, input, more);
  if (status !== 0) throw failed(args[0] ?? '', folder, status, errors);
  return output;
}

/**
 * The outputs of several commands at the same time. Starting a process holds up the daemon for some milliseconds, so one
 * shell starts them all.
 *
 * @throws ProtectError also when one of them fails.
 */
export async function runTogether(
  folder: Folder,
  commands: readonly (readonly string[])[],
  pace: Pace,
): Promise<readonly Buffer[]> {
  const lines = commands.map((args, index) => {
    const words = ['git', ...SETTINGS, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    return `${words.join(' ')} >&${index + 3} &\np${index}=$!`;
  });
  const waits = commands.map((_, index) => `wait $p${index} || exit`);
  const args = ['-c', [...lines, ...waits].join('\n')];
  const { status, outputs, errors } = await started({ program: 'sh', args, folder, outputs: commands.length }, pace);
  if (status !== 0) throw failed(commands[0]?.[0] ?? '', folder, status, errors);
  return outputs.slice(1);
}

function failed(command: string, folder: Folder, status: number, errors: string): ProtectError {
  const said = errors.split('\n')[0] ?? '';
  return new ProtectError(
    'SNAPSHOT_UNWRITABLE',
    `git ${command} failed in \`${shownPath(folder.path)}\`: ${said === '' ? `status ${status}` : visibleLine(said)}`,
  );
}

async function started(
  { program, args, folder, input, more = {}, outputs = 0 }: Running,
  pace: Pace,
): Promise<{ readonly status: number; readonly outputs: readonly Buffer[]; readonly errors: string }> {
  pace.check();
  const child = spawn(program, [...args], {
    cwd: folder.workingFolder,
    env: { ...environment(), ...more },
    stdio: ['pipe', 'pipe', 'pipe', ...Array.from({ length: outputs }, () => 'pipe' as const)],
  });
  const errors: Buffer[] = [];
  const found: Buffer[][] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearInterval(watch);
      child.kill('SIGKILL');
      reject(error);
    };
    const watch = setInterval(() => {
      try {
        pace.check();
      } catch (error) {
        fail(error);
      }
    }, 50);
    for (const stream of [child.stdout, ...child.stdio.slice(3)]) {
      const chunks: Buffer[] = [];
      found.push(chunks);
      stream?.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MOST_OUTPUT)
          fail(new ProtectError('SNAPSHOT_TOO_LARGE', 'the repository is too large to look at'));
      });
    }
    child.stderr?.on('data', (chunk: Buffer) => {
      if (errors.length < 16) errors.push(chunk);
    });
    child.stdin?.on('error', () => undefined); // It ended before it read everything; its status says why.
    child.on('error', (cause) =>
      fail(new ProtectError('SNAPSHOT_UNWRITABLE', `git cannot be run: ${cause.message}`, { cause })),
    );
    child.on('close', (status) => {
      clearInterval(watch);
      const said = Buffer.concat(errors).toString('utf8').trim();
      resolve({ status: status ?? -1, outputs: found.map((chunks) => Buffer.concat(chunks)), errors: said });
    });
    child.stdin?.end(input ?? '');
  });
}

/** What is separated by NUL, without the last ending. */
export function listOf(output: Buffer): readonly string[] {
  const text = output.toString('latin1');
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}
