/** Starts an agent in a session that is open, fenced in when its tier says so, and resolves with its exit status. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { OpenedSession } from '#action/operations';
import { bwrapArguments, CREDENTIAL_FILES, CREDENTIAL_FOLDERS, SOCKETS_INSIDE } from './contain.js';
import { sessionVariables } from './variables.js';

export interface RunSession {
  readonly opened: OpenedSession;
  readonly command: readonly string[];
  readonly workspace: string;
  readonly inherited: NodeJS.ProcessEnv;
  /** Never to be seen by the agent: the state folder, the folder of the vault's key. */
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
  /** The program that bridges loopback ports to sockets, and the folder it needs. */
  readonly bridge: string;
  readonly packageRoot: string;
  /** Told what the agent was not given. */
  readonly say: (text: string) => void;
  /** Stops the agent. */
  readonly signal?: AbortSignal;
  readonly stdio?: 'inherit' | readonly ['ignore', 'pipe', 'pipe'];
  /** Given the agent's process as soon as it runs. */
  readonly started?: (agent: ChildProcess) => void;
}

/** Ports on the loopback of a contained session, where nothing else listens. */
const HTTP_PORT = 7480;
const POSTGRES_PORT = 7432;

export async function runSession(run: RunSession): Promise<number> {
  const contained = run.opened.httpDoor?.socket !== undefined;
  const bundleFolder = mkdtempSync(join(contained ? run.workspace : tmpdir(), '.firebreak-ca-'));
  const caBundle = join(bundleFolder, 'ca.pem');
  // Programs take one file, so the session's authority stands beside the public ones.
  writeFileSync(caBundle, [run.opened.caPem, systemAuthorities()].join('\n'));
  try {
    const { variables, withheld } = sessionVariables({
      inherited: run.inherited,
      httpProxy: contained ? `127.0.0.1:${HTTP_PORT}` : run.opened.httpDoor?.address,
      postgres: contained ? `127.0.0.1:${POSTGRES_PORT}` : run.opened.postgresDoor?.address,
      caBundle,
      placeholders: withVariables(run.opened),
      sessionId: run.opened.session.id,
    });
    if (withheld.length > 0) run.say(`withheld from the agent: ${withheld.join(', ')}`);
    const [program = '', ...args] = contained ? ['bwrap', ...fence(run)] : run.command;
    const agent = spawn(program, args, { cwd: run.workspace, env: variables, stdio: run.stdio === undefined || run.stdio === 'inherit' ? 'inherit' : [...run.stdio] });
    run.started?.(agent);
    return await ended(agent, run);
  } finally {
    rmSync(bundleFolder, { recursive: true, force: true });
  }
}

function fence(run: RunSession): string[] {
  const home = homedir();
  const socket = run.opened.httpDoor?.socket ?? '';
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const covered = (path: string) => path.startsWith('/tmp/') || path.startsWith('/run/') || path.startsWith(`${home}/`);
  const bridged = [`${HTTP_PORT}=${SOCKETS_INSIDE}/http.sock`, `${POSTGRES_PORT}=${SOCKETS_INSIDE}/postgres.sock`];
  return bwrapArguments({
    workspace: run.workspace,
    home,
    hiddenFolders: [...CREDENTIAL_FOLDERS.map((name) => join(home, name)), ...run.hidden].filter(isFolder),
    hiddenFiles: CREDENTIAL_FILES.map((name) => join(home, name)).filter((path) => existsSync(path)),
    // The bridge must be there although its folder may be covered, and nobody inside may change it.
    readOnly: [...run.readOnly.filter((path) => existsSync(path)), ...(covered(`${run.packageRoot}/`) ? [run.packageRoot] : [])],
    socketFolder: dirname(socket),
    command: [process.execPath, run.bridge, ...bridged, '--', ...run.command],
  });
}

/** Where each placeholder goes: the declared variables; else the provider's own names, and `<RESOURCE>_URL`. */
function withVariables({ placeholders }: OpenedSession) {
  const databases = placeholders.filter((one) => one.kind === 'postgres');
  return placeholders.map((one) => {
    const own = one.resource.toUpperCase().replaceAll('-', '_');
    const usual = one.kind === 'postgres' ? [`${own}_URL`, ...(databases.length === 1 ? ['DATABASE_URL'] : [])] : [`${own}_TOKEN`, ...(one.resource === 'railway' ? ['RAILWAY_API_TOKEN'] : [])];
    return { ...one, variables: one.variables ?? usual };
  });
}

function systemAuthorities(): string {
  const file = '/etc/ssl/certs/ca-certificates.crt';
  return existsSync(file) ? readFileSync(file, 'utf8') : rootCertificates.join('\n');
}

function ended(agent: ChildProcess, run: RunSession): Promise<number> {
  return new Promise((resolve, reject) => {
    // The terminal sends Ctrl-C to the agent as well; we stay to clean up after it.
    const stay = () => undefined;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stay);
    const kill = () => agent.kill('SIGTERM');
    run.signal?.addEventListener('abort', kill, { once: true });
    agent.once('error', reject);
    agent.once('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stay);
      run.signal?.removeEventListener('abort', kill);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
