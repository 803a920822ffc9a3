/** The real Claude Code, offline: a scripted model, a home of its own, and hooks where a test says. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '#action/action';
import { claudeCodeHooks } from '#intercept/hook/claude-code/settings';
import { anthropic } from './anthropic.js';
import { installAgent } from './install-agent.js';
import { type Script, type ScriptedModel, startScriptedModel } from './scripted-model.js';

export const CLAUDE_CODE = {
  name: '@anthropic-ai/claude-code',
  version: '2.1.329',
  program: `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`,
} as const;

export interface ClaudeRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly model: Pick<ScriptedModel, 'requests'>;
  /** What the model was told about its calls, in order; of the main conversation. */
  readonly results: readonly { readonly text: string; readonly isError?: boolean | undefined }[];
}

export interface ClaudeOptions {
  /** `host:port` of the hook door. */
  readonly hooksAt: string;
  readonly folder: string;
  readonly script: Script;
  readonly task?: string;
  /** Replaces the hooks that Firebreak installs. */
  readonly hooks?: JsonObject;
  readonly permissions?: JsonObject;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Without these the agent would look for its makers' servers. */
const OFFLINE = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_TELEMETRY: '1',
} as const;

/** Runs one task to its end (`claude -p`). */
export async function runClaude(options: ClaudeOptions): Promise<ClaudeRun> {
  const program = await installAgent(CLAUDE_CODE);
  const home = await mkdtemp(join(tmpdir(), 'fb-claude-'));
  const model = await startScriptedModel(anthropic, options.script);
  try {
    await mkdir(join(home, '.claude'));
    // Rules in a project's own settings are not minded before a person trusts the project.
    const settings = {
      permissions: options.permissions ?? { allow: ['Bash', 'Write', 'Edit', 'Read', 'Agent'] },
      hooks: options.hooks ?? claudeCodeHooks(options.hooksAt),
    };
    await writeFile(join(home, '.claude', 'settings.json'), JSON.stringify(settings));
    const child = spawn(program, ['-p', options.task ?? 'Please tidy up.'], {
      cwd: options.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: 'dummy',
        ...OFFLINE,
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const own = model.requests.filter(({ headers }) => headers['x-claude-code-agent-id'] === undefined);
    return { status, stdout, stderr, model: { requests: model.requests }, results: own.at(-1)?.results ?? [] };
  } finally {
    await model.close();
    await rm(home, { recursive: true, force: true, maxRetries: 20 });
  }
}

export const bashCall = (command: string) => ({ name: 'Bash', input: { command, description: 'a step' } });
