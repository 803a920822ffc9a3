/** Starts an agent in a session that is open, fenced in when its tier says so. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { OpenedSession } from '#action/operations';
import { bwrapArguments, CREDENTIAL_FILES, CREDENTIAL_FOLDERS, SOCKETS_INSIDE } from './contain.js';
import { sessionVariables } from './variables.js';

export interface Launch {
  readonly opened: OpenedSession;
  readonly command: readonly string[];
  readonly workspace: string;
  readonly home: string;
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Never to be seen by the agent: the state folder, the folder of the vault's key. */
  readonly hidden: readonly string[];
  /** May be read, not changed: the configuration, policies, and what the command itself needs from a covered folder. */
  readonly readOnly: readonly string[];
  readonly packageRoot: string;
}

export interface PreparedLaunch {
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Names of variables that the agent is not given, because they look like credentials. */
  readonly withheld: readonly string[];
  /** The database and the proxy as the agent sees them, `host:port`. */
  readonly postgres: string | undefined;
  readonly httpProxy: string | undefined;
  readonly caBundle: string;
  /** Removes what was written for the launch. */
  cleanUp(): void;
}

/** Ports on the loopback of a contained session, where nothing else listens. */
const HTTP_PORT = 7480;
const POSTGRES_PORT = 7432;

/** What to start, and with which variables. */
export function prepareLaunch(launch: Launch): PreparedLaunch {
  const { opened } = launch;
  const socket = opened.httpDoor?.socket;
  // Programs take one file, so the session's authority stands beside the public ones.
  const bundle = [opened.caPem, systemAuthorities()].join('\n');
  const folder = socket === undefined ? mkdtempSync(join(tmpdir(), 'firebreak-ca-')) : dirname(socket);
  writeFileSync(join(folder, 'ca.pem'), bundle);
  const seen = {
    caBundle: join(socket === undefined ? folder : SOCKETS_INSIDE, 'ca.pem'),
    httpProxy: socket === undefined ? opened.httpDoor?.address : `127.0.0.1:${HTTP_PORT}`,
    postgres: socket === undefined ? opened.postgresDoor?.address : `127.0.0.1:${POSTGRES_PORT}`,
  };
  const { variables, withheld } = sessionVariables({
    ...seen,
    inherited: launch.inherited,
    placeholders: withVariables(opened),
    sessionId: opened.session.id,
  });
  return {
    ...seen,
    command: socket === undefined ? launch.command : ['bwrap', ...fence(launch, dirname(socket))],
    variables,
    withheld,
    // The daemon removes a contained session's folder itself.
    cleanUp: () => socket === undefined && rmSync(folder, { recursive: true, force: true }),
  };
}

/** Starts what was prepared on this terminal. @returns its exit status; 128 and the number for a signal. */
export function startAgent({ command, variables }: PreparedLaunch, workspace: string): Promise<number> {
  const [program = '', ...args] = command;
  const agent = spawn(program, args, { cwd: workspace, env: variables, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    // The terminal sends Ctrl-C to the agent as well; we stay to clean up after it.
    const stay = () => undefined;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stay);
    agent.once('error', reject);
    agent.once('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stay);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function fence(launch: Launch, socketFolder: string): string[] {
  const { home } = launch;
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const bridged = [`${HTTP_PORT}=${SOCKETS_INSIDE}/http.sock`, `${POSTGRES_PORT}=${SOCKETS_INSIDE}/postgres.sock`];
  const bridge = join(launch.packageRoot, 'dist', 'src', 'launch', 'bridge.js');
  return bwrapArguments({
    workspace: launch.workspace,
    home,
    hiddenFolders: [...CREDENTIAL_FOLDERS.map((name) => join(home, name)), ...launch.hidden].filter(isFolder),
    hiddenFiles: CREDENTIAL_FILES.map((name) => join(home, name)).filter((path) => existsSync(path)),
    // The bridge must be there although its folder may be covered, and nobody inside may change it.
    readOnly: [...launch.readOnly, launch.packageRoot].filter((path) => existsSync(path)),
    socketFolder,
    command: [process.execPath, bridge, ...bridged, '--', ...launch.command],
  });
}

/** Where each placeholder goes: the declared variables; else the provider's own names, and `<RESOURCE>_URL`. */
function withVariables({ placeholders }: OpenedSession) {
  const databases = placeholders.filter((one) => one.kind === 'postgres');
  return placeholders.map((one) => {
    const own = one.resource.toUpperCase().replaceAll('-', '_');
    const usual =
      one.kind === 'postgres'
        ? [`${own}_URL`, ...(databases.length === 1 ? ['DATABASE_URL'] : [])]
        : [`${own}_TOKEN`, ...(one.resource === 'railway' ? ['RAILWAY_API_TOKEN'] : [])];
    return { ...one, variables: one.variables ?? usual };
  });
}

function systemAuthorities(): string {
  const file = '/etc/ssl/certs/ca-certificates.crt';
  return existsSync(file) ? readFileSync(file, 'utf8') : rootCertificates.join('\n');
}
