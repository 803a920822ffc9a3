/** Which agents are on this machine. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Installation, Places } from '#intercept/hook/installation';
import { INSTALLATIONS } from '#intercept/hook/installations';

export interface DetectedAgent {
  readonly installation: Installation;
  /** Absolute paths of its programs, in the order in which a shell finds them. */
  readonly programs: readonly string[];
  /** As it says itself; undefined when it could not be asked. */
  readonly version: string | undefined;
}

/** How long a program may take to say its version, in milliseconds: those in JavaScript take seconds on a busy machine. */
const VERSION_MILLISECONDS = 20_000;

export function placesOf(environment: NodeJS.ProcessEnv, project: string): Places {
  const home = environment['HOME'] || homedir();
  const homes = {
    'claude-code': environment['CLAUDE_CONFIG_DIR'],
    codex: environment['CODEX_HOME'],
    gemini: environment['GEMINI_CLI_HOME'],
    copilot: environment['COPILOT_HOME'],
    opencode: environment['OPENCODE_CONFIG_DIR'] ?? xdg(environment['XDG_CONFIG_HOME']),
  };
  return {
    platform: process.platform === 'darwin' ? 'darwin' : 'linux',
    root: environment['FIREBREAK_MANAGED_ROOT'] ?? '',
    home,
    project,
    homes: Object.fromEntries(Object.entries(homes).flatMap(([name, path]) => (path ? [[name, resolve(path)]] : []))),
  };
}

function xdg(folder: string | undefined): string | undefined {
  return folder ? join(folder, 'opencode') : undefined;
}

/** The repository that a folder lies in; the folder itself when it lies in none. */
export function projectOf(folder: string): string {
  for (let at = folder; ; at = resolve(at, '..')) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === resolve(at, '..')) return folder;
  }
}

export async function detectAgents(
  environment: NodeJS.ProcessEnv,
  { home }: Places,
): Promise<readonly DetectedAgent[]> {
  const found = INSTALLATIONS.map(async (installation) => {
    const programs = installation.programs.flatMap((name) => programsCalled(name, environment['PATH'] ?? ''));
    const [first] = programs;
    const used = installation.traces.some((trace) => existsSync(join(home, trace)));
    if (first === undefined && !used) return [];
    return [{ installation, programs, version: first && (await versionOf(first, environment)) }];
  });
  return (await Promise.all(found)).flat();
}

/** Every program of that name on the search path; links to the same file count once. */
function programsCalled(name: string, searchPath: string): readonly string[] {
  const seen = new Set<string>();
  return searchPath.split(delimiter).flatMap((folder) => {
    const path = join(folder, name);
    if (folder === '' || !isProgram(path)) return [];
    const real = realpathSync(path);
    if (seen.has(real)) return [];
    seen.add(real);
    return [path];
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Missing, or not for us: no program that an agent would start as.
  }
}

function versionOf(program: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((done) => {
    const child = spawn(program, ['--version'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...environment, DISABLE_AUTOUPDATER: '1', OPENCODE_DISABLE_AUTOUPDATE: '1', NO_COLOR: '1' },
      timeout: VERSION_MILLISECONDS,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', () => done(undefined)); // It cannot be asked, and doctor says so.
    child.on('close', () => done(/\d+\.\d+\.\d+[\w.-]*/.exec(text)?.[0]));
  });
}
