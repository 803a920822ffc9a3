import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoError } from './errors.js';
import { makeFolder, type OsUser } from './os-user.js';

export const SUPERUSER = 'postgres';
const WITHIN_MS = 60_000;

/** See `ScratchOptions`. */
interface InitialiseOptions {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly binFolder: string;
  readonly user: OsUser | undefined;
  readonly databases?: readonly string[];
  readonly hbaMethod?: string;
  readonly superuserPassword?: string;
}

/**
 * Makes a data directory unless there is one, and returns the superuser's password, which is kept beside the data so that
 * a server can be started again.
 *
 * @throws DemoError `POSTGRES_INIT_FAILED`
 */
export async function initialise(options: InitialiseOptions): Promise<string> {
  const { dataDirectory, binFolder, user } = options;
  const passwordFile = join(options.directory, 'superuser-password');
  const known = options.superuserPassword ?? (await readFile(passwordFile, 'utf8').catch(() => undefined));
  const initialised = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (initialised !== undefined && known !== undefined) return known;

  const password = known ?? randomBytes(18).toString('base64url');
  const method = options.hbaMethod ?? 'scram-sha-256';
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  await makeFolder(dataDirectory, user);
  const flags = ['--encoding=UTF8', '--locale=C', '--no-sync', `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`];
  run(join(binFolder, 'initdb'), ['-D', dataDirectory, `--auth=${method}`, ...flags], options);
  const rules = ['all', 'replication'].flatMap((database) =>
    ['127.0.0.1/32', '::1/128'].map((from) => `host ${database} all ${from} ${method}\n`),
  );
  await writeFile(join(dataDirectory, 'pg_hba.conf'), rules.join(''));
  if (options.databases !== undefined && options.databases.length > 0) {
    // Before the server listens at all: whatever rules a test wants of pg_hba.conf, this works.
    const commands = options.databases.map((name) => `CREATE DATABASE "${name.replaceAll('"', '""')}"\n`).join('');
    const single = ['--single', '-D', dataDirectory, '-c', 'fsync=off', '-c', 'dynamic_shared_memory_type=mmap'];
    run(join(binFolder, 'postgres'), [...single, 'postgres'], options, commands);
  }
  return password;
}

function run(program: string, args: readonly string[], options: InitialiseOptions, input = ''): void {
  const done = spawnSync(program, args, {
    cwd: options.directory,
    env: serverEnvironment(),
    encoding: 'utf8',
    timeout: WITHIN_MS,
    input,
    ...options.user,
  });
  // A failing command in single-user mode says so only on its standard error.
  if (done.status === 0 && !/\b(ERROR|FATAL|PANIC):/.test(done.stderr)) return;
  throw new DemoError('POSTGRES_INIT_FAILED', `\`${program}\` failed: ${done.stderr.trim() || done.error?.message}`);
}

/** Puts the certificate where the server may read it, and returns the settings that use it; none without a certificate. */
export async function writeCertificate(
  directory: string,
  tls: { readonly certPem: string; readonly keyPem: string } | undefined,
  user: OsUser | undefined,
): Promise<Record<string, string>> {
  if (tls === undefined) return {};
  const files = {
    ssl_cert_file: join(directory, 'server.crt'),
    ssl_key_file: join(directory, 'server.key'),
  };
  await writeFile(files.ssl_cert_file, tls.certPem, { mode: 0o644 });
  await rm(files.ssl_key_file, { force: true });
  await writeFile(files.ssl_key_file, tls.keyPem, { mode: 0o600 });
  if (user !== undefined) await chown(files.ssl_key_file, user.uid, user.gid);
  return { ssl: 'on', ...files };
}

/** No PG* variable of the person's own shell may reach this server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };
}
