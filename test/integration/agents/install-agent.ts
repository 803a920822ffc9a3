/** Real agents for the tests, from npm, in a cache folder outside the repository: they are hundreds of megabytes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface AgentPackage {
  readonly name: string;
  /** Exact, for agents change every week. */
  readonly version: string;
  /** Its program, relative to `node_modules`. Native ones are called directly: no install script runs here. */
  readonly program: string;
}

/** Installs it once. @returns the path of its program. */
export async function installAgent({ name, version, program }: AgentPackage): Promise<string> {
  const folder = join(cacheFolder(), `${name}@${version}`);
  const path = join(folder, 'node_modules', program);
  if (existsSync(path)) return path;
  await mkdir(dirname(folder), { recursive: true });
  // Under another name first: two test processes may install at the same time, and one may be stopped halfway.
  const temporary = await mkdtemp(`${folder}.new-`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', temporary, `${name}@${version}`];
  await promisify(execFile)('npm', args, { timeout: 300_000, maxBuffer: 16_777_216 });
  await rename(temporary, folder).catch(async (error: unknown) => {
    await rm(temporary, { recursive: true, force: true });
    if (!existsSync(path)) throw error; // Otherwise the other process was first.
  });
  if (!existsSync(path)) throw new Error(`${name}@${version} has no \`${program}\``);
  return path;
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'firebreak-test-agents');
}
