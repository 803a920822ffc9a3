/** The real Gemini CLI, offline: a scripted model, a home of its own, and the hooks as `firebreak init` installs them. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentHome, type AgentRan, agentHome } from './agent-home.js';
import { googleGemini } from './google-gemini.js';
import { installAgent } from './install-agent.js';
import { type Script, type ScriptedModel, startScriptedModel } from './scripted-model.js';

/** JavaScript for the Node that runs the tests. */
export const GEMINI = {
  name: '@google/gemini-cli',
  version: '0.61.0',
  program: '@google/gemini-cli/bundle/gemini.js',
} as const;

export interface GeminiRun extends AgentRan {
  readonly model: Pick<ScriptedModel, 'requests'>;
  /** What the model was told about its calls, in order. */
  readonly results: readonly string[];
}

export async function geminiHome(hooksAt: string): Promise<AgentHome> {
  const program = await installAgent(GEMINI);
  await chmod(program, 0o755); // npm would do that for the link that it makes.
  const home = await agentHome('gemini', 'gemini', program, hooksAt);
  const path = join(home.home, '.gemini', 'settings.json');
  const settings = JSON.parse(await readFile(path, 'utf8'));
  const own = {
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    general: { disableAutoUpdate: true, enableAutoUpdate: false },
    telemetry: { enabled: false },
    privacy: { usageStatisticsEnabled: false },
  };
  await writeFile(path, JSON.stringify({ ...settings, ...own }, undefined, 2));
  return home;
}

/** Runs one task to its end (`gemini -p`). */
export async function runGemini(home: AgentHome, script: Script): Promise<GeminiRun> {
  const model = await startScriptedModel(googleGemini, script);
  try {
    const ran = await home.run(['--yolo', '-p', 'Please tidy up.'], {
      GOOGLE_GEMINI_BASE_URL: model.url,
      GEMINI_API_KEY: 'dummy',
      GEMINI_MODEL: 'gemini-2.5-flash',
      NO_COLOR: '1',
    });
    const own = model.requests.filter(({ body }) => JSON.stringify(body).includes('run_shell_command'));
    return { ...ran, model: { requests: own }, results: own.at(-1)?.results.map(({ text }) => text) ?? [] };
  } finally {
    await model.close();
  }
}

export const command = (text: string) => ({
  name: 'run_shell_command',
  input: { command: text, description: 'a step' },
});
