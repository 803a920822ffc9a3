/** A session as a story: who asked for what, what the agent did, what Firebreak said to it, and what came out. */
import { at, listAt, numberAt, textAt } from './json-path.js';

/** One thing that happened, with everything on the record about it. */
export type Chapter =
  | { readonly kind: 'told'; readonly time: number; readonly text: string }
  | { readonly kind: 'action'; readonly time: number; readonly deed: Deed }
  /** An output of which nobody remembers the call. */
  | { readonly kind: 'output'; readonly time: number; readonly output: Output };

export interface Deed {
  readonly id: string;
  /** The action as the log has it. */
  readonly action: unknown;
  readonly subagent: string | undefined;
  readonly reason: string | undefined;
  /** What it would do, a sentence each. */
  effects: readonly string[];
  hold: string | undefined;
  /** What people did about its hold. */
  readonly people: string[];
  snapshot: string | undefined;
  end: End;
  output: Output | undefined;
}

export type End =
  | { readonly kind: 'open' }
  | { readonly kind: 'done'; readonly ok: boolean; readonly summary: string }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface Output {
  readonly tool: string;
  readonly text: string;
  readonly bytes: number;
  readonly exitStatus: number | undefined;
}

export interface Heading {
  readonly session: string;
  readonly agent: string;
  readonly tier: string;
  readonly run: string | undefined;
  readonly folder: string | undefined;
}

/** Firebreak's own: no agent's session. */
const NOT_AGENTS = new Set(['operator', 'anonymous']);

/** The session that an entry belongs to; undefined: it belongs to none, or to the operator. */
export function sessionOf(entry: unknown): string | undefined {
  const id = textAt(entry, 'unmapped', 'firebreak', 'session', 'id');
  return id === undefined || NOT_AGENTS.has(id) ? undefined : id;
}

export class Story {
  readonly chapters: Chapter[] = [];
  heading: Heading | undefined;
  readonly #wanted: Set<string>;
  readonly #deeds = new Map<string, Deed>();
  /** By hold: the deed that waits for it now. */
  readonly #holds = new Map<string, Deed>();

  /** @param wanted Firebreak's own id of the session, or the agent's. */
  constructor(wanted: string) {
    this.#wanted = new Set([wanted]);
  }

  /** Takes one entry, in the order of the log. @returns true when it belongs to the story. */
  add(entry: unknown): boolean {
    const event = at(entry, 'unmapped', 'firebreak');
    const time = numberAt(event, 'time') ?? 0;
    const hold = textAt(event, 'holdId');
    if (!this.#isWanted(event, hold)) return false;
    this.#head(event);
    switch (textAt(event, 'kind')) {
      case 'instructed':
        this.chapters.push({ kind: 'told', time, text: textAt(event, 'text') ?? '' });
        break;
      case 'output':
        this.#output(event, time);
        break;
      case 'decided':
        this.#decided(event, time);
        break;
      case 'held':
      case 'attached':
        this.#waits(event, hold);
        break;
      case 'approved':
      case 'ended':
        this.#holds.get(hold ?? '')?.people.push(deedOfPeople(event));
        break;
      default:
        this.#step(event);
    }
    return true;
  }

  #isWanted(event: unknown, hold: string | undefined): boolean {
    const session = textAt(event, 'session', 'id');
    const run = textAt(event, 'agentRun') ?? textAt(event, 'origin', 'agentRun');
    if (run !== undefined && this.#wanted.has(run) && session !== undefined) this.#wanted.add(session);
    const subject = /^session-/.test(textAt(event, 'act') ?? '') ? textAt(event, 'subject') : undefined;
    if ([session, subject].some((name) => name !== undefined && this.#wanted.has(name))) return true;
    // What people do about a hold names the hold alone.
    return hold !== undefined && this.#holds.has(hold);
  }

  #head(event: unknown): void {
    const session = textAt(event, 'session', 'id');
    if (session === undefined) return;
    this.heading = {
      session,
      agent: textAt(event, 'session', 'agent') ?? 'an agent',
      tier: textAt(event, 'session', 'tier') ?? 'advisory',
      run: this.heading?.run ?? textAt(event, 'agentRun') ?? textAt(event, 'origin', 'agentRun'),
      folder: this.heading?.folder ?? textAt(event, 'origin', 'folder'),
    };
  }

  #decided(event: unknown, time: number): void {
    const kind = textAt(event, 'origin', 'subagent', 'kind');
    const deed: Deed = {
      id: textAt(event, 'actionId') ?? '',
      action: at(event, 'action'),
      subagent: kind === undefined ? undefined : `${kind} ${textAt(event, 'origin', 'subagent', 'id') ?? ''}`.trim(),
      reason: textAt(event, 'verdict', 'reason'),
      effects: effectsOf(event),
      hold: undefined,
      people: [],
      snapshot: undefined,
      end: { kind: 'open' },
      output: undefined,
    };
    this.#deeds.set(deed.id, deed);
    this.chapters.push({ kind: 'action', time, deed });
  }

  #waits(event: unknown, hold: string | undefined): void {
    const deed = this.#deeds.get(textAt(event, 'actionId') ?? '');
    if (deed === undefined || hold === undefined) return;
    deed.hold = hold;
    // People may have decided while nobody waited.
    const before = this.#holds.get(hold)?.people ?? [];
    deed.people.push(...before);
    this.#holds.set(hold, deed);
  }

  #step(event: unknown): void {
    const deed = this.#deeds.get(textAt(event, 'actionId') ?? '');
    if (deed === undefined) return;
    const reason = textAt(event, 'reason') ?? '';
    switch (textAt(event, 'kind')) {
      case 'measured':
        deed.effects = effectsOf(event);
        break;
      case 'kept':
        deed.snapshot = textAt(event, 'snapshot', 'id');
        break;
      case 'completed': {
        const ok = at(event, 'execution', 'ok') === true;
        deed.end = { kind: 'done', ok, summary: textAt(event, 'execution', 'summary') ?? '' };
        break;
      }
      case 'refused':
        deed.end = { kind: 'refused', code: textAt(event, 'code') ?? '', reason };
        break;
      case 'outcome-unknown':
        deed.end = { kind: 'unknown', reason };
        break;
    }
  }

  #output(event: unknown, time: number): void {
    const output: Output = {
      tool: textAt(event, 'tool') ?? '',
      text: textAt(event, 'output') ?? '',
      bytes: numberAt(event, 'bytes') ?? 0,
      exitStatus: numberAt(event, 'exitStatus'),
    };
    const deed = this.#deeds.get(textAt(event, 'actionId') ?? '');
    if (deed === undefined) this.chapters.push({ kind: 'output', time, output });
    else deed.output = output;
  }
}

function effectsOf(event: unknown): readonly string[] {
  return listAt(event, 'effects').flatMap((effect) => textAt(effect, 'explain') ?? []);
}

function deedOfPeople(event: unknown): string {
  const time = new Date(numberAt(event, 'time') ?? 0).toISOString().slice(11, 19);
  if (textAt(event, 'kind') === 'approved') return `${textAt(event, 'approver')} approved it at ${time}`;
  const why = textAt(event, 'reason');
  return `${textAt(event, 'state')} by ${textAt(event, 'by')} at ${time}${why === undefined || why === '' ? '' : `: ${why}`}`;
}
