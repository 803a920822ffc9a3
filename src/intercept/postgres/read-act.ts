/**
 * A read on a guarded database: on the reading connection, whose role may only read and whose transactions cannot write; or,
 * when it needs what only the writing connection knows, there, in a transaction that is pinned read-only.
 */
import type { SqlCourse } from '#action/course';
import type { Execution } from '#action/submission';
import { errorResponse, parse, sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import type { Answered } from './answered.js';
import type { Catalog, Prepared } from './catalog.js';
import type { ClientLink } from './client-link.js';
import { UpstreamGone } from './errors.js';
import { exchangeSegment } from './exchange-segment.js';
import type { Lanes } from './lanes.js';
import { ownCommand } from './own-command.js';
import type { Segment } from './program.js';
import { errorFields } from './refusal-messages.js';
import type { UpstreamLink } from './upstream-link.js';

interface Parts {
  readonly client: ClientLink;
  /** The writing connection. */
  readonly link: UpstreamLink;
  readonly lanes: Lanes;
  readonly catalog: Catalog;
}

/** What of an answer is kept back until it is known that the read was one. */
const KEPT_BYTES = 64 * 1024;

/**
 * Errors that only say that a lane is too narrow: read_only_sql_transaction, insufficient_privilege, and names that a role
 * without rights to their schema, or another connection, does not know. The same statement is then tried out as a change.
 */
const TOO_NARROW = new Set(['25006', '26000', '34000', '3F000', '42501', '42704', '42883', '42P01', '55000']);

export class ReadAct {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async execute(segment: Segment, course: SqlCourse, answered: Answered, again = false): Promise<Execution> {
    const { link, lanes } = this.#parts;
    // DISCARD and its kin refuse a transaction, and as one command of its own it can be nothing else.
    if (segment.control !== undefined || asksForBlock(segment)) return this.#there(segment, answered, false);
    const reading = course.session ? undefined : await lanes.reading(link);
    if (reading !== undefined) {
      try {
        if (await this.#carry(reading, segment)) {
          return await this.#run(reading, segment, answered, executions(segment) > 1);
        }
      } catch (thrown) {
        if (!(thrown instanceof UpstreamGone) || !link.alive || reading.insideMessage) throw thrown;
        // A connection that the server had closed is noticed by the first read after it, of which nothing was told yet.
        if (!again && !answered.sent) return this.execute(segment, course, answered, true);
        // Only a read was lost, which changed nothing: the session lives on its writing connection, and the next read opens another.
        answered.sent = true;
        answered.ok = false;
        answered.replies = [errorResponse({ ...errorFields(thrown, 'ERROR'), hint: 'it only read: send it again' })];
        return { ok: false, summary: `${thrown.sqlState}: ${thrown.message}` };
      }
    }
    return this.#there(segment, answered, true);
  }

  /** On the writing connection, whose prepared statements SQL may rename: what a name stands for is asked again. */
  #there(segment: Segment, answered: Answered, pin: boolean): Promise<Execution> {
    const { catalog, link } = this.#parts;
    catalog.executed(segment.statements);
    return this.#run(link, segment, answered, pin);
  }

  /** @returns false: the reading connection cannot be told what the segment needs. */
  async #carry(reading: UpstreamLink, segment: Segment): Promise<boolean> {
    const { lanes, catalog, link } = this.#parts;
    const needed = new Map<string, Prepared>();
    for (const name of segment.uses) {
      const statement = catalog.statement(name);
      if (statement === undefined) return false;
      needed.set(name, statement);
    }
    // Both connections answer to the names that the agent gives; the writing one says first whether they are free.
    const named = [...segment.parses].filter(([name]) => name !== '');
    for (const [name, { text, typeOids }] of named) {
      const reply = await link.exchange({
        bytes: Buffer.concat([parse(name, text, typeOids), sync()]),
        expected: [{ letter: Frontend.Parse }, { letter: Frontend.Sync }],
      });
      if (!reply.ok) return false;
    }
    await lanes.free(reading, segment.parses.keys());
    if (!(await lanes.prepare(reading, needed))) return false;
    for (const [name, statement] of named) lanes.knows(name, statement);
    return true;
  }

  async #run(link: UpstreamLink, segment: Segment, answered: Answered, pin: boolean): Promise<Execution> {
    const { client, lanes } = this.#parts;
    // A read that needs what only the writing connection knows may be one that changes it (`set_config`).
    if (link === this.#parts.link) lanes.touched();
    // INVARIANT: after BEGIN READ ONLY and one query the transaction cannot be made to write any more
    // (`check_transaction_read_only`, variable.c).
    if (pin) await ownCommand(link, 'BEGIN READ ONLY; SELECT 1');
    const kept: Buffer[] = [];
    let bytes = 0;
    let streaming = false;
    const deliver = (piece: Buffer) => {
      bytes += piece.length;
      if (!streaming) kept.push(piece);
      if (!streaming && bytes > KEPT_BYTES) {
        streaming = true;
        answered.sent = true;
        if (!client.send(Buffer.concat(kept.splice(0)))) link.pause();
      } else if (streaming && !client.send(piece)) link.pause();
    };
    const resume = () => link.resume();
    client.onDrain(resume);
    const reply = await exchangeSegment(link, segment, deliver).finally(() => client.offDrain(resume));
    // COMMIT runs code, too: the query of a cursor WITH HOLD.
    const end = pin ? await ownCommand(link, reply.ok ? 'COMMIT' : 'ROLLBACK') : undefined;
    const { ok, summary } = reply.ok && end !== undefined && !end.ok ? end : reply;
    if (!ok && !streaming && TOO_NARROW.has(summary.slice(0, 5))) return { ok, summary, escalate: summary };
    answered.sent = true;
    answered.ok = ok;
    answered.replies = ok || end?.error === undefined ? [...kept, ...reply.held] : [end.error];
    return { ok, summary };
  }
}

/**
 * What the server warns about or refuses outside of a transaction block; a block of the door's would hide that. Run without
 * one it evaluates nothing. Comments before it, or HOLD anywhere, only mean that it is run in the door's block.
 */
function asksForBlock({ statements }: Segment): boolean {
  const [only] = statements;
  if (only === undefined || statements.length > 1) return false;
  return /^\s*(?:set\s+(?:local|constraints)\s[^;]*|declare\s(?![\s\S]*hold)[^;]*);?\s*$/i.test(only.text);
}

/** How many commands the server is asked to run. */
function executions(segment: Segment): number {
  return segment.expected.filter(({ letter }) => letter === Frontend.Execute).length;
}
