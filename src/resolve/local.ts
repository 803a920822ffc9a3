/** Answers about this machine: what a script says, what lies at a path, where the work begins. Reads only; runs git's plumbing. */
import { execFile } from 'node:child_process';
import { lstat, open, readFile, realpath } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Answer, MOST_TEXT, type PathEntry, type Question } from '#action/question';
import { expandGlob } from '#base/shell-glob';

/** A pattern with more matches is not looked at one by one. */
const MOST_ENTRIES = 2_000;

/** What git may take for one answer, in milliseconds. */
const GIT_TIMEOUT = 2_000;

type LocalQuestion = Extract<Question, { kind: 'file-text' | 'path' | 'workspace' }>;

/**
 * @param own where this installation of Firebreak keeps its state and keys, absolute.
 * @returns undefined when it cannot be told. FAIL-CLOSED: what is not answered counts as there, and as worth keeping.
 */
export async function answerLocal(question: LocalQuestion, own: readonly string[] = []): Promise<Answer | undefined> {
  switch (question.kind) {
    case 'file-text':
      return { kind: 'file-text', text: await textOf(question.path) };
    case 'path': {
      const entries = await entriesAt(question);
      return entries && { kind: 'path', entries };
    }
    case 'workspace':
      return workspaceOf(question.folder, own);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (!(await file.stat()).isFile() || size > MOST_TEXT) return undefined;
      const bytes = await file.readFile();
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } finally {
      await file.close();
    }
  } catch {
    return undefined; // No file, or no text: there is nothing to follow.
  }
}

async function entriesAt(question: Extract<Question, { kind: 'path' }>): Promise<readonly PathEntry[] | undefined> {
  const paths = question.pattern ? await expandGlob(question.path, MOST_ENTRIES) : [question.path];
  if (paths === undefined) return undefined;
  const mounts = await mountPoints();
  const entries: PathEntry[] = [];
  for (const path of paths) {
    const entry = await entryAt(path, mounts, question.git);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

async function entryAt(path: string, mounts: readonly string[], git: boolean): Promise<PathEntry | undefined> {
  let facts: Awaited<ReturnType<typeof lstat>>;
  let real: string;
  try {
    facts = await lstat(path);
    real = join(await realpath(dirname(path)), basename(path));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
      return undefined;
    throw thrown;
  }
  const type = facts.isSymbolicLink() ? 'link' : facts.isDirectory() ? 'folder' : facts.isFile() ? 'file' : 'other';
  return {
    path: real,
    type,
    mount: type !== 'link' && mounts.some((mount) => mount === real || mount.startsWith(`${real}/`)),
    ...(git ? await gitSays(real) : { tracked: false, ignored: false }),
  };
}

/** Where other file systems begin (proc_pid_mountinfo(5)); nowhere on systems that do not tell. */
async function mountPoints(): Promise<readonly string[]> {
  try {
    const text = await readFile('/proc/self/mountinfo', 'utf8');
    return text
      .split('\n')
      .map((line) =>
        (line.split(' ')[4] ?? '').replace(/\\(\d{3})/gu, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
      )
      .filter((mount) => mount.length > 1);
  } catch {
    return []; // Not Linux: mounts show by their device when a copy is made.
  }
}

const run = promisify(execFile);

async function gitSays(path: string): Promise<{ readonly tracked: boolean; readonly ignored: boolean }> {
  const folder = dirname(path);
  const git = async (...args: readonly string[]) => {
    const options = {
      cwd: folder,
      timeout: GIT_TIMEOUT,
      env: { PATH: process.env['PATH'], GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    };
    const plain = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--literal-pathspecs'];
    return run('git', [...plain, ...args], options).then(
      ({ stdout }) => stdout,
      () => undefined, // No repository, nothing found, or no git.
    );
  };
  const listed = await git('ls-files', '-z', '--', path);
  // FAIL-CLOSED: where git does not answer, what lies there counts as followed.
  return {
    tracked: listed === undefined || listed !== '',
    ignored: (await git('check-ignore', '-q', '--', path)) !== undefined,
  };
}

async function workspaceOf(folder: string, own: readonly string[]): Promise<Answer> {
  const home = homedir();
  const temporary = [...new Set([tmpdir(), await real(tmpdir())])];
  const root = (await repositoryOf(folder)) ?? folder;
  const realRoot = await real(root);
  const wide = [root, realRoot].some(
    (path) => path === '/' || [home, '/root', '/home', '/Users'].some((one) => `${one}/`.startsWith(`${path}/`)),
  );
  const known = wide ? undefined : root;
  return { kind: 'workspace', root: known, realRoot: wide ? undefined : realRoot, home, temporary, own };
}

async function repositoryOf(folder: string): Promise<string | undefined> {
  for (let current = folder; current !== dirname(current); current = dirname(current)) {
    if (
      await lstat(join(current, '.git')).then(
        () => true,
        () => false,
      )
    )
      return current;
  }
  return undefined;
}

const real = (path: string) => realpath(path).catch(() => path); // It is not there: it leads nowhere else.
