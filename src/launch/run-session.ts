/** Starts an agent in a session that is open, fenced in when its tier says so. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { OpenedSession } from '#action/operations';
import { bwrapArguments, contains, SOCKETS_INSIDE } from './contain.js';
import { LaunchError } from './errors.js';
import { fenceIn, type Ground } from './fence-in.js';
import { seccompProgram } from './seccomp.js';
import { HOOK_SOCKET, HTTP_SOCKET, POSTGRES_SOCKET } from './session-paths.js';
import { sessionVariables } from './variables.js';

export interface Launch extends Ground {
  readonly opened: OpenedSession;
  readonly command: readonly string[];
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** The path of bubblewrap; needed for a contained session. */
  readonly bwrap: string | undefined;
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

/**
 * What to start, and with which variables.
 *
 * @throws LaunchError `WORKSPACE_UNFIT`, `LINK_REPLACEABLE` when it cannot be fenced in.
 */
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
    contained: socket !== undefined,
  });
  return {
    ...seen,
    command: socket === undefined ? launch.command : contained(launch, dirname(socket), withheld),
    variables,
    withheld,
    // The daemon removes a contained session's folder itself.
    cleanUp: () => socket === undefined && rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Starts what was prepared on this terminal.
 *
 * @returns its exit status; 128 and the number for a signal.
 * @throws LaunchError `AGENT_UNSTARTABLE`
 */
export function startAgent({ command, variables }: PreparedLaunch, workspace: string): Promise<number> {
  const [program = '', ...args] = command;
  const agent = spawn(program, args, { cwd: workspace, env: variables, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    // The terminal sends Ctrl-C to the agent as well; we stay to clean up after it. Other signals are for us alone.
    const stay = () => undefined;
    const passOn = (signal: NodeJS.Signals) => agent.kill(signal);
    process.on('SIGINT', stay);
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, passOn);
    const done = () => {
      process.off('SIGINT', stay);
      for (const name of ['SIGTERM', 'SIGHUP'] as const) process.off(name, passOn);
    };
    agent.once('error', (cause) => {
      done();
      reject(
        new LaunchError('AGENT_UNSTARTABLE', `cannot start \`${program}\`: ${cause.message}`, {
          hint: 'is it installed, and on PATH?',
          cause,
        }),
      );
    });
    agent.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** The command that puts up the fence, the bridge to the doors in it, and starts the agent. */
function contained(launch: Launch, socketFolder: string, withheld: readonly string[]): readonly string[] {
  if (launch.bwrap === undefined) throw new TypeError('a contained session needs bwrap');
  const write = (name: string, content: Uint8Array | string) => {
    const file = join(socketFolder, name);
    writeFileSync(file, content);
    return file;
  };
  const filter = seccompProgram(process.arch);
  const { hookDoor: hooks } = launch.opened;
  const bridged = [
    `${HTTP_PORT}=${join(SOCKETS_INSIDE, HTTP_SOCKET)}`,
    `${POSTGRES_PORT}=${join(SOCKETS_INSIDE, POSTGRES_SOCKET)}`,
    // Where the agent's hooks call outside, too: their settings are the person's own.
    ...(hooks?.address === undefined ? [] : [`${hooks.address}=${join(SOCKETS_INSIDE, HOOK_SOCKET)}`]),
  ];
  const bridge = join(launch.packageRoot, 'dist', 'src', 'launch', 'bridge.js');
  const fence = fenceIn(
    { ...launch, hidden: [...launch.hidden, ...namedFiles(launch, withheld)] },
    {
      socketFolder,
      emptyFile: write('empty', ''),
      seccomp: filter === undefined ? undefined : 3,
      ownTerminalSession: filter === undefined,
      command: [process.execPath, bridge, ...bridged, '--', ...launch.command],
    },
  );
  const command = [launch.bwrap, ...bwrapArguments(fence)];
  // bwrap reads the filter from a file that is open already.
  return filter === undefined
    ? command
    : ['/bin/sh', '-c', 'exec 3<"$0" && exec "$@"', write('seccomp', filter), ...command];
}

/** What a withheld variable points to is a credential too: KUBECONFIG, GOOGLE_APPLICATION_CREDENTIALS. */
function namedFiles({ inherited, workspace, home }: Launch, withheld: readonly string[]): readonly string[] {
  return withheld
    .map((name) => inherited[name] ?? '')
    .filter((value) => isAbsolute(value) && ![workspace, home, '/usr'].some((folder) => contains(value, folder)));
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
