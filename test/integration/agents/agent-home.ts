/** A home folder with a real agent whose hooks `firebreak init` has installed, and runs of that agent in it. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type AgentHooksContext, planAgentHooks } from '#daemon/agents/agent-hooks';
import { placesOf } from '#daemon/agents/detect';
import type { AgentName } from '#intercept/hook/dialect';

export interface AgentHome {
  readonly home: string;
  /** Where it works; not in its home. */
  readonly work: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly context: AgentHooksContext;
  /** Runs it to its end. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<AgentRan>;
  close(): Promise<void>;
}

export interface AgentRan {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an agent may take, in milliseconds, on a busy machine. */
const MILLISECONDS = 110_000;

/**
 * @param program the agent's program, which is found under `name` on the search path
 * @param hooksAt `host:port` of the hook door
 */
export async function agentHome(agent: AgentName, name: string, program: string, hooksAt: string): Promise<AgentHome> {
  const folder = await mkdtemp(join(tmpdir(), `fb-${name}-`));
  const [home, work, bin] = [join(folder, 'home'), join(folder, 'work'), join(folder, 'bin')];
  for (const path of [home, work, bin, join(folder, 'state')]) await mkdir(path);
  await symlink(program, join(bin, name));
  const environment = {
    HOME: home,
    PATH: [bin, process.env['PATH'] ?? ''].join(delimiter),
    FIREBREAK_MANAGED_ROOT: folder,
  };
  const context = {
    stateFolder: join(folder, 'state'),
    address: hooksAt,
    environment,
    places: placesOf(environment, work),
  };
  const plan = await planAgentHooks(context, { agents: [agent], level: 'user' });
  const problem = plan.agents[0]?.problem ?? (plan.agents.length === 0 ? 'the agent was not found' : undefined);
  if (problem !== undefined) throw new Error(problem);
  await plan.apply();
  return {
    home,
    work,
    environment,
    context,
    run(args, more = {}) {
      const child = spawn(program, [...args], {
        cwd: work,
        env: { ...environment, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: MILLISECONDS,
        killSignal: 'SIGKILL',
      });
      const text = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8').on('data', (chunk: string) => {
          text[stream] += chunk;
        });
      }
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status) => resolve({ status, ...text }));
      });
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 20 }),
  };
}
