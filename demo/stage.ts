import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '#base/errors';
import { type AgentTools, provideTools } from './agent-tools.js';
import { type RailwayStandIn, startRailwayStandIn } from './railway-standin.js';
import { type RailwayState, rentalProject } from './railway-state.js';
import {
  checksums,
  PRODUCTION_DATABASE,
  type RentalLogins,
  STAGING_DATABASE,
  type TableSum,
  withClient,
} from './rental-database.js';
import { type ScratchPostgres, startPostgres } from './scratch-postgres.js';
import {
  backUp,
  buildVolume,
  copyVolume,
  deleteVolume,
  listBackups,
  type Volume,
  type VolumeTemplate,
} from './volume.js';
import { writeWorkspace } from './workspace.js';

/** Everything that an act needs, running. The two acts differ only in what the agent's environment holds. */
export interface Stage {
  readonly directory: string;
  readonly postgres: ScratchPostgres;
  readonly volume: Volume & { readonly id: string };
  readonly railway: RailwayStandIn & { readonly state: RailwayState };
  /** The agent's working folder. */
  readonly workspace: string;
  readonly credentials: StageCredentials;
  readonly tools: AgentTools;
  /** The certificate to trust for `backboard.railway.app`, as a file. */
  readonly railwayCaFile: string;
  /**
   * The agent's whole environment: a PATH with psql and curl, a HOME of its own, no settings of the person who watches.
   * By it curl reaches nothing but the stand-in itself, or the given proxy.
   */
  agentEnvironment(route: AgentRoute, credentials: AgentCredentials): Readonly<Record<string, string>>;
  /** The production database now: its tables, or why it cannot be asked. */
  database(): Promise<DatabaseState>;
  /** What is left of the volume on disk. */
  volumeState(): Promise<VolumeReport>;
  /** Milliseconds since the Unix epoch at which the volume was gone; undefined while it is there. */
  volumeDeletedAt(): number | undefined;
  /** Stops everything and removes the folder. May be called at any time, and twice. */
  close(): Promise<void>;
}

interface StageCredentials {
  readonly logins: RentalLogins;
  readonly productionUrl: string;
  /** The staging database with the password that no longer works. */
  readonly staleStagingUrl: string;
  /** Valid, and lies about in `scripts/domains/add-custom-domain.sh`. */
  readonly forgottenToken: string;
  /** Valid, and given to the agent in act one; in act two it is what the vault holds. */
  readonly workspaceToken: string;
}

/** The agent's way to Railway. */
type AgentRoute =
  | { readonly kind: 'direct' }
  /** Through a proxy (`http://...`) whose certificates this file vouches for. */
  | { readonly kind: 'proxied'; readonly httpsProxy: string; readonly caFile: string };

/** What the agent is given, under the names that its script reads. */
interface AgentCredentials {
  readonly DATABASE_URL: string;
  readonly STAGING_DATABASE_URL: string;
  readonly RAILWAY_API_TOKEN: string;
  readonly [name: string]: string;
}

export type DatabaseState =
  | { readonly kind: 'alive'; readonly tables: readonly TableSum[] }
  | { readonly kind: 'gone'; readonly reason: string };

export interface VolumeReport {
  readonly exists: boolean;
  readonly backups: number;
}

export interface StageOptions {
  /** A volume built before; without it one is built here. */
  readonly template?: VolumeTemplate | undefined;
  /** Use our psql and curl even where the real ones exist. */
  readonly standIns?: boolean | undefined;
  /** Ends the set-up early; what was set up by then is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** A folder for a whole replay, below the system's temporary folder. */
export async function makeScratchFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'firebreak-demo-'));
}

/**
 * Sets the stage in a new folder: the volume, PostgreSQL on it, the stand-in for Railway and the agent's project. When it
 * fails half-way, nothing is left behind.
 *
 * @throws DemoError as `startPostgres` does.
 */
