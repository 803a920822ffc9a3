/** `firebreak init` for agents: what to change in which settings file, the change itself, and the way back. */
import { FirebreakError, messageOf } from '#base/errors';
import type { AgentHooksPlan, AgentHooksRequest, PlannedAgent, PlannedFile } from '#cli/services';
import { hookClientScript } from '#intercept/hook/client/script';
import { trustKeys } from '#intercept/hook/codex/installation';
import { AGENTS, type AgentName } from '#intercept/hook/dialect';
import { InstallationError } from '#intercept/hook/errors';
import {
  type HookTerms,
  type Installation,
  LEVELS,
  type Level,
  type Places,
  type SettingsFile,
} from '#intercept/hook/installation';
import { CLIENT_EVENTS, INSTALLATIONS } from '#intercept/hook/installations';
import { splitAddress } from '../settings.js';
import { type Change, carryOut } from './carry-out.js';
import { hashesOf, placeIn } from './codex-trust.js';
import { type DetectedAgent, detectAgents } from './detect.js';
import { fingerprint, type KeptFile, mayWrite, readKept, readText, realPath } from './settings-files.js';
import { unifiedDiff } from './unified-diff.js';

export interface AgentHooksContext {
  readonly stateFolder: string;
  /** Where the daemon listens for hooks. */
  readonly address: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly places: Places;
}

/** Where the client lies: out of an agent's reach when an administrator installs it. */
export function clientPath(level: Level, { root, home }: Places): string {
  return level === 'managed' ? `${root}/etc/firebreak/hook-client` : `${home}/.local/share/firebreak/hook-client`;
}

export const clientText = (): string => hookClientScript(CLIENT_EVENTS);

/** What would have to change so that the hooks of these agents are installed, each at one level. */
export async function planAgentHooks(context: AgentHooksContext, request: AgentHooksRequest): Promise<AgentHooksPlan> {
  const { environment, places } = context;
  const detected = (await detectAgents(environment, places)).filter(wantedOf(request.agents));
  const planned = await Promise.all(detected.map((one) => planAgent(one, context, request.level)));
  const clients = [
    ...new Set(
      planned
        .filter(({ changes }) => changes.some(({ after }) => after?.includes('hook-client')))
        .map(({ level }) => level),
    ),
  ];
  const changes: Change[] = clients.flatMap((level) => {
    const path = clientPath(level ?? 'user', places);
    const before = readText(path);
    const change = {
      agent: 'client' as const,
      level: level ?? 'user',
      path,
      before,
      after: clientText(),
      clean: undefined,
      over: false,
    };
    return before === change.after ? [] : [change];
  });
  changes.push(...planned.flatMap((one) => one.changes));
  return {
    agents: planned.map(({ changes: own, ...agent }): PlannedAgent => ({ ...agent, files: own.map(shown) })),
    files: changes.map(shown),
    apply: () => carryOut(changes, context.stateFolder),
  };
}

/** What takes every hook of ours out again: what was there comes back, or, where it was changed since, our part goes. */
export function planUndo(context: AgentHooksContext, request: Pick<AgentHooksRequest, 'agents'>): AgentHooksPlan {
  const { places, stateFolder } = context;
  const kept = readKept(stateFolder);
  const wanted = INSTALLATIONS.filter((installation) => wantedOf(request.agents)({ installation }));
  const planned = wanted.map((installation) => {
    const changes = filesOf(installation, places).flatMap(({ level, file }) =>
      undone(file, level, installation.dialect.agent, kept),
    );
    const { agent, title } = installation.dialect;
    return { agent, title, version: undefined, level: changes[0]?.level, problem: undefined, notes: [], changes };
  });
  const changes: Change[] = planned.flatMap((one) => one.changes);
  // The client stays for the agents that keep their hooks.
  const all = request.agents === undefined || INSTALLATIONS.length === wanted.length;
  if (all) {
    for (const level of ['managed', 'user'] as const) {
      const path = clientPath(level, places);
      const before = readText(path);
      if (before?.includes("Firebreak's hook client") === true)
        changes.push({ agent: 'client', level, path, before, after: undefined, clean: undefined, over: true });
    }
  }
  return {
    agents: planned
      .filter((one) => one.changes.length > 0)
      .map(({ changes: own, ...agent }) => ({ ...agent, files: own.map(shown) })),
    files: changes.map(shown),
    apply: () => carryOut(changes, context.stateFolder),
  };
}

/** Every file of an agent, once: in a home folder the project's are the user's. */
export function filesOf(installation: Installation, places: Places): readonly { level: Level; file: SettingsFile }[] {
  const seen = new Set<string>();
  return LEVELS.flatMap((level) => installation.files(level, places).map((file) => ({ level, file }))).filter(
    ({ file }) => {
      const path = realPath(file.path);
      return !seen.has(path) && seen.add(path);
    },
  );
}

function wantedOf(agents: readonly string[] | undefined): (one: Pick<DetectedAgent, 'installation'>) => boolean {
  const unknown = agents?.find((name) => !AGENTS.some((agent) => agent === name));
  if (unknown !== undefined)
    throw new FirebreakError('USAGE', `there is no agent \`${unknown}\``, { hint: `known are ${AGENTS.join(', ')}` });
  return ({ installation }) => agents === undefined || agents.includes(installation.dialect.agent);
}

type Planned = Omit<PlannedAgent, 'files'> & { readonly changes: readonly Change[] };

