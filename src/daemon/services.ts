/**
 * The command line's services, done for real. What is heavy (SQL parser, policies, certificates) is loaded by the commands
 * that need it, so that `firebreak holds` answers at once.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isCancel, password } from '@clack/prompts';
import type { Operations } from '#action/operations';
import { FirebreakError } from '#base/errors';
import { remoteOperations } from '#cli/remote-operations';
import type { Services, Where } from '#cli/services';
import { openVault } from '#secrets/vault';
import { logFolderReader, openLogFolder } from '#store/log-files';
import { readConfig } from './config/read-config.js';
import { launchAgent } from './launch-agent.js';
import { loadConfig, locateConfig } from './locate-config.js';
import { checkState, locateState, type StateFolder } from './state-folder.js';
import { findVaultKey, keyFileInUse } from './vault-key.js';

/** How long a command waits for a state folder that another process has, and how often it looks. */
const PATIENCE_MILLISECONDS = 5_000;
const PAUSE_MILLISECONDS = 100;
/** How long a command waits for a database to let it in. */
const CONNECT_MILLISECONDS = 15_000;

const stateOf = (where: Where): StateFolder => locateState(where.state, process.env);

/** The passphrase of a vault that this very command has made. */
let newPassphrase: string | undefined;

/** Asks for the vault's passphrase on the terminal. */
async function askPassphrase(): Promise<string | undefined> {
  if (newPassphrase !== undefined) return newPassphrase;
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return undefined;
  const answer = await password({ message: "The vault's passphrase", mask: '•' });
  return isCancel(answer) ? undefined : answer;
}

async function coreOptions(where: Where) {
  const { config, path } = loadConfig(where.config);
  const state = stateOf(where);
  checkState(state);
  const key = await findVaultKey(state, process.env, askPassphrase);
  return { config, configPath: path, state, key, keyFile: keyFileInUse(state, process.env) };
}

/** The same operations without a daemon, on the state folder itself. */
async function ownOperations(
  options: Awaited<ReturnType<typeof coreOptions>>,
): Promise<Operations & { close(): Promise<void> }> {
  const [{ openCore }, { createOperations }] = [await import('./core.js'), await import('./operations.js')];
  const core = await openCore({ ...options, approveAt: () => 'the daemon' });
  return { ...createOperations(core, undefined), close: () => core.close() };
}

async function agentHooksContext(where: Where) {
  const { agentHooksContextOf } = await import('./agents/context.js');
  return agentHooksContextOf(locateConfig(where.config), stateOf(where).path);
}

/** The running daemon's operations; undefined when none answers. */
async function running(state: StateFolder): Promise<(Operations & { close(): Promise<void> }) | undefined> {
  const remote = remoteOperations(state.controlSocket);
  try {
    await remote.approvers();
    return { ...remote, close: () => Promise.resolve() };
  } catch (error) {
    if (error instanceof FirebreakError && error.code === 'DAEMON_DOWN') return undefined;
    throw error;
  }
}

const daemonDown = () =>
  new FirebreakError('DAEMON_DOWN', 'no firebreak daemon answers', { hint: 'start it with `firebreak up`' });

export function createServices(demo: Services['demo']): Services {
  return {
    demo,

    connect: async (where) => {
      // Another command may have the state folder for a moment, and a daemon that starts or stops is silent for one.
      let options: Awaited<ReturnType<typeof coreOptions>> | undefined; // Once, for it may ask for a passphrase.
      for (const deadline = Date.now() + PATIENCE_MILLISECONDS; ; await setTimeout(PAUSE_MILLISECONDS)) {
        const remote = await running(stateOf(where));
        if (remote !== undefined) return remote;
        try {
          options ??= await coreOptions(where);
          return await ownOperations(options);
        } catch (error) {
          if (!(error instanceof FirebreakError) || error.code !== 'STATE_LOCKED') throw error;
          if (Date.now() < deadline) continue;
          throw new FirebreakError('DAEMON_SILENT', 'another firebreak has this state folder, but does not answer', {
            hint: 'it may be starting or stopping; try again',
            cause: error,
          });
        }
      }
    },

    async up(where) {
      // Standard error, so that standard output stays for results.
      const [{ pino }, { startDaemon }] = [await import('pino'), await import('./daemon.js')];
      const logger = pino(
        { name: 'firebreak', level: process.env['FIREBREAK_LOG_LEVEL'] ?? 'warn' },
        pino.destination({ dest: 2, sync: true }),
      );
      return startDaemon({ ...(await coreOptions(where)), logger });
    },

    configuration: (where) => {
      const path = locateConfig(where.config);
      return path !== undefined && existsSync(path) ? path : undefined;
    },
    async prepare(where, answers) {
      const { prepare } = await import('./prepare.js');
      const prepared = await prepare(where.config, stateOf(where), answers, process.env, askPassphrase);
      // Whoever has just typed it need not type it again to enrol.
      if (prepared.state.written) newPassphrase = answers.passphrase;
      return prepared;
    },
    async agentHooks(where, request) {
      const { planAgentHooks } = await import('./agents/agent-hooks.js');
      return planAgentHooks(await agentHooksContext(where), request);
    },
    async agentHooksUndo(where, request) {
      const { planUndo } = await import('./agents/agent-hooks.js');
      return planUndo(await agentHooksContext(where), request);
    },
    async enrolment(where) {
      const [{ openCore }, { openEnrolment }] = [await import('./core.js'), await import('./enrolment.js')];
      return openEnrolment(await openCore({ ...(await coreOptions(where)), approveAt: () => 'the daemon' }));
    },

    async explainer({ config: named, environment }) {
      const path = locateConfig(named);
      const { createExplainer } = await import('./explain.js');
      return createExplainer({
        config: path === undefined ? undefined : readConfig(path),
        configFolder: path === undefined ? process.cwd() : dirname(path),
        environment,
      });
    },

    async doctor(where) {
      const state = stateOf(where);
      const remote = await running(state);
      try {
        const key = () => findVaultKey(state, process.env, askPassphrase);
        return await (await import('./doctor.js')).examine(where.config, state, remote, key);
      } finally {
        await remote?.close();
      }
    },

    async provisionDatabase(where, request) {
      const [{ provision }, { guardedDatabase }] = [
        await import('./provision.js'),
        await import('./database-login.js'),
      ];
      const options = await coreOptions(where); // Once, for it may ask for a passphrase.
      return provision(guardedDatabase(options.config, options.configPath, request.resource), request, {
        vault: await openVault(options.state.vault, options.key),
        operations: async () => (await running(options.state)) ?? ownOperations(options),
      });
    },
    async checkDatabase(where, resource) {
      const [{ checkRoles }, { guardedDatabase }] = [
        await import('./check-roles.js'),
        await import('./database-login.js'),
      ];
      const { config, configPath, state, key } = await coreOptions(where);
      const database = guardedDatabase(config, configPath, resource);
      return checkRoles(database, await openVault(state.vault, key), CONNECT_MILLISECONDS);
    },

    run: async (where, request) => {
      const state = stateOf(where);
      const operations = await running(state);
      if (operations === undefined) throw daemonDown();
      try {
        return await launchAgent({ state, operations, ...loadConfig(where.config), request });
      } finally {
        await operations.close();
      }
    },

    log(where) {
      const state = stateOf(where);
      checkState(state);
      return { reader: logFolderReader(state.log), publicKey: readFileSync(state.logKey, 'utf8').trim() };
    },
    logAt: (folder) => logFolderReader(resolve(folder)),
    emptyLogFolder: (folder) => openLogFolder(resolve(folder)),
  };
}