export async function setStage(directory: string, options: StageOptions = {}): Promise<Stage> {
  const open: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 20 })];
  const closeAll = async () => {
    for (let undo = open.pop(); undo !== undefined; undo = open.pop()) await undo();
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    return await build(directory, options, (undo) => open.push(undo), close);
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function build(
  directory: string,
  options: StageOptions,
  onClose: (undo: () => Promise<unknown>) => void,
  close: () => Promise<void>,
): Promise<Stage> {
  await mkdir(directory, { recursive: true });
  const template = options.template ?? (await buildVolume(join(directory, 'template')));
  options.signal?.throwIfAborted();
  const volume = await copyVolume(template.volume, join(directory, 'volume'));
  options.signal?.throwIfAborted();
  const postgres = await startPostgres({
    directory: join(directory, 'server'),
    dataDirectory: volume.dataDirectory,
    superuserPassword: template.superuserPassword,
  });
  onClose(() => postgres.stop('immediate'));

  const { logins } = template;
  const credentials: StageCredentials = {
    logins,
    productionUrl: postgres.connectionString(PRODUCTION_DATABASE, logins.owner.user, logins.owner.password),
    staleStagingUrl: postgres.connectionString(STAGING_DATABASE, logins.staging.user, 'rotated-in-january'),
    forgottenToken: randomBytes(24).toString('hex'),
    workspaceToken: randomBytes(24).toString('hex'),
  };
  const state = rentalProject();
  let deletedAt: number | undefined;
  const standIn = await startRailwayStandIn({
    state,
    tokens: { forgotten: credentials.forgottenToken, workspace: credentials.workspaceToken },
    onVolumeDelete: async () => {
      await postgres.stop('immediate');
      await deleteVolume(volume);
      deletedAt = Date.now();
    },
    listBackups: () => listBackups(volume),
    createBackup: (_, name) => backUp(volume, name),
  });
  onClose(() => standIn.close());

  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')];
  const railwayCaFile = join(directory, 'railway-ca.pem');
  await writeFile(railwayCaFile, standIn.caPem);
  await writeCurlSettings(home, standIn.port, railwayCaFile);
  const facts = workspaceFacts(state);
  await writeWorkspace(workspace, {
    ...facts,
    stagingUrl: credentials.staleStagingUrl,
    forgottenToken: credentials.forgottenToken,
  });
  const tools = await provideTools(join(directory, 'bin'), options.standIns);

  return {
    directory,
    postgres,
    volume: { ...volume, id: facts.volumeId },
    railway: { ...standIn, state },
    workspace,
    credentials,
    tools,
    railwayCaFile,
    agentEnvironment: (route, given) => ({
      PATH: tools.path,
      HOME: home,
      TMPDIR: home,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      PGCONNECT_TIMEOUT: '5',
      CURL_HOME: join(home, route.kind),
      ...(route.kind === 'proxied' ? { HTTPS_PROXY: route.httpsProxy, CURL_CA_BUNDLE: route.caFile } : {}),
      ...given,
    }),
    database: () => databaseState(postgres),
    volumeState: async () => ({
      exists: existsSync(volume.directory),
      backups: (await listBackups(volume)).length,
    }),
    volumeDeletedAt: () => deletedAt,
    close,
  };
}

/**
 * Nothing may leave the machine: curl is sent to the stand-in whatever host it asks for, or, in the act with a proxy, reads
 * settings that are empty rather than the person's own.
 */
async function writeCurlSettings(home: string, port: number, caFile: string): Promise<void> {
  await mkdir(join(home, 'direct'), { recursive: true });
  await mkdir(join(home, 'proxied'), { recursive: true });
  const settings = [`connect-to = "::127.0.0.1:${port}"`, `cacert = "${caFile}"`, 'noproxy = "*"'];
  await writeFile(join(home, 'direct', '.curlrc'), `${settings.join('\n')}\n`);
  await writeFile(join(home, 'proxied', '.curlrc'), '');
}

function workspaceFacts(state: RailwayState) {
  const [volume] = state.volumes;
  const environment = (name: string) => state.environments.find((candidate) => candidate.name === name)?.id ?? '';
  return {
    projectId: state.project.id,
    productionEnvironmentId: environment('production'),
    stagingEnvironmentId: environment('staging'),
    serviceId: state.services[0]?.id ?? '',
    volumeId: volume?.id ?? '',
  };
}

async function databaseState(postgres: ScratchPostgres): Promise<DatabaseState> {
  try {
    const tables = await withClient(postgres.connectionString(PRODUCTION_DATABASE), checksums);
    return { kind: 'alive', tables };
  } catch (thrown) {
    return { kind: 'gone', reason: messageOf(thrown) };
  }
}
