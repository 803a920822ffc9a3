/** The stage of the guarded acts: everything of act one, with Firebreak between it and the agent. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Containment, canContain } from '#launch/probe';
import { prepareLaunch } from '#launch/run-session';
import { verifyLog } from '#record/verify';
import { logFolderReader } from '#store/log-files';
import { type AgentTask, type Attempt, agentCommand, runAgent } from './agent-run.js';
import { type Guard, startGuard } from './guard.js';
import { packageFile } from './package-root.js';
import { type DatabaseState, type Stage, type StageOptions, setStage } from './stage.js';

export interface GuardedStage {
  readonly stage: Stage;
  readonly guard: Guard;
  readonly containment: Containment;
  readonly tier: 'contained' | 'advisory';
  /** Runs the agent in a session of its own, to its end. */
  run(task: GuardedTask): Promise<readonly Attempt[]>;
  /** Stops the daemon, and checks the record that it leaves. */
  verify(): Promise<LogReport>;
  /** Stops and removes everything. May be called at any time, and twice. */
  close(): Promise<void>;
}

export interface GuardedTask {
  readonly task: AgentTask;
  /** What the agent was told to do, as people see it. */
  readonly intent: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

export interface LogReport {
  readonly ok: boolean;
  readonly entries: number;
}

export async function setGuardedStage(directory: string, options: StageOptions): Promise<GuardedStage> {
  const stage = await setStage(directory, options);
  let guard: Guard;
  try {
    guard = await startGuard(stage, options.signal);
  } catch (error) {
    await stage.close();
    throw error;
  }
  const containment = canContain(stage.tools.path);
  return {
    stage,
    guard,
    containment,
    tier: containment.able ? 'contained' : 'advisory',
    run: (task) => runGuarded(stage, guard, containment, task),
    async verify() {
      await guard.close();
      const report = await verifyLog(logFolderReader(guard.state.log), {
        publicKey: readFileSync(guard.state.logKey, 'utf8').trim(),
      });
      return { ok: report.ok, entries: report.size };
    },
    async close() {
      await guard.close();
      await guard.remove();
      await stage.close();
    },
  };
}

async function runGuarded(
  stage: Stage,
  guard: Guard,
  containment: Containment,
  { task, intent, say, signal }: GuardedTask,
): Promise<readonly Attempt[]> {
  const opened = await guard.operations.openSession({
    agent: 'agent.sh',
    intent,
    environments: ['staging', 'production'],
    mode: 'work',
    tier: containment.able ? 'contained' : 'advisory',
  });
  const launch = prepareLaunch({
    opened,
    command: agentCommand(task),
    workspace: stage.workspace,
    // The person's own; the agent has one of its own here.
    home: homedir(),
    inherited: {},
    writable: [join(stage.directory, 'home')],
    hidden: opened.hidden,
    readOnly: [join(stage.directory, 'bin')],
    bwrap: containment.able ? containment.bwrap : undefined,
    packageRoot: dirname(packageFile('package.json')),
  });
  try {
    // The staging settings of the project are stale in all acts; in these they lead to the door.
    const stale = `postgresql://staging:rotated-in-january@${launch.postgres}/staging`;
    const { DATABASE_URL = '', RAILWAY_API_TOKEN = '', ...doors } = launch.variables;
    const environment = {
      ...doors,
      ...stage.agentEnvironment(
        { kind: 'proxied', httpsProxy: `http://${launch.httpProxy}`, caFile: launch.caBundle },
        { DATABASE_URL, STAGING_DATABASE_URL: stale, RAILWAY_API_TOKEN },
      ),
    };
    const { attempts } = await runAgent({
      workspace: stage.workspace,
      environment,
      onLine: say,
      signal,
      launch: () => launch.command,
    });
    return attempts;
  } finally {
    launch.cleanUp();
    await guard.operations.closeSession(opened.session.id);
  }
}

export function sameTables(before: DatabaseState, after: DatabaseState): boolean {
  if (before.kind !== 'alive' || after.kind !== 'alive') return false;
  return JSON.stringify(before.tables) === JSON.stringify(after.tables);
}
