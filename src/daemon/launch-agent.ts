/** `firebreak run`: opens a session, starts the agent in it as contained as this machine can, and closes it again. */
import { homedir } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import type { Tier } from '#action/environment';
import type { OpenedSession, Operations } from '#action/operations';
import { FirebreakError } from '#base/errors';
import type { RunRequest } from '#cli/services';
import { contains } from '#launch/contain';
import { LaunchError } from '#launch/errors';
import { checkGround, type Ground } from '#launch/fence-in';
import { findProgram } from '#launch/host-paths';
import { takeLease } from '#launch/lease';
import { type Containment, canContain } from '#launch/probe';
import { prepareLaunch, startAgent } from '#launch/run-session';
import { leasePath } from '#launch/session-paths';
import type { Config } from './config/config.js';
import { ownFolders } from './own-folders.js';
import { packageRoot } from './shipped.js';
import type { StateFolder } from './state-folder.js';

export interface AgentLaunch {
  readonly state: StateFolder;
  readonly operations: Operations;
  readonly config: Config;
  /** The file that `config` was read from. */
  readonly path: string;
  readonly request: RunRequest;
}

/** The shell's own status for a command that could not be started. */
const NOT_FOUND = 127;

const say = (text: string) => process.stderr.write(`firebreak: ${text}\n`);

/** @returns the agent's exit status. */
export async function launchAgent({ state, operations, config, path, request }: AgentLaunch): Promise<number> {
  const workspace = process.cwd();
  const writable = request.writable.map((folder) => resolve(folder));
  const ground: Ground = {
    workspace,
    home: homedir(),
    writable,
    hidden: ownFolders(state, process.env),
    readOnly: [path, ...config.policies.map((policy) => resolve(dirname(path), policy))],
    packageRoot,
  };
  const search = process.env['PATH'];
  if (request.tier !== 'advisory' && findProgram('bwrap', search, []) !== undefined) checkGround(ground);
  const containment = canContain(search, [workspace, ...writable]);
  const tier = tierFor(containment, request.tier);
  const environments =
    request.environments.length > 0
      ? request.environments
      : Object.keys(config.environments).filter((name) => !config.environments[name]?.protected);
  const opened = await operations.openSession({
    agent: basename(request.command[0] ?? ''),
    intent: request.intent,
    environments,
    mode: request.plan ? 'plan' : 'work',
    tier,
  });
  const lease = await takeLease(leasePath(state.sessions, opened.session.id));
  try {
    introduce(opened, containment, request);
    if (tier === 'contained' && [workspace, ...writable].some((folder) => contains(folder, packageRoot)))
      say(
        'warning: this Firebreak lies in a folder that the agent may change; install it elsewhere (npm i -g firebreak)',
      );
    const prepared = prepareLaunch({
      ...ground,
      hidden: [...ground.hidden, ...opened.hidden],
      opened,
      command: request.command,
      inherited: process.env,
      bwrap: containment.able ? containment.bwrap : undefined,
    });
    if (prepared.withheld.length > 0) say(`withheld from the agent: ${prepared.withheld.join(', ')}`);
    try {
      return await startAgent(prepared, workspace);
    } catch (error) {
      if (!(error instanceof LaunchError) || error.code !== 'AGENT_UNSTARTABLE') throw error;
      say(error.message);
      return NOT_FOUND;
    } finally {
      prepared.cleanUp();
    }
  } finally {
    await closeSession(operations, opened);
    lease.close();
  }
}

function tierFor(containment: Containment, demanded: Tier | undefined): Tier {
  if (containment.able) return demanded === 'advisory' ? 'advisory' : 'contained';
  // FAIL-CLOSED: a tier that was asked for and cannot be reached refuses to start.
  if (demanded === 'contained') {
    throw new FirebreakError('TIER_UNREACHABLE', `this machine cannot contain an agent: ${containment.reason}`, {
      hint: containment.hint,
    });
  }
  return 'advisory';
}

function introduce({ session, refused }: OpenedSession, containment: Containment, { tier, plan }: RunRequest): void {
  const environments = session.environments.join(', ') || 'none';
  say(`session ${session.id}; environments: ${environments}${plan ? '; planning only' : ''}`);
  if (session.tier === 'contained') say("tier: contained; the agent's only ways out are Firebreak's doors");
  else {
    const why = containment.able ? (tier === undefined ? '' : ', as you asked') : `: ${containment.reason}`;
    say(`tier: ADVISORY${why}. Nothing stops this agent from going round Firebreak, only its own good will`);
  }
  for (const { environment, reason } of refused) say(`no placeholder of ${environment}: ${reason}`);
}

/** The agent's own exit status counts, whatever becomes of the daemon meanwhile. */
async function closeSession(operations: Operations, { session }: OpenedSession): Promise<void> {
  try {
    await operations.closeSession(session.id);
  } catch (error) {
    if (!(error instanceof FirebreakError) || !error.code.startsWith('DAEMON_')) throw error;
    say('the daemon is gone, and the session with it: its placeholders open nothing any more');
  }
}
