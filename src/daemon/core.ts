/**
 * Everything but the doors: state folder, vault, log, holds, pipeline. `up` adds doors and pages to it; commands that run
 * while no daemon does use it as it is. Whoever has a core has the state folder's lock.
 */
import { dirname } from 'node:path';
import type { Action } from '#action/action';
import type { RecordEvent } from '#action/record-event';
import type { Session } from '#action/session';
import type { Submit } from '#action/submission';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { createHoldDesk, type HoldDesk } from '#approve/hold-desk';
import { createFactors, type Factors } from '#approve/totp';
import { type Clock, systemClock } from '#base/clock';
import { type Ids, systemIds } from '#base/ids';
import { openDestroyedCount } from '#pipeline/destroyed-count';
import { type FreezeBoard, openFreezeBoard } from '#pipeline/freeze-board';
import { createPipeline } from '#pipeline/pipeline';
import type { PolicyAnswer } from '#policy/decide';
import { describeFreeze } from '#policy/freeze';
import { createMemo } from '#policy/memo';
import type { PolicySet } from '#policy/policy-set';
import { openSnapshots, type Snapshots } from '#protect/snapshots';
import { type Log, openLog } from '#record/log';
import { createRailwayAccess } from '#resolve/railway-client';
import { createResolver } from '#resolve/resolver';
import { type Broker, openBroker } from '#secrets/broker';
import { openPlaceholders, type Placeholders } from '#secrets/placeholders';
import { openSessions, type Sessions } from '#secrets/sessions';
import { openVault, type Vault, type VaultKey } from '#secrets/vault';
import { type Database, openDatabase } from '#store/database';
import { createDestroyedStorage } from '#store/destroyed';
import { createFactorStorage } from '#store/factors';
import { createFreezeStorage } from '#store/freezes';
import { createHoldStorage } from '#store/holds';
import { openLogFolder } from '#store/log-files';
import { createPlaceholderStorage } from '#store/placeholders';
import { createSessionStorage } from '#store/sessions';
import { createSnapshotStorage } from '#store/snapshots';
import { lockState } from '#store/state-lock';
import { scramKeys } from '#wire/postgres/scram';
import { type Config, durationMilliseconds } from './config/config.js';
import { onDemandCredentials, vouchedFor } from './database-settings.js';
import { createLaneRoles, type LaneRoles } from './lane-roles.js';
import { openLocalCopies } from './local-copies.js';
import { ownFolders } from './own-folders.js';
import { logKey, snapshotKey } from './own-keys.js';
import { restoreOf } from './restore.js';
import { hostsOf, readPem, type Settings, settingsOf } from './settings.js';
import { loadAllPolicies } from './shipped.js';
import type { StateFolder } from './state-folder.js';
import type { LocalRestore, Restore } from './undo.js';

export interface CoreOptions {
  readonly config: Config;
  /** The file that `config` was read from; relative paths in it start at its folder. */
  readonly configPath: string;
  readonly state: StateFolder;
  readonly key: VaultKey;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** What an agent is told about where people decide. */
  readonly approveAt: () => string;
  readonly holdChanged?: () => void;
}

export interface Core {
  readonly config: Config;
  readonly configFolder: string;
  readonly settings: Settings;
  readonly state: StateFolder;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly policies: PolicySet;
  readonly vault: Vault;
  readonly broker: Broker;
  readonly placeholders: Placeholders;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly factors: Factors;
  readonly holds: HoldDesk;
  readonly freezes: FreezeBoard;
  readonly snapshots: Snapshots;
  /** What can undo in a database; undefined: nothing of this configuration can. */
  readonly restore: Restore | undefined;
  readonly restoreLocal: LocalRestore;
  readonly roles: LaneRoles;
  readonly submit: Submit;
  /** Writes an administrative event; the time is added. */
  note(event: Omit<Extract<RecordEvent, { kind: 'administered' }>, 'kind' | 'time'>): Promise<void>;
  /** Ends holds that are overdue or whose environment is frozen. */
  lookAtHolds(): Promise<void>;
  close(): Promise<void>;
}

/** How many policy answers are remembered: a few kilobytes each. */
const MEMO_CAPACITY = 2_000;

