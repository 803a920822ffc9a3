/** The client, run for real by each shell that this machine has, against servers that answer, hang, cut and lie. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { codex } from '../codex/dialect.js';
import { cursor } from '../cursor/dialect.js';
import { gemini } from '../gemini/dialect.js';
import { ANSWER_MARK, type ClientEvent, hookClientScript, hookCommand } from './script.js';

const GATE: ClientEvent = { dialect: codex, event: 'PreToolUse', gates: true };
const EVENTS: readonly ClientEvent[] = [
  GATE,
  { dialect: codex, event: 'PostToolUse', gates: false },
  { dialect: gemini, event: 'BeforeTool', gates: true },
  { dialect: cursor, event: 'beforeShellExecution', gates: true },
  { dialect: cursor, event: 'afterShellExecution', gates: false },
];

const folder = mkdtempSync(join(tmpdir(), 'firebreak-client-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder with links to these programs alone, as a search path. */
function only(...programs: readonly string[]): string | undefined {
  const path = join(folder, `bin-${programs.join('-')}`);
  mkdirSync(path, { recursive: true });
  for (const program of programs) {
    const found = (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((part) => join(part, program))
      .find(existsSync);
    if (found === undefined) return undefined;
    if (!existsSync(join(path, program))) symlinkSync(found, join(path, program));
  }
  return path;
}

/** Each way to the daemon, with what it needs; those that this machine has. */
const WAYS = [
  { name: 'bash', shell: '/bin/bash', path: only('bash', 'cat') },
  { name: 'sh that finds bash', shell: '/bin/sh', path: only('bash', 'cat') },
  { name: 'bash as sh', shell: undefined, path: only('bash', 'cat') },
  { name: 'sh with curl', shell: '/bin/sh', path: only('cat', 'curl') },
  { name: 'sh with nc', shell: '/bin/sh', path: only('cat', 'nc', 'timeout') },
  { name: 'sh with socat', shell: '/bin/sh', path: only('cat', 'socat', 'timeout') },
].filter(({ path, name }) => path !== undefined && (name !== 'sh with curl' || isNotBash()));

function isNotBash(): boolean {
  return existsSync('/bin/dash') || existsSync('/bin/busybox');
}

let number = 0;
function clientFor(path: string | undefined): string {
  number += 1;
  const file = join(folder, `client-${number}`);
  writeFileSync(file, hookClientScript(EVENTS, path), { mode: 0o755 });
  return file;
}

interface Ran {
  readonly out: string;
  readonly error: string;
  readonly status: number | null;
  readonly milliseconds: number;
}

interface RunOptions {
  readonly shell?: string | undefined;
  readonly path?: string | undefined;
  readonly event?: ClientEvent;
  readonly seconds?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** False: standard input is never closed. */
  readonly closeInput?: boolean;
}

function run(address: string, input: string, options: RunOptions = {}): Promise<Ran> {
  const { dialect, event } = options.event ?? GATE;
  const began = Date.now();
  const client = clientFor(options.path);
  const args = [client, address, dialect.agent, event, String(options.seconds ?? 5)];
  const [program, argv] = options.shell === undefined ? ['/bin/bash', ['--posix', ...args]] : [options.shell, args];
  const child = spawn(program, argv, { env: { PATH: '/nowhere', ...options.env }, stdio: 'pipe' });
  let [out, error] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdin.on('error', () => {}); // A client that has given up does not read on.
  child.stdin.write(input);
  if (options.closeInput !== false) child.stdin.end();
  return new Promise((resolve) => {
    // What it left behind may hold the streams; an agent too waits for the exit only.
    child.on('exit', (status) =>
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        child.stdin.destroy();
        resolve({ out, error, status, milliseconds: Date.now() - began });
      }, 50),
    );
  });
}

