/**
 * Proves a hook as it is installed: the very command, address or plugin of the agent's settings is called as the agent would
 * call it, with a command that must not be let through. Nothing is run: a hook only decides.
 */
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import type { JsonObject, JsonValue } from '#action/action';
import { assertNever } from '#base/assert-never';
import { messageOf } from '#base/errors';
import { randomText } from '#base/ids';
import type { Installation, InstalledHook } from '#intercept/hook/installation';

/** How long a hook may take to answer, in milliseconds: a denial comes at once. */
const MILLISECONDS = 5_000;

export type Proof =
  /** The daemon denied it. */
  | { readonly kind: 'denied' }
  /** It was refused because nobody decided: nothing passes, harmless calls neither. */
  | { readonly kind: 'blocked'; readonly reason: string }
  /** The agent would have run it. */
  | { readonly kind: 'passed'; readonly reason: string };

/**
 * What must be denied: Firebreak's own files are out of bounds for every agent, by policy. It names nothing that exists, so
 * even where it ran it would do nothing.
 */
export const CANARY = 'rm -rf /etc/firebreak/canary';

export async function proveHook(
  installation: Installation,
  hook: InstalledHook,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<Proof> {
  const call = installation.canary(`firebreak-doctor-${randomText(8)}`, CANARY, folder);
  try {
    const answer = await answerOf(hook, call, environment);
    const reason = installation.denial(answer);
    if (reason === undefined) return { kind: 'passed', reason: 'the daemon let it pass' };
    // The client's and the plugin's own words, when nobody answers them.
    return /so nothing was allowed/.test(reason) ? { kind: 'blocked', reason } : { kind: 'denied' };
  } catch (error) {
    const why = messageOf(error);
    return hook.kind === 'http' && hook.blocksOnFailure
      ? { kind: 'blocked', reason: why }
      : { kind: 'passed', reason: why };
  }
}

async function answerOf(hook: InstalledHook, call: JsonObject, environment: NodeJS.ProcessEnv): Promise<JsonValue> {
  switch (hook.kind) {
    case 'http': {
      const response = await fetch(hook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call),
        signal: AbortSignal.timeout(MILLISECONDS),
      }).catch((cause: unknown) => {
        throw new Error(`nobody answers at ${hook.url}`, { cause });
      });
      return parse(await response.text());
    }
    case 'command':
      return parse(await ran('/bin/sh', ['-c', hook.command], JSON.stringify(call), environment));
    case 'plugin':
      return parse(
        await ran(
          process.execPath,
          ['--input-type=module', '-e', CALL_PLUGIN],
          pluginCall(hook.path, call),
          environment,
        ),
      );
    default:
      return assertNever(hook);
  }
}

/** Silence is an answer, too. */
function parse(text: string): JsonValue {
  return text.trim() === '' ? null : JSON.parse(text);
}

const pluginCall = (path: string, call: JsonObject) => JSON.stringify({ ...call, plugin: pathToFileURL(path).href });

const CALL_PLUGIN = `
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { plugin, directory, input, output } = JSON.parse(text);
const [make] = Object.values(await import(plugin));
const hooks = await make({ directory });
let thrown;
try { await hooks['tool.execute.before'](input, output); } catch (error) { thrown = String(error?.message ?? error); }
console.log(JSON.stringify({ thrown }));
`;

function ran(program: string, args: readonly string[], input: string, environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'ignore'], env: environment, detached: true });
    let out = '';
    const late = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL'); // With all that it started.
    }, MILLISECONDS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stdin.on('error', () => undefined); // What does not read its input is told by its answer.
    child.on('error', reject);
    child.on('close', (status) => {
      clearTimeout(late);
      if (status === 0) resolve(out);
      else reject(new Error(status === null ? 'the hook does not answer' : `the hook ends with status ${status}`));
    });
    child.stdin.end(input);
  });
}
