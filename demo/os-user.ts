import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, sep } from 'node:path';
import { DemoError } from './errors.js';

/** An operating system user, as `spawn` takes it. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` if that user exists, else as `nobody`. */
export async function postgresUser(): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([candidate]) => candidate === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

/**
 * Makes a folder that this user owns. The folders above it must let the user through; those which are ours and lie in the
 * temporary folder (what `mkdtemp` made) are opened for passing, not for listing.
 *
 * @throws DemoError `FOLDER_UNREACHABLE`
 */
export async function makeFolder(folder: string, user: OsUser | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user === undefined) return;
  await chown(folder, user.uid, user.gid);
  const temporary = (await realpath(tmpdir())) + sep;
  for (let above = dirname(await realpath(folder)); above.startsWith(temporary); above = dirname(above)) {
    const { mode, uid } = await stat(above);
    if (uid === 0 && (mode & 0o001) === 0) await chmod(above, (mode & 0o7777) | 0o011);
  }
  if (spawnSync('test', ['-w', folder], { cwd: '/', stdio: 'ignore', ...user }).status === 0) return;
  throw new DemoError(
    'FOLDER_UNREACHABLE',
    `the user that PostgreSQL runs as (uid ${user.uid}) cannot enter \`${folder}\``,
    {
      hint: 'set TMPDIR to a folder that every user may enter, or run as an ordinary user',
    },
  );
}
