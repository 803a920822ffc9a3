/** The real Codex, offline: a scripted model, a home of its own, and the hooks as `firebreak init` installs them. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '#action/action';
import { type AgentHome, type AgentRan, agentHome } from './agent-home.js';
import { installAgent } from './install-agent.js';
import { openaiResponses } from './openai-responses.js';
import { type Script, type ScriptedModel, startScriptedModel } from './scripted-model.js';

const TARGETS: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
};

const PLATFORM = `${process.platform}-${process.arch}`;

export const CODEX = {
  name: '@openai/codex',
  version: '0.169.0',
  program: `@openai/codex-${PLATFORM}/vendor/${TARGETS[PLATFORM]}/bin/codex`,
} as const;

export interface CodexRun extends AgentRan {
  readonly model: Pick<ScriptedModel, 'requests'>;
  /** What the model was told about its calls, in order. */
  readonly results: readonly string[];
}

export const codexHome = async (hooksAt: string): Promise<AgentHome> =>
  agentHome('codex', 'codex', await installAgent(CODEX), hooksAt);

/** Runs one task to its end (`codex exec`). */
export async function runCodex(
  home: AgentHome,
  script: Script,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<CodexRun> {
  const model = await startScriptedModel(openaiResponses, script);
  const path = join(home.home, '.codex', 'config.toml');
  const before = await readFile(path, 'utf8').catch(() => '');
  try {
    const own = before.replace(/^# model[\s\S]*?# end of model\n/, '');
    await writeFile(path, `${modelSettings(model.url)}${own}`);
    const ran = await home.run(
      ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', ...args, 'Please tidy up.'],
      { FAKE_KEY: 'dummy', ...environment },
    );
    return {
      ...ran,
      model: { requests: model.requests },
      results: model.requests.at(-1)?.results.map(({ text }) => text) ?? [],
    };
  } finally {
    await model.close();
  }
}

/** `wire_api = "responses"` is the only one that Codex still speaks. */
function modelSettings(url: string): string {
  return `# model
model = "gpt-5.1-codex"
model_provider = "scripted"
check_for_update_on_startup = false
[model_providers.scripted]
name = "scripted"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"
request_max_retries = 0
stream_max_retries = 0
# end of model
`;
}

export const command = (cmd: string, more: JsonObject = {}) => ({
  name: 'exec_command',
  input: { cmd, ...more },
});
