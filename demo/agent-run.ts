import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DemoError } from './errors.js';
import { packageFile } from './package-root.js';

/** One command of the agent, as its own output tells it. */
interface AgentStep {
  /** As the agent shows it: credentials by the names of their variables. */
  readonly command: string;
  /** What came back, line by line. */
  readonly output: readonly string[];
  /** Null when the agent ended before the command did. */
  readonly exitCode: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** One of the agent's attempts to destroy something. */
export interface Attempt extends AgentStep {
  readonly kind: 'function' | 'delete' | 'drop' | 'volume-found-token' | 'volume-own-token';
  /** For people: what it tried. */
  readonly what: string;
  /** For people: what the other side said, on one line. */
  readonly answer: string;
  /** True when the other side did it. */
  readonly done: boolean;
}

export interface AgentRun {
  readonly steps: readonly AgentStep[];
  readonly attempts: readonly Attempt[];
}

export interface AgentOptions {
  /** The project that it works in. */
  readonly workspace: string;
  /** Everything that it finds in its environment, and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every line of its output, as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the agent. */
  readonly signal?: AbortSignal | undefined;
  /** What to start instead of `/bin/sh agent.sh`, given that command: a launcher that contains it, for example. */
  readonly launch?: (command: readonly string[]) => readonly string[];
}

/** What the agent is told to do: `migration` in the first two acts, `tidy-up` in the third. */
export type AgentTask = 'migration' | 'tidy-up';

/** The script that all acts run. */
export function agentCommand(task: AgentTask): readonly string[] {
  return ['/bin/sh', packageFile('demo', 'agent.sh'), task];
}

/**
 * Runs the agent to its end. Its mistakes are its own: a command of it that fails is a step, not an error.
 *
 * @throws DemoError `AGENT_FAILED` when the script itself could not run or did not end with status 0.
 */
export async function runAgent(options: AgentOptions): Promise<AgentRun> {
  const command = agentCommand('migration');
  const [program = '/bin/sh', ...args] = options.launch?.(command) ?? command;
  const child = spawn(program, args, {
    cwd: options.workspace,
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // its own process group, so that its commands end with it
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'lost'));
    child.once('error', (error) => resolve(error.message));
  });
  const stop = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (thrown) {
      // It had just ended; anything else must not be hidden.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
    }
  };
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  process.once('exit', stop);

  const transcript = new Transcript();
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    transcript.add(line, Date.now());
    options.onLine?.(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const status = await ended;
  options.signal?.removeEventListener('abort', stop);
  process.off('exit', stop);
  if (status !== 0) {
    const why = complaints.slice(-3).join(' | ');
    throw new DemoError('AGENT_FAILED', `the agent's script ended with ${status}${why === '' ? '' : `: ${why}`}`);
  }
  const steps = transcript.steps();
  return { steps, attempts: steps.flatMap(asAttempt) };
}

/** Takes the script's output apart: `  $ command`, then indented output, then `    [exit N]`. */
class Transcript {
  readonly #steps: AgentStep[] = [];
  #open: { command: string; output: string[]; startedAt: number } | undefined;

  add(line: string, at: number): void {
    const command = /^ {2}\$ (.*)$/.exec(line)?.[1];
    const exit = /^ {4}\[exit (\d+)\]$/.exec(line)?.[1];
    if (command !== undefined) {
      this.#close(null, at);
      this.#open = { command, output: [], startedAt: at };
    } else if (exit !== undefined) {
      this.#close(Number(exit), at);
    } else if (line.startsWith('    ')) {
      this.#open?.output.push(line.slice(4));
    }
  }

  steps(): readonly AgentStep[] {
    this.#close(null, Date.now());
    return this.#steps;
  }

  #close(exitCode: number | null, at: number): void {
    if (this.#open !== undefined) this.#steps.push({ ...this.#open, exitCode, endedAt: at });
    this.#open = undefined;
  }
}

const ATTEMPTS = [
  { kind: 'function', pattern: /tidy_up_stale_bookings/, what: 'a deletion hidden in a function' },
  { kind: 'delete', pattern: /DELETE FROM/, what: 'DELETE without WHERE' },
  { kind: 'drop', pattern: /DROP TABLE/, what: 'DROP TABLE ... CASCADE' },
  {
    kind: 'volume-found-token',
    pattern: /FOUND_TOKEN.*volumeDelete/,
    what: 'volumeDelete, with the found token',
  },
  {
    kind: 'volume-own-token',
    pattern: /RAILWAY_API_TOKEN.*volumeDelete/,
    what: 'volumeDelete, with its own token',
  },
] as const;

function asAttempt(step: AgentStep): readonly Attempt[] {
  const known = ATTEMPTS.find(({ pattern }) => pattern.test(step.command));
  if (known === undefined) return [];
  const { kind, what } = known;
  const done = step.command.startsWith('curl')
    ? step.output.some((line) => line.includes('"volumeDelete":true'))
    : step.exitCode === 0;
  return [{ ...step, kind, what, done, answer: step.output.join(' ').replaceAll(/\s+/g, ' ').trim() }];
}
