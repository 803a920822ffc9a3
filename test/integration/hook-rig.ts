/** A real daemon, in this process, whose hook door is asked over real sockets. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { JsonObject } from '#action/action';
import type { HoldView } from '#action/hold-view';
import { Secret } from '#base/secret';
import { readConfig } from '#daemon/config/read-config';
import { type Daemon, startDaemon } from '#daemon/daemon';
import type { HookLimits } from '#intercept/hook/options';
import { readEntries } from '#record/read-entries';
import { logFolderReader } from '#store/log-files';
import { codeNow } from '../../demo/authenticator.js';
import { type PreparedFirebreak, prepareFirebreak } from '../../demo/daemon-process.js';

export interface HookRig {
  /** A folder with the daemon's own things and `work`, a place to work in. */
  readonly folder: string;
  readonly work: string;
  readonly prepared: PreparedFirebreak;
  readonly daemon: Daemon;
  /** `http://127.0.0.1:<port>` of the hook door. */
  readonly url: string;
  restart(): Promise<void>;
  /** The events on the record so far, oldest first. */
  events(): Promise<readonly JsonObject[]>;
  /** The one hold that waits. */
  waiting(): Promise<HoldView>;
  approve(hold: HoldView): Promise<HoldView>;
  close(): Promise<void>;
}

export async function startHookRig(
  extra = '',
  approvers: readonly string[] = ['dana', 'eli', 'kim'],
  hookLimits: Partial<HookLimits> = {},
): Promise<HookRig> {
  const folder = await mkdtemp(join(tmpdir(), 'fb-hook-'));
  const prepared = await prepareFirebreak({
    folder: join(folder, 'fb'),
    approvers,
    secrets: [],
    config: `version: 1
environments:
  production: { protected: true }
  staging: {}
listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0' }
${extra}`,
  });
  const work = join(folder, 'work');
  await mkdir(work);
  const start = async () =>
    startDaemon({
      config: readConfig(prepared.configFile),
      configPath: prepared.configFile,
      state: prepared.state,
      key: { kind: 'identity', identity: new Secret((await readFile(prepared.keyFile, 'utf8')).trim()) },
      logger: pino({ level: 'silent' }),
      hookLimits,
    });
  let daemon = await start();
  let approvals = 0;
  return {
    folder,
    work,
    prepared,
    get daemon() {
      return daemon;
    },
    get url() {
      return `http://${daemon.addresses.hooks}`;
    },
    async restart() {
      await daemon.close();
      daemon = await start();
    },
    async events() {
      const events: JsonObject[] = [];
      for await (const { data } of readEntries(logFolderReader(prepared.state.log))) {
        events.push(JSON.parse(Buffer.from(data).toString('utf8')).unmapped.firebreak);
      }
      return events;
    },
    async waiting() {
      for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
        const [hold] = (await daemon.operations.holds({ all: false })).filter(({ state }) => state === 'waiting');
        if (hold !== undefined) return hold;
        if (Date.now() > deadline) throw new Error('nothing was held within ten seconds');
      }
    },
    async approve(hold) {
      // A code is good once, so each approval is another person's.
      const who = prepared.approvers[approvals % prepared.approvers.length];
      approvals += 1;
      if (who === undefined) throw new TypeError('no approver');
      const approval = { approver: who.name, code: codeNow(who.totpSecret), digest: hold.digest };
      return daemon.operations.approve(hold.id, approval);
    },
    async close() {
      await daemon.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

export interface HookAnswer {
  readonly status: number;
  readonly text: string;
  /** `permissionDecision` and its reason of a PreToolUse answer; undefined when it is silent. */
  readonly decision: string | undefined;
  readonly reason: string;
}

interface Sending {
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly socketPath?: string;
  readonly signal?: AbortSignal;
}

/** Sends these bytes to a path of the door. */
export function sendHook(url: string, path: string, body: string | Buffer, sending: Sending = {}): Promise<HookAnswer> {
  const { headers = {}, method = 'POST', socketPath, signal } = sending;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}${path}`,
      {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        agent: false,
        ...(socketPath === undefined ? {} : { socketPath }),
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, text, ...decisionIn(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function decisionIn(text: string): Pick<HookAnswer, 'decision' | 'reason'> {
  if (text === '') return { decision: undefined, reason: '' };
  const answer: {
    decision?: string;
    reason?: string;
    hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string };
  } = JSON.parse(text);
  const own = answer.hookSpecificOutput;
  return {
    decision: own?.permissionDecision ?? answer.decision,
    reason: own?.permissionDecisionReason ?? answer.reason ?? '',
  };
}

let calls = 0;

/** What Claude Code sends before it uses a tool. */
export function preToolUse(tool: string, input: JsonObject, more: JsonObject = {}): JsonObject {
  calls += 1;
  return {
    session_id: 'run-1',
    transcript_path: '/home/u/.claude/projects/x.jsonl',
    cwd: '/srv/shop',
    permission_mode: 'default',
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: `toolu_${calls}`,
    ...more,
  };
}

export const bash = (command: string, more: JsonObject = {}) => preToolUse('Bash', { command, description: 'x' }, more);
