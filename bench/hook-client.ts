/**
 * What a hook adds to each of an agent's calls: a harmless command through a real daemon, by http as Claude Code asks, by the
 * client as the others do, and by opencode's plugin; beside a bare start of Node and cc-safety-net (npm), which is what a
 * guard costs that starts Node for each call. One after another in every round, so that all meet the same machine.
 *
 *     npm run bench
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { clientText } from '#daemon/agents/agent-hooks';
import { hookCommand } from '#intercept/hook/client/script';
import { DIALECTS } from '#intercept/hook/dialects';
import { CLIENT_EVENTS } from '#intercept/hook/installations';
import { opencodePlugin } from '#intercept/hook/opencode/plugin';
import { prepareFirebreak, startFirebreak } from '../demo/daemon-process.js';
import { printRow, quantile } from './figures.js';

const ROUNDS = Number(process.env['ROUNDS'] ?? 60);
/** Before the counting begins: the daemon's code is compiled, files are in the cache. */
const WARM = 10;
const PEER = 'cc-safety-net@2.4.5';

const folder = mkdtempSync(join(tmpdir(), 'fb-bench-hook-'));
const prepared = await prepareFirebreak({
  folder: join(folder, 'fb'),
  approvers: ['dana'],
  secrets: [],
  config:
    "version: 1\nenvironments: { production: { protected: true } }\nlisten: { human: '127.0.0.1:0', hooks: '127.0.0.1:0' }\n",
});
const firebreak = await startFirebreak(prepared);
const address = firebreak.addresses.hooks;
if (address === undefined) throw new Error('the daemon has no door for hooks');

const COMMAND = "git log --oneline -20 | grep -i 'fix' | head -5 && npm test -- --run src/orders 2>&1 | tail -40";
const bodies = {
  claude: JSON.stringify({
    session_id: 'b',
    cwd: folder,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: COMMAND },
  }),
  gemini: JSON.stringify({
    session_id: 'b',
    cwd: folder,
    hook_event_name: 'BeforeTool',
    tool_name: 'run_shell_command',
    tool_input: { command: COMMAND },
  }),
};

const client = join(folder, 'hook-client');
writeFileSync(client, clientText(), { mode: 0o755 });
const keptAlive = new Agent({ keepAlive: true });
const plugin = await loadPlugin();
const peer = installPeer();

const arms: readonly { readonly name: string; readonly budget: string; readonly run: () => Promise<string> }[] = [
  {
    name: 'http, kept alive (Claude Code)',
    budget: 'p50 at most 2 ms',
    run: () => post('/v1/hooks/claude-code/PreToolUse', bodies.claude),
  },
  { name: 'plugin (opencode)', budget: 'p50 at most 2 ms', run: plugin },
  {
    name: 'client (Codex)',
    budget: 'p50 at most 15 ms',
    run: () => shell(commandOf('codex', 'PreToolUse'), bodies.claude),
  },
  {
    name: 'client (Gemini CLI)',
    budget: 'p50 at most 15 ms',
    run: () => shell(commandOf('gemini', 'BeforeTool'), bodies.gemini),
  },
  { name: '/bin/sh that does nothing', budget: '', run: () => shell('cat > /dev/null', bodies.claude) },
  { name: 'node -e 0', budget: '', run: () => started(process.execPath, ['-e', '0'], bodies.claude) },
  ...(peer === undefined
    ? []
    : [
        {
          name: PEER,
          budget: '',
          run: () => started(process.execPath, [peer, 'hook', '--claude-code'], bodies.claude),
        },
      ]),
];

const times = new Map<string, number[]>(arms.map(({ name }) => [name, []]));
try {
  for (let round = 0; round < WARM + ROUNDS; round += 1) {
    for (const { name, run } of arms) {
      const began = performance.now();
      const answer = await run();
      const took = performance.now() - began;
      if (/deny|block/.test(answer)) throw new Error(`${name}: a harmless call was denied: ${answer}`);
      if (round >= WARM) times.get(name)?.push(took);
    }
  }
  console.log(`A hook's round trip for a harmless command, ${ROUNDS} rounds: p50, p90 and least`);
  for (const { name, budget } of arms) {
    const all = times.get(name) ?? [];
    const [half, most, least] = [quantile(all, 0.5), quantile(all, 0.9), Math.min(...all)].map((time) =>
      time.toFixed(1),
    );
    printRow(name.padEnd(30), `${half} ${most} ${least} ms`, budget);
  }
} finally {
  keptAlive.destroy();
  await firebreak.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}

function post(path: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(`http://${address}${path}`, { method: 'POST', agent: keptAlive, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function commandOf(agent: string, event: string): string {
  const found = CLIENT_EVENTS.find((one) => one.dialect === DIALECTS.get(agent) && one.event === event);
  if (found === undefined) throw new Error(`no hook ${agent}/${event}`);
  return hookCommand(client, address ?? '', found, 60);
}

function shell(command: string, input: string): Promise<string> {
  return started('/bin/sh', ['-c', command], input);
}

function started(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.stdin.on('error', () => undefined); // `node -e 0` reads nothing.
    child.on('error', reject);
    child.on('close', () => resolve(text));
    child.stdin.end(input);
  });
}

async function loadPlugin(): Promise<() => Promise<string>> {
  const path = join(folder, 'firebreak.mjs');
  writeFileSync(path, opencodePlugin(address ?? ''));
  const { Firebreak } = await import(pathToFileURL(path).href);
  const hooks = await Firebreak({ directory: folder });
  return async () => {
    await hooks['tool.execute.before']({ tool: 'bash', sessionID: 'b', callID: 'c' }, { args: { command: COMMAND } });
    return '';
  };
}

/** Outside the repository, once. Undefined: it cannot be had here, and the figures stand without it. */
function installPeer(): string | undefined {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'firebreak-bench', PEER);
  const program = join(cache, 'node_modules/cc-safety-net/dist/bin/cc-safety-net.js');
  if (existsSync(program)) return program;
  try {
    mkdirSync(cache, { recursive: true });
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', cache, PEER], {
      stdio: 'ignore',
      timeout: 120_000,
    });
    return program;
  } catch (error) {
    console.log(`  (${PEER} could not be installed: ${error instanceof Error ? error.message : error})`);
    return undefined;
  }
}
