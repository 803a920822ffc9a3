/** `firebreak doctor`: checks the set-up, and says what it does not protect from. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Operations } from '#action/operations';
import { FirebreakError, messageOf } from '#base/errors';
import type { Finding } from '#cli/services';
import { canContain } from '#launch/probe';
import { verifyLog } from '#record/verify';
import { openVault, type VaultKey } from '#secrets/vault';
import { logFolderReader } from '#store/log-files';
import { agentHooksContextOf } from './agents/context.js';
import { examineAgents } from './agents/examine-agents.js';
import { checkRoles, summarise } from './check-roles.js';
import { guardedDatabases } from './database-login.js';
import { loadConfig, locateConfig } from './locate-config.js';
import { settingsOf } from './settings.js';
import { loadAllPolicies } from './shipped.js';
import type { StateFolder } from './state-folder.js';

/** How long it waits for a database, in milliseconds: a doctor who is waited for is not asked. */
const CONNECT_MILLISECONDS = 5_000;

/**
 * @param running the running daemon's operations; undefined when none answers.
 * @param key finds the vault's key, for logging in to databases.
 */
export async function examine(
  named: string | undefined,
  state: StateFolder,
  running: Operations | undefined,
  key: () => Promise<VaultKey>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const check = async (what: string, work: () => void | Promise<void>) => {
    try {
      await work();
      findings.push({ level: 'ok', what });
    } catch (error) {
      findings.push({
        level: 'problem',
        what: messageOf(error),
        hint: error instanceof FirebreakError ? error.hint : undefined,
      });
    }
  };
  const warn = (what: string, hint?: string) => findings.push({ level: 'warning', what, hint });

  await check('the configuration and its policies are valid', () => {
    const { config, path } = loadConfig(named);
    loadAllPolicies(dirname(path), config.policies);
    const settings = settingsOf(config);
    if (!settings.environments.some((environment) => environment.protected))
      warn('no environment is protected', 'set `protected: true` on production');
  });
  if (!existsSync(state.database)) {
    findings.push({ level: 'problem', what: `there is no state in ${state.path}`, hint: 'run `firebreak init`' });
  } else {
    await check('only you may enter the state folder', () => {
      if ((statSync(state.path).mode & 0o077) !== 0)
        throw new FirebreakError('STATE_OPEN_TO_OTHERS', `other users may enter ${state.path}`, {
          hint: `chmod 700 ${state.path}`,
        });
    });
    if (existsSync(state.logKey)) {
      await check('the log is sound', async () => {
        const report = await verifyLog(logFolderReader(state.log), {
          publicKey: readFileSync(state.logKey, 'utf8').trim(),
        });
        if (!report.ok)
          throw new FirebreakError('LOG_UNSOUND', `the log is not sound: ${report.problems[0]?.reason ?? ''}`, {
            hint: 'firebreak log verify',
          });
      });
    }
  }
  findings.push(...(await examineDatabases(named, state, key)));
  if (running === undefined) warn('no daemon runs', 'start it with `firebreak up`');
  else {
    const status = await running.status();
    findings.push({
      level: 'ok',
      what: `the daemon runs (pid ${status.pid}); people decide at http://${status.addresses.human}`,
    });
    for (const warning of status.warnings) warn(warning);
  }
  findings.push(...(await examineHooks(named, state, running !== undefined)));
  const contained = canContain();
  if (contained.able)
    findings.push({ level: 'ok', what: 'tier: contained; `firebreak run` can fence an agent in on this machine' });
  else warn(`tier: advisory at best; an agent can go round the doors (${contained.reason})`, contained.hint);
  if (process.getuid?.() === 0)
    warn(
      'agents that you start run as root: the fence is weaker, and they can read every file',
      'use an ordinary user',
    );
  warn(
    'not protected from: root on this machine, and a person who approves the wrong thing',
    'SECURITY.md says what each tier stops',
  );
  if (Number(process.versions.node.split('.')[0]) < 22)
    warn(`Node.js ${process.version} gets no security fixes any more`, 'use Node.js 22 or 24');
  return findings;
}

/** The hooks of every agent on this machine, tried. */
async function examineHooks(named: string | undefined, state: StateFolder, runs: boolean): Promise<readonly Finding[]> {
  try {
    return await examineAgents(agentHooksContextOf(locateConfig(named), state.path), runs);
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    return [{ level: 'warning', what: `the hooks of agents were not looked at: ${error.message}`, hint: error.hint }];
  }
}

/** The roles of every database that can be reached. What cannot be looked at is said, and fails nothing. */
async function examineDatabases(
  named: string | undefined,
  state: StateFolder,
  key: () => Promise<VaultKey>,
): Promise<readonly Finding[]> {
  try {
    const { config, path } = loadConfig(named);
    const databases = guardedDatabases(config, path);
    if (databases.length === 0) return [];
    const vault = await openVault(state.vault, await key());
    const all = databases.map(async (one) => summarise(one, await checkRoles(one, vault, CONNECT_MILLISECONDS)));
    return (await Promise.all(all)).flat();
  } catch (error) {
    return [
      {
        level: 'warning',
        what: `the roles of the databases were not looked at: ${messageOf(error)}`,
        hint: error instanceof FirebreakError ? error.hint : undefined,
      },
    ];
  }
}
