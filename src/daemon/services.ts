/**
 * The command line's services, done for real. What is heavy (SQL parser, policies, certificates) is loaded by the commands
 * that need it, so that `firebreak holds` answers at once.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { isCancel, password } from '@clack/prompts';
import type { Operations } from '#action/operations';
import { FirebreakError } from '#base/errors';
import { remoteOperations } from '#cli/remote-operations';
import type { Services, Where } from '#cli/services';
import { canContain } from '#launch/probe';
import { prepareLaunch, startAgent } from '#launch/run-session';
import { logFolderReader, openLogFolder } from '#store/log-files';
import { readConfig } from './config/read-config.js';
import { loadConfig, locateConfig } from './locate-config.js';
import { packageRoot } from './shipped.js';
import { checkState, locateState, type StateFolder } from './state-folder.js';
import { findVaultKey, keyFileFor } from './vault-key.js';

const stateOf = (where: Where): StateFolder => locateState(where.state, process.env);

/** Asks for the vault's passphrase on the terminal. */
async function askPassphrase(): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return undefined;
  const answer = await password({ message: "The vault's passphrase", mask: '•' });
  return isCancel(answer) ? undefined : answer;
}

async function coreOptions(where: Where) {
  const { config, path } = loadConfig(where.config);
  const state = stateOf(where);
  checkState(state);
  return { config, configPath: path, state, key: await findVaultKey(state, process.env, askPassphrase) };
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

export function createServices(demo: Services['demo']): Services {
  return {
    demo,

    async connect(where) {
      const state = stateOf(where);
      const remote = await running(state);
      if (remote !== undefined) return remote;
      try {
        const { openCore } = await import('./core.js');
        const { createOperations } = await import('./operations.js');
        const core = await openCore({ ...(await coreOptions(where)), approveAt: () => 'the daemon' });
        return { ...createOperations(core, undefined), close: () => core.close() };
      } catch (error) {
        if (error instanceof FirebreakError && error.code === 'STATE_LOCKED') {
          throw new FirebreakError('DAEMON_SILENT', 'a firebreak daemon has this state folder, but does not answer', {
            hint: 'it may be starting or stopping; try again',
            cause: error,
          });
        }
        throw error;
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

    prepare: async (where, answers) =>
      (await import('./prepare.js')).prepare(where.config, stateOf(where), answers, process.env, askPassphrase),
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
        return await (await import('./doctor.js')).examine(where.config, state, remote);
      } finally {
        await remote?.close();
      }
    },

    async run(where, request) {
      const state = stateOf(where);
      const { config, path } = loadConfig(where.config);
      const operations = await running(state);
      if (operations === undefined)
        throw new FirebreakError('DAEMON_DOWN', 'no firebreak daemon answers', {
          hint: 'start it with `firebreak up`',
        });
      const containment = canContain();
      // FAIL-CLOSED: a tier that was asked for and cannot be reached refuses to start.
      if (!containment.able && request.tier === 'contained') {
        throw new FirebreakError('TIER_UNREACHABLE', `this machine cannot contain an agent: ${containment.reason}`, {
          hint: containment.hint,
        });
      }
      const tier = containment.able && request.tier !== 'advisory' ? 'contained' : 'advisory';
      const environments =
        request.environments.length > 0
          ? request.environments
          : Object.keys(config.environments).filter((name) => !config.environments[name]?.protected);
      const say = (text: string) => process.stderr.write(`firebreak: ${text}\n`);
      const opened = await operations.openSession({
        agent: basename(request.command[0] ?? ''),
        intent: request.intent,
        environments,
        mode: request.plan ? 'plan' : 'work',
        tier,
      });
      say(
        `session ${opened.session.id}, tier ${tier}${containment.able ? '' : ` (${containment.reason})`}, environments: ${environments.join(', ') || 'none'}${request.plan ? ', planning only' : ''}`,
      );
      for (const { environment, reason } of opened.refused) say(`no placeholder of ${environment}: ${reason}`);
      try {
        const prepared = prepareLaunch({
          opened,
          command: request.command,
          workspace: process.cwd(),
          home: homedir(),
          inherited: process.env,
          hidden: [state.path, dirname(keyFileFor(state, process.env))],
          readOnly: [path, ...config.policies.map((policy) => resolve(dirname(path), policy))],
          packageRoot,
        });
        if (prepared.withheld.length > 0) say(`withheld from the agent: ${prepared.withheld.join(', ')}`);
        try {
          return await startAgent(prepared, process.cwd());
        } finally {
          prepared.cleanUp();
        }
      } finally {
        await operations.closeSession(opened.session.id);
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
