/**
 * What Codex says of hooks, asked through its own app server (`codex app-server`, JSON-RPC on standard input and output,
 * method `hooks/list`): their hashes, and whether the user has trusted them. The hash is Codex's to compute, so it is asked, not
 * rebuilt.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const COPY = 'firebreak-codex-';

const MILLISECONDS = 15_000;
const ENDING_MILLISECONDS = 2_000;

const listed = z.object({
  result: z.object({
    data: z.array(
      z.object({
        hooks: z.array(
          z.object({
            key: z.string(),
            currentHash: z.string(),
            trustStatus: z.string(),
            enabled: z.boolean(),
            command: z.string().nullish(),
            eventName: z.string(),
          }),
        ),
      }),
    ),
  }),
});

export type CodexHook = z.infer<typeof listed>['result']['data'][number]['hooks'][number];

/** Every hook that Codex knows in a folder. Undefined: it could not be asked. */
function listHooks(
  program: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<readonly CodexHook[] | undefined> {
  return new Promise((done) => {
    const child = spawn(program, ['app-server', '-c', 'features.plugins=false'], {
      cwd: folder,
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let found: readonly CodexHook[] | undefined;
    // It tidies up when its input ends; the answer counts when it has gone, for it may still write into its folder.
    const end = (hooks?: readonly CodexHook[]) => {
      found = hooks;
      child.stdin.end();
      setTimeout(() => child.kill('SIGKILL'), ENDING_MILLISECONDS).unref();
    };
    const late = setTimeout(() => end(), MILLISECONDS);
    const gone = () => {
      clearTimeout(late);
      done(found);
    };
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    child.on('error', gone);
    child.on('exit', gone);
    child.stdin.on('error', () => undefined); // It has gone, which is told above.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const id = idOf(line);
      if (id === 1) {
        send({ method: 'initialized' });
        send({ id: 2, method: 'hooks/list', params: { cwds: [folder] } });
      }
      if (id !== 2) return;
      const answer = listed.safeParse(JSON.parse(line));
      end(answer.success ? answer.data.result.data.flatMap(({ hooks }) => hooks) : undefined);
    });
    send({
      id: 1,
      method: 'initialize',
      params: { clientInfo: { name: 'firebreak', title: 'Firebreak', version: '1' } },
    });
  });
}

function idOf(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  } catch {
    return undefined; // Not a message; what is asked for comes later or the deadline ends it.
  }
}

/**
 * What Codex would say of hooks and of the trust in them. It is asked in a folder that is a copy of its own, because it keeps
 * things there wherever it starts, and looks for plugins.
 *
 * @param at Codex's own folder, and the texts of its files there
 * @param project the folder that an agent would work in
 * @returns undefined when it could not be asked
 */
export async function codexHooks(
  program: string,
  at: { readonly folder: string; readonly hooks: string | undefined; readonly config: string | undefined },
  project: string,
  environment: NodeJS.ProcessEnv,
): Promise<readonly CodexHook[] | undefined> {
  const copy = mkdtempSync(join(tmpdir(), COPY));
  try {
    if (at.hooks !== undefined) writeFileSync(join(copy, 'hooks.json'), at.hooks);
    // Trust names the hook's file.
    if (at.config !== undefined)
      writeFileSync(join(copy, 'config.toml'), at.config.replaceAll(`${at.folder}/hooks.json:`, `${copy}/hooks.json:`));
    return await listHooks(program, project, { ...environment, CODEX_HOME: copy });
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The hashes that Codex would want trusted for hooks that are not installed yet, by event and place: `pre_tool_use:0:0`. */
export async function hashesOf(
  program: string,
  hooks: string,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, string> | undefined> {
  const found = await codexHooks(program, { folder: '', hooks, config: undefined }, tmpdir(), environment);
  // Not those of the machine, which Codex lists as well.
  const own = found?.filter(({ key }) => key.includes(COPY));
  return own && new Map(own.map(({ key, currentHash }) => [placeIn(key), currentHash]));
}

/** A key without its file. */
export function placeIn(key: string): string {
  return key.split(':').slice(-3).join(':');
}