export async function openCore(options: CoreOptions): Promise<Core> {
  const { config, state, key, clock = systemClock, ids = systemIds } = options;
  const configFolder = dirname(options.configPath);
  const settings = settingsOf(config);
  const policies = loadAllPolicies(configFolder, config.policies);
  await loadSqlParser();

  // Closed in the opposite order, also when a later step fails.
  const toClose: (() => void | Promise<void>)[] = [];
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (const close of toClose.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error); // The lock is let go of all the same.
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    const lock = lockState(state.lock);
    toClose.push(() => lock.release());
    const vault = await openVault(state.vault, key);
    const database: Database = await openDatabase(state.database);
    toClose.push(() => database.close());
    const db = database.kysely;

    const log = await openLog({ storage: await openLogFolder(state.log), key: await logKey(vault, state, clock) });
    toClose.push(() => log.close());
    const factors = createFactors({
      storage: createFactorStorage(db),
      secrets: {
        totpSecret: async (approver) =>
          vault.has('approvers', approver) ? (await vault.read('approvers', approver)).secret : undefined,
        keepTotpSecret: (approver, secret) =>
          vault.write('approvers', approver, { user: undefined, secret }, clock.now()),
      },
      recorder: log,
      clock,
    });
    const sealed = openSnapshots({
      folder: state.snapshots,
      storage: createSnapshotStorage(db),
      key: await snapshotKey(vault, clock),
      clock,
      limits: { keep: durationMilliseconds(config.snapshots.keep), mostBytes: config.snapshots.most_bytes },
    });
    // The lock is ours, so nobody is in the middle of one.
    await sealed.sweep();
    const { copies, snapshots, restore: restoreLocal } = await openLocalCopies(state, config, sealed, clock);
    const holds = createHoldDesk({
      storage: createHoldStorage(db),
      factors,
      recorder: log,
      clock,
      retryWithin: settings.retryWithin,
      ...(options.holdChanged === undefined ? {} : { changed: options.holdChanged }),
    });
    const placeholders = await openPlaceholders({
      storage: createPlaceholderStorage(db),
      clock,
      ids,
      scramKeys: async (text) => scramKeys(text),
    });
    const sessions = await openSessions(createSessionStorage(db));
    const broker = await openBroker(vault, placeholders, sessions, onDemandCredentials(config));

    const access = createRailwayAccess({ broker, endpoints: railwayEndpoints(config, configFolder) });
    toClose.push(() => access.close());
    const resolve = createResolver({ access, clock, own: ownFolders(state, process.env) });

    const freezes = await openFreezeBoard({
      storage: createFreezeStorage(db),
      scheduled: settings.scheduledFreezes,
      recorder: log,
      clock,
      changed: () => lookAtHolds(),
    });
    const submit = createPipeline({
      analyze,
      resolve,
      analysisContext: { resources: settings.resources, environments: [] },
      policies,
      memo: createMemo<PolicyAnswer>(MEMO_CAPACITY),
      environmentOf: settings.environmentOf,
      refusesForeignCredential: (action, environments) => refusesForeign(action, environments, settings),
      freezes,
      limitsOf: settings.limitsOf,
      destroyed: await openDestroyedCount(createDestroyedStorage(db), clock),
      holds,
      snapshots,
      local: copies,
      recorder: log,
      clock,
      ids,
      holdMilliseconds: settings.holdMilliseconds,
      retryWithin: settings.retryWithin,
      approveAt: options.approveAt,
    });

    async function lookAtHolds(): Promise<void> {
      for (const hold of await holds.list()) {
        if (hold.effects.some((effect) => effect.resource.kind === 'freeze')) continue; // It asks for the freeze to be lifted.
        const [frozen] = hold.effects.flatMap(({ environments }) =>
          // What nobody can place might lie in a frozen environment.
          (environments.length === 0 ? [freezes.any()] : environments.map((name) => freezes.of(name))).filter(
            (freeze) => freeze !== undefined,
          ),
        );
        if (frozen !== undefined) await holds.reject(hold.id, 'freeze', describeFreeze(frozen));
      }
    }

    return {
      config,
      configFolder,
      settings,
      state,
      clock,
      ids,
      policies,
      vault,
      broker,
      placeholders,
      sessions,
      log,
      factors,
      holds,
      freezes,
      snapshots,
      roles: createLaneRoles(broker, () => clock.now(), vouchedFor(config)),
      restore: restoreOf({ config, configFolder, settings }, broker),
      restoreLocal,
      submit,
      note: async (event) => {
        await log.append({ ...event, kind: 'administered', time: clock.now() });
      },
      lookAtHolds,
      close: closeAll,
    };
  } catch (error) {
    await closeAll().catch(() => undefined); // What went wrong first is what the person has to know.
    throw error;
  }
}

/** The operator's own session: for acts of people that go through the same steps as an agent's. */
export const OPERATOR_SESSION: Session = {
  id: 'operator',
  agent: 'operator',
  intent: '',
  environments: ['*'],
  mode: 'work',
  tier: 'remote',
};

function refusesForeign(action: Action, environments: readonly string[], settings: Settings): boolean {
  if (action.kind !== 'http' || action.credential.kind !== 'foreign') return false;
  // FAIL-CLOSED: a host whose environment is looked up for each object counts as protected.
  return environments.length === 0 || environments.some((name) => settings.environmentOf(name).protected);
}

function railwayEndpoints(config: Config, configFolder: string) {
  return Object.entries(config.resources).flatMap(([name, resource]) => {
    if (resource.kind !== 'http' || resource.provider !== 'railway') return [];
    const [host = 'backboard.railway.app'] = hostsOf(resource);
    const { upstream } = resource;
    return [
      {
        resource: name,
        host,
        credential: resource.credential,
        connectTo: upstream && { host: upstream.host, port: upstream.port },
        ca: readPem(configFolder, upstream?.ca),
      },
    ];
  });
}
