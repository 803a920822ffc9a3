/** The real opencode, offline: a scripted model, a home of its own, and the plugin as `firebreak init` installs it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentHome, type AgentRan, agentHome } from './agent-home.js';
import { anthropic } from './anthropic.js';
import { installAgent } from './install-agent.js';
import { type Script, type ScriptedModel, startScriptedModel } from './scripted-model.js';

export const OPENCODE = {
  name: 'opencode-ai',
  version: '1.18.33',
  program: `opencode-${process.platform}-${process.arch}/bin/opencode`,
} as const;

export interface OpencodeRun extends AgentRan {
  readonly model: Pick<ScriptedModel, 'requests'>;
  /** What the model was told about its calls, in order. */
  readonly results: readonly string[];
}

export const opencodeHome = async (hooksAt: string): Promise<AgentHome> =>
  agentHome('opencode', 'opencode', await installAgent(OPENCODE), hooksAt);

/** Without these it would look for its makers' servers, and wait for a registry. */
const OFFLINE = {
  npm_config_offline: 'true',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_SHARE: '1',
} as const;

/** Runs one task to its end (`opencode run`). */
export async function runOpencode(home: AgentHome, script: Script): Promise<OpencodeRun> {
  const model = await startScriptedModel(anthropic, script);
  try {
    const provider = {
      npm: '@ai-sdk/anthropic',
      options: { baseURL: `${model.url}/v1`, apiKey: 'dummy' },
      models: { model: { name: 'model', tool_call: true, limit: { context: 200_000, output: 8_000 } } },
    };
    const settings = {
      autoupdate: false,
      share: 'disabled',
      model: 'scripted/model',
      small_model: 'scripted/model',
      provider: { scripted: provider },
    };
    await writeFile(join(home.home, '.config/opencode/opencode.json'), JSON.stringify(settings));
    const ran = await home.run(['run', '--model', 'scripted/model', 'Please tidy up.'], OFFLINE);
    // It also has the model think of a title, without tools.
    const own = model.requests.filter(({ body }) => Array.isArray(body['tools']) && body['tools'].length > 0);
    return { ...ran, model: { requests: own }, results: own.at(-1)?.results.map(({ text }) => text) ?? [] };
  } finally {
    await model.close();
  }
}

export const command = (text: string) => ({ name: 'bash', input: { command: text, description: 'a step' } });