async function planAgent(
  detected: DetectedAgent,
  context: AgentHooksContext,
  asked: Level | undefined,
): Promise<Planned> {
  const { installation, version, programs } = detected;
  const { agent, title } = installation.dialect;
  const { places, environment, address } = context;
  const base = { agent, title, version, problem: undefined, notes: [] as readonly string[] };
  try {
    if (splitAddress(address).port === 0)
      throw new FirebreakError('CONFIG_INVALID', '`listen.hooks` leaves the port open', {
        hint: 'write a port, such as 7371',
      });
    const level = levelFor(detected, places, asked);
    const alone = (['user', 'project'] as const).every((one) => installation.files(one, places).every(hasNoOthers));
    const terms: HookTerms = { address, version, client: clientPath(level, places), alone };
    const files = installation.files(level, places);
    const changes: Change[] = [];
    const notes: string[] = [];
    let trust: ReadonlyMap<string, string> | undefined;
    for (const file of files) {
      const before = readText(file.path);
      const after = file.install(before, { ...terms, trust });
      const clean = before === undefined ? undefined : file.remove(before);
      if (before !== after && (before !== undefined || after !== ''))
        changes.push({ agent, level, path: file.path, before, after, clean, over: false });
      if (agent === 'codex' && level !== 'managed' && file.hooks !== undefined) {
        trust = level === 'user' ? await trustFor(programs[0], file.path, after, environment) : undefined;
        if (trust === undefined)
          notes.push('Codex runs these hooks only when you have trusted them: start `codex`, type /hooks');
      }
    }
    // INVARIANT: hooks stand at one level only; a call that is asked about twice would spend its approval twice.
    const kept = readKept(context.stateFolder);
    const own = new Set(files.map(({ path }) => realPath(path)));
    for (const other of LEVELS.filter((one) => one !== level)) {
      // In a home folder, the project's settings are the user's.
      const others = installation.files(other, places).filter(({ path }) => !own.has(realPath(path)));
      for (const change of others.flatMap((file) => undone(file, other, agent, kept))) {
        if (mayWrite(change.path)) changes.push(change);
        else notes.push(`\`${change.path}\` has hooks of Firebreak, too, and cannot be changed by you`);
      }
    }
    return { ...base, level, notes, changes };
  } catch (error) {
    if (!(error instanceof FirebreakError)) throw error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return { ...base, level: undefined, problem: `${messageOf(error)}${hint}`, changes: [] };
  }
}

/** The level that was asked for, or the strongest that can be written; one that an administrator has set up already stays. */
function levelFor({ installation }: DetectedAgent, places: Places, asked: Level | undefined): Level {
  const files = (level: Level) => installation.files(level, places);
  const writable = (level: Level) => files(level).length > 0 && files(level).every(({ path }) => mayWrite(path));
  const { title } = installation.dialect;
  if (asked !== undefined) {
    if (files(asked).length === 0)
      throw new FirebreakError('LEVEL_UNAVAILABLE', `${title} has no ${asked} settings`, { hint: 'leave out --level' });
    if (!writable(asked))
      throw new FirebreakError('LEVEL_UNAVAILABLE', `you may not write \`${files(asked)[0]?.path}\``, {
        hint: asked === 'managed' ? 'run it as root' : 'look at who owns it',
      });
    return asked;
  }
  const level = (['managed', 'user'] as const).find((one) => writable(one) || files(one).some(isInstalled));
  if (level === undefined)
    throw new FirebreakError('LEVEL_UNAVAILABLE', `you may write no settings of ${title}`, {
      hint: 'look at who owns them',
    });
  return level;
}

function hasNoOthers(file: SettingsFile): boolean {
  try {
    const text = readText(file.path);
    return text === undefined || (file.others?.(text) ?? []).length === 0;
  } catch (error) {
    if (error instanceof InstallationError) return false; // Nobody knows, so nobody is silenced.
    throw error;
  }
}

function isInstalled(file: SettingsFile): boolean {
  const text = readText(file.path);
  return text !== undefined && (file.hooks?.(text) ?? []).length > 0;
}

/** The hashes to trust, by the keys that the hooks will have. */
async function trustFor(
  program: string | undefined,
  path: string,
  text: string,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, string> | undefined> {
  const hashes = program === undefined ? undefined : await hashesOf(program, text, environment);
  if (hashes === undefined) return undefined;
  return new Map(
    trustKeys(path, text).flatMap((key) => {
      const hash = hashes.get(placeIn(key));
      return hash === undefined ? [] : [[key, hash] as const];
    }),
  );
}

function undone(file: SettingsFile, level: Level, agent: AgentName, kept: readonly KeptFile[]): readonly Change[] {
  const text = readText(file.path);
  // What cannot be read as settings and does not name us is nobody's business here.
  if (text === undefined || !/firebreak|hook-client|\/v1\/hooks\//i.test(text)) return [];
  const was = kept.find(({ path }) => path === file.path);
  const after = was !== undefined && was.after === fingerprint(text) ? (was.before ?? undefined) : file.remove(text);
  return after === text ? [] : [{ agent, level, path: file.path, before: text, after, clean: undefined, over: true }];
}

function shown({ agent, level, path, before, after }: Change): PlannedFile {
  return {
    agent,
    level,
    path,
    kind: after === undefined ? 'removed' : before === undefined ? 'new' : 'changed',
    diff: unifiedDiff(path, before, after),
  };
}
