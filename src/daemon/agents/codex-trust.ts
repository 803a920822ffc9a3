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

const MILLISECONDS = 15_000;

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

/** Every hook that Codex would know in a folder. Undefined: it could not be asked. */
export function codexHooks(
  program: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<readonly CodexHook[] | undefined> {
  return new Promise((done) => {
    const child = spawn(program, ['app-server'], { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
    const end = (hooks: readonly CodexHook[] | undefined) => {
      clearTimeout(late);
      child.kill();
      done(hooks);
    };
    const late = setTimeout(() => end(undefined), MILLISECONDS);
    const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    child.on('error', () => end(undefined));
    child.on('exit', () => end(undefined));
    child.stdin.on('error', () => end(undefined));
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
 * The hashes that Codex would want trusted for hooks that are not installed yet: asked of it in a folder of its own. By
 * event and place, `pre_tool_use:0:0`; undefined when it could not be asked.
 */
export async function hashesOf(
  program: string,
  hooksText: string,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, string> | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-codex-'));
  try {
    writeFileSync(join(folder, 'hooks.json'), hooksText);
    const hooks = await codexHooks(program, folder, { ...environment, CODEX_HOME: folder });
    return hooks && new Map(hooks.map(({ key, currentHash }) => [placeIn(key), currentHash]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A key without its file. */
export function placeIn(key: string): string {
  return key.split(':').slice(-3).join(':');
}