/** A server that does with each connection what the test says; `request` is what had come when it was whole. */
async function serving(
  act: (request: string, socket: Socket) => void,
  use: (address: string, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // A client may be gone.
    let got = Buffer.alloc(0);
    let acted = false;
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      const end = got.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(got.subarray(0, end).toString())?.[1]);
      if (acted || end < 0 || got.length < end + 4 + length) return;
      acted = true;
      requests.push(got.toString('utf8'));
      act(got.toString('utf8'), socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new TypeError('no port');
  try {
    await use(`127.0.0.1:${at.port}`, requests);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

const MARK = `${ANSWER_MARK.name}: ${ANSWER_MARK.value}\r\n`;

function http(body: string, { mark = MARK, length = Buffer.byteLength(body), status = '200 OK' } = {}): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${length}\r\ncache-control: no-store\r\n${mark}connection: close\r\n\r\n${body}`;
}

const ALLOW = '{"permission":"allow"}';

describe.concurrent.each(WAYS)('$name', ({ shell, path }) => {
  const options = { shell, path };

  test('hands on what the daemon says, unchanged, and what the agent sent, whole', async () => {
    const said = '{"hookSpecificOutput":{"reason":"q\\"\\\\ \\u0000 ünï 💥 $(echo no) `no` %s \'x\'"}}';
    const call = JSON.stringify({ text: 'a\nb\\ %s %d $HOME `x` \'"\u0000ü💥', spaces: '  two  ' });
    await serving(
      (_, socket) => socket.end(http(said)),
      async (address, requests) => {
        expect(await run(address, call, options)).toMatchObject({ out: `${said}\n`, error: '', status: 0 });
        expect(requests[0]).toMatch(/^POST \/v1\/hooks\/codex\/PreToolUse HTTP\/1\.1\r\n/);
        expect(requests[0]?.split('\r\n\r\n')[1]).toBe(call);
      },
    );
  });

  test('silence is handed on as silence', async () => {
    await serving(
      (_, socket) => socket.end(http('')),
      async (address) => expect(await run(address, '{}', options)).toMatchObject({ out: '', error: '', status: 0 }),
    );
  });

  test('a mebibyte gets through', async () => {
    const call = JSON.stringify({ text: 'x\\"é'.repeat(200_000) }).slice(0, 1_048_570);
    await serving(
      (request, socket) =>
        socket.end(http(JSON.stringify({ length: Buffer.byteLength(request.split('\r\n\r\n')[1] ?? '') }))),
      async (address) => {
        const { out } = await run(address, call, { ...options, seconds: 20 });
        expect(JSON.parse(out)).toEqual({ length: Buffer.byteLength(call) });
      },
    );
  });

  test('a session of `firebreak run` is told, and only as a name', async () => {
    await serving(
      (_, socket) => socket.end(http(ALLOW)),
      async (address, requests) => {
        await run(address, '{}', { ...options, env: { FIREBREAK_SESSION: 'ses_01abc' } });
        await run(address, '{}', { ...options, env: { FIREBREAK_SESSION: 'x\r\nevil: 1' } });
        expect(requests[0]).toContain('\r\nx-firebreak-session: ses_01abc\r\n');
        expect(requests[1]).not.toMatch(/evil|x-firebreak-session/);
      },
    );
  });

  test.each([
    ['cut off in the body', (socket: Socket) => socket.end(http(ALLOW).slice(0, -3))],
    ['cut off in the head', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    ['closed at once', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['another server', (socket: Socket) => socket.end(http(ALLOW, { mark: '' }))],
    ['an error', (socket: Socket) => socket.end(http(ALLOW, { status: '500 Internal Server Error' }))],
    ['too short a length', (socket: Socket) => socket.end(http(ALLOW, { length: 3 }))],
    ['no JSON', (socket: Socket) => socket.end(http('yes, go on'))],
    ['no HTTP', (socket: Socket) => socket.end(ALLOW)],
    ['noughts', (socket: Socket) => socket.end(Buffer.alloc(300))],
    ['nothing, for ever', () => {}],
    [
      'a byte now and then',
      (socket: Socket) => {
        const timer = setInterval(() => socket.write('H'), 200);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ] as const)('a daemon that is down, late, cut off or not Firebreak is a denial: %s', async (_, act) => {
    await serving(
      (_request, socket) => act(socket),
      async (address) => {
        const ran = await run(address, '{}', { ...options, seconds: 1 });
        expect(ran.status).toBe(0);
        expect(deniedReason(ran.out)).toMatch(/^Firebreak .*nothing was allowed/);
        expect(ran.milliseconds).toBeLessThan(4_000);
      },
    );
  });

  test('a daemon that is down is a denial in the words of each agent', async () => {
    const nobody = '127.0.0.1:9'; // discard, which nobody serves.
    expect(deniedReason((await run(nobody, '{}', options)).out)).toMatch(/^Firebreak could not be reached/);
    const gem = await run(nobody, '{}', { ...options, event: EVENTS[2] ?? GATE });
    expect(JSON.parse(gem.out)).toMatchObject({ decision: 'deny' });
    const cur = await run(nobody, '{}', { ...options, event: EVENTS[3] ?? GATE });
    const why = expect.stringMatching(/^Firebreak could not be reached/);
    expect(JSON.parse(cur.out)).toMatchObject({ permission: 'deny', user_message: why, agent_message: why });
  });

  test('what is only told stops nobody when the daemon is down', async () => {
    const nobody = '127.0.0.1:9';
    expect(await run(nobody, '{}', { ...options, event: EVENTS[1] ?? GATE })).toMatchObject({ out: '', status: 0 });
    expect((await run(nobody, '{}', { ...options, event: EVENTS[4] ?? GATE })).out).toBe('{}\n');
  });
});

test('an agent that never ends its input is answered in time', async () => {
  await serving(
    (_, socket) => socket.end(http(ALLOW)),
    async (address) => {
      const ran = await run(address, '{"half":', {
        shell: '/bin/bash',
        path: only('bash', 'cat'),
        seconds: 1,
        closeInput: false,
      });
      expect(deniedReason(ran.out)).toContain('did not answer in time');
    },
  );
});

test('without any program to connect with it is a denial', async () => {
  if (!isNotBash()) return expect(existsSync('/bin/bash')).toBe(true);
  const ran = await run('127.0.0.1:9', '{}', { shell: '/bin/sh', path: only('cat') });
  expect(deniedReason(ran.out)).toContain('neither bash nor curl');
});

test('a client that is missing is a denial by the command line itself', async () => {
  const command = hookCommand("/no such/cli'ent", '127.0.0.1:9', GATE, 5);
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await new Promise((resolve) => child.on('close', resolve));
  expect(deniedReason(out)).toMatch(/^Firebreak: its hook client did not run/);
});

test('a variable of the environment cannot make bash run something first', async () => {
  const trap = join(folder, 'trap');
  writeFileSync(trap, 'echo trapped');
  const ran = await run('127.0.0.1:9', '{}', {
    shell: '/bin/sh',
    path: only('bash', 'cat'),
    env: { BASH_ENV: trap, ENV: trap },
  });
  expect(ran.out).not.toContain('trapped');
});

function deniedReason(out: string): string {
  const said: { hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string } } =
    JSON.parse(out);
  expect(said.hookSpecificOutput.permissionDecision).toBe('deny');
  return said.hookSpecificOutput.permissionDecisionReason;
}
