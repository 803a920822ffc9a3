/** One call of a hook, from its bytes to its answer. */
import type { JsonObject } from '#action/action';
import type { HoldNotice, Outcome } from '#action/submission';
import { assertNever } from '#base/assert-never';
import { digestText } from '#base/bytes';
import { messageOf } from '#base/errors';
import type { Dialect, HookDecision, HookEvent } from './dialect.js';
import { HookDoorError } from './errors.js';
import type { HookCaller, HookDoorOptions, HookLimits } from './options.js';
import { brokenReason, heldReason, refusalReason } from './reasons.js';
import type { RecentCalls } from './recent-calls.js';

export interface HookRequest {
  readonly dialect: Dialect;
  /** From the path. */
  readonly event: string;
  readonly bytes: Buffer;
  readonly claimed: string | undefined;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
}

type CallEvent = Extract<HookEvent, { kind: 'call' }>;

export interface HookContext {
  readonly options: HookDoorOptions;
  readonly limits: HookLimits;
  readonly calls: RecentCalls;
}

/** What to tell the agent. Never throws. */
export async function decideHook(request: HookRequest, context: HookContext): Promise<HookDecision> {
  try {
    const { dialect, event } = request;
    const body = readBody(request.bytes);
    const read = body === undefined ? undefined : dialect.read(event, body);
    // FAIL-CLOSED: what is not of the agent's own form is denied.
    if (body === undefined || read === undefined) {
      return deny(`the hook \`${event.slice(0, 60)}\` of ${dialect.title} sent something that Firebreak cannot read`);
    }
    const caller: HookCaller = { agent: dialect.agent, title: dialect.title, run: read.run, claimed: request.claimed };
    return read.kind === 'call'
      ? await decideCall(request, body, read, caller, context)
      : await take(read, caller, context);
  } catch (error) {
    // FAIL-CLOSED: whatever fails on the way to a decision, the call is denied.
    if (!(error instanceof HookDoorError)) context.options.onDefect(messageOf(error));
    const hint = error instanceof HookDoorError && error.hint !== undefined ? ` (${error.hint})` : '';
    return deny(`${messageOf(error)}${hint}`);
  }
}

/** What a hook only tells. Nothing waits for the record, and the agent hears nothing. */
async function take(
  event: Exclude<HookEvent, CallEvent>,
  caller: HookCaller,
  context: HookContext,
): Promise<HookDecision> {
  const { sessions, record } = context.options;
  const { run } = caller;
  switch (event.kind) {
    case 'other':
      break;
    case 'started':
      await sessions.of(caller);
      break;
    case 'ended':
      await sessions.ended(caller);
      break;
    case 'instruction':
      sessions.instructed(caller, event.text);
      record({ kind: 'instructed', session: await sessions.of(caller), agentRun: run.id, text: event.text });
      break;
    case 'result':
      record({
        kind: 'output',
        session: await sessions.of(caller),
        agentRun: run.id,
        subagent: run.subagent,
        callId: event.callId,
        actionId: context.calls.actionOf(run.id, event.callId),
        tool: event.tool,
        output: event.output,
        bytes: Buffer.byteLength(event.output),
        digest: digestText(event.output),
        exitStatus: event.exitStatus,
      });
      break;
    default:
      return assertNever(event);
  }
  return { kind: 'allow' };
}

async function decideCall(
  request: HookRequest,
  body: JsonObject,
  call: CallEvent,
  caller: HookCaller,
  { options, limits, calls }: HookContext,
): Promise<HookDecision> {
  const { dialect, event } = request;
  const session = await options.sessions.of(caller);
  const patience = Math.min(dialect.patience(event, body), limits.patienceMilliseconds);
  const waiting = new Waiting(request.gone, patience);
  try {
    const { run } = caller;
    const outcome = await options.submit({
      action: call.action,
      session,
      environments: [],
      origin: { callId: call.callId, agentRun: run.id, subagent: run.subagent, folder: run.folder },
      door: {
        signal: waiting.signal,
        comesBack: true,
        held: (notice) => waiting.begin(notice),
        execute: async (permit) => {
          // INVARIANT: what is let go is what the agent's own bytes say, read once more.
          permit.redeem(actionIn(request) ?? { kind: 'shell', text: '' });
          return { ok: true, summary: 'let go to the agent' };
        },
      },
    });
    calls.note(run.id, call.callId, outcome.actionId);
    return decisionOf(outcome, waiting);
  } finally {
    waiting.end();
  }
}

function actionIn({ bytes, dialect, event }: HookRequest): CallEvent['action'] | undefined {
  const body = readBody(bytes);
  const read = body && dialect.read(event, body);
  return read?.kind === 'call' ? read.action : undefined;
}

function decisionOf(outcome: Outcome, waiting: Waiting): HookDecision {
  switch (outcome.kind) {
    case 'executed':
      return { kind: 'allow', approved: waiting.notice !== undefined };
    case 'refused': {
      const { notice } = waiting;
      const left = waiting.overdue && notice !== undefined && outcome.refusal.code === 'withdrawn';
      return { kind: 'deny', reason: left ? heldReason(notice) : refusalReason(outcome.refusal) };
    }
    case 'unknown':
      return deny(outcome.reason);
    default:
      return assertNever(outcome);
  }
}

/** How long a held call is kept waiting. */
class Waiting {
  readonly #controller = new AbortController();
  readonly #patience: number;
  readonly #gone: AbortSignal;
  readonly #onGone = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #overdue = false;
  #notice: HoldNotice | undefined;

  constructor(gone: AbortSignal, patience: number) {
    this.#patience = patience;
    this.#gone = gone;
    if (gone.aborted) this.#controller.abort();
    else gone.addEventListener('abort', this.#onGone, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Patience ended before anybody decided. */
  get overdue(): boolean {
    return this.#overdue;
  }

  /** Of the hold, once there is one. */
  get notice(): HoldNotice | undefined {
    return this.#notice;
  }

  begin(notice: HoldNotice): void {
    this.#notice = notice;
    if (notice.approved === true) return; // Nobody is waited for.
    const giveUp = () => {
      this.#overdue = true;
      this.#controller.abort();
    };
    this.#timer = setTimeout(giveUp, Math.min(this.#patience, LONGEST_TIMER));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#gone.removeEventListener('abort', this.#onGone);
  }
}

/** setTimeout takes no more (2^31 - 1 ms). */
const LONGEST_TIMER = 2_147_483_647;

/** An object, and nothing else, in UTF-8. */
function readBody(bytes: Buffer): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined; // Whoever asked denies it and says so.
  }
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function deny(what: string): HookDecision {
  return { kind: 'deny', reason: brokenReason(what) };
}
