/** `firebreak init`, the part about agents: shows what would change, asks, and changes it. */
import { confirm, log } from '@clack/prompts';
import { answered } from './ask.js';
import type { CommandContext } from './program.js';
import type { AgentHooksPlan, AgentHooksRequest, HookLevel, PlannedAgent, PlannedFile } from './services.js';
import { UsageError } from './terminal.js';

export interface HookFlags {
  readonly agents?: string;
  readonly level?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What came of it. */
export interface HooksDone {
  readonly agents: readonly PlannedAgent[];
  readonly files: readonly PlannedFile[];
  /** False: it was only shown, or the person did not want it. */
  readonly done: boolean;
}

/** @throws UsageError */
export function hooksRequestOf({ agents, level }: HookFlags): AgentHooksRequest {
  const names = agents
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return {
    agents: names === undefined || names.includes('all') ? undefined : names.filter((name) => name !== 'none'),
    level: levelOf(level),
  };
}

function levelOf(level: string | undefined): HookLevel | undefined {
  if (level === undefined || level === 'managed' || level === 'user' || level === 'project') return level;
  throw new UsageError(`there is no level \`${level}\``, 'write managed, user or project');
}

/**
 * Shows a plan and carries it out.
 *
 * @param asks a person is asked first
 */
export async function carryOut(
  { terminal }: CommandContext,
  plan: AgentHooksPlan,
  { dryRun }: HookFlags,
  asks: boolean,
): Promise<HooksDone> {
  const { agents, files } = plan;
  const nothing = files.length === 0;
  if (asks) log.message(planText(plan));
  else if (!terminal.json && !nothing) process.stdout.write(`${planText(plan)}\n`); // A diff is not to be folded.
  const wanted = !nothing && dryRun !== true && (!asks || answered(await confirm({ message: 'Make these changes?' })));
  if (wanted) await plan.apply();
  return { agents, files, done: wanted };
}

/** The change of a file as a diff. A long file that is new and Firebreak's own is named: `--json` has its text. */
function fileText({ kind, path, diff }: PlannedFile): string {
  const lines = diff.split('\n').filter((line) => line.startsWith('+')).length - 1;
  const isOwn = kind === 'new' && /\/hook-client$/u.test(path);
  return isOwn ? `--- /dev/null\n+++ ${path}\n    Firebreak's hook client: ${lines} lines of shell\n` : diff;
}

/** Each file's change as a diff, after a line for each agent. */
export function planText({ agents, files }: AgentHooksPlan): string {
  return [...agents.flatMap(agentLines), ...(files.length === 0 ? [] : ['', ...files.map(fileText)])].join('\n');
}

function agentLines({ title, version, level, problem, notes, files }: PlannedAgent): readonly string[] {
  const name = version === undefined ? title : `${title} ${version}`;
  if (problem !== undefined) return [`${name}: cannot be done: ${problem}`];
  const where = `${LEVEL_WORDS[level ?? 'user']}${files.length === 0 ? ', nothing to do' : ''}`;
  return [`${name}: ${where}`, ...notes.map((note) => `  ${note}`)];
}

const LEVEL_WORDS = {
  managed: 'for all users of this machine, set by the administrator',
  user: 'for you',
  project: 'for this project',
} as const;

/** For the end of `firebreak init`. */
export function hooksSummary({ agents, files, done }: HooksDone): readonly string[] {
  if (agents.length === 0) return [];
  const failed = agents.filter(({ problem }) => problem !== undefined).map(({ title }) => title);
  const ready = agents.filter(({ problem }) => problem === undefined);
  const names = ready.map(({ title }) => title).join(', ');
  return [
    ...(names === ''
      ? []
      : [
          done || files.length === 0
            ? `Hooks: ${names}; start these agents again`
            : `No hooks were installed: ${names}`,
        ]),
    ...(failed.length === 0 ? [] : [`No hooks could be installed: ${failed.join(', ')}`]),
    ...ready.flatMap(({ notes }) => notes.map((note) => `  ${note}`)),
  ];
}
