import type { TransactionStatus } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import { AgentConnection, type CommandParts } from './agent-connection.js';
import { Block } from './block.js';
import { PostgresDoorError } from './errors.js';
import { syntaxErrorOf } from './own-questions.js';
import { readProgram, type Segment } from './program.js';
import { Single } from './single.js';
import { SqlState } from './sqlstates.js';
import { Submitting } from './submitting.js';
import { Trying } from './trying.js';
import { checkConnection, checkNames } from './unit-checks.js';
import { WriteTransaction } from './write-transaction.js';

export class Commands {
  readonly #connection: AgentConnection;
  readonly #submitting: Submitting;
  readonly #block: Block;
  readonly #single: Single;

  constructor(parts: CommandParts) {
    this.#connection = new AgentConnection(parts);
    this.#submitting = new Submitting(this.#connection);
    const trying = new Trying(this.#connection);
    this.#block = new Block(this.#connection, this.#submitting, trying);
    this.#single = new Single(this.#connection, this.#submitting, trying);
  }

  get copied(): boolean {
    return this.#connection.copied;
  }

  get status(): TransactionStatus {
    return this.#connection.status;
  }

  cancel(): void {
    this.#submitting.cancel();
  }

  /** Nobody waits for answers any more. @returns whether something is still under way. */
  gone(): boolean {
    return this.#submitting.gone();
  }

  refuse(fields: ReportFields): Promise<void> {
    return this.#connection.refuse(fields);
  }

  /**
   * Runs a unit.
   *
   * @returns false when it ended with an error, which the agent was told.
   * @throws PostgresDoorError `STATEMENT_REFUSED`: nothing more of it runs, and the agent was not told yet.
   */
  async serve(bytes: Buffer, end: 'query' | 'sync' | 'flush'): Promise<boolean> {
    const { resource, link, split } = this.#connection.parts;
    this.#connection.copied = false;
    checkConnection(this.#connection.parts, this.#connection.settings, this.#connection.catalog.bytes + bytes.length);
    const guarded = resource.guarded === true;
    const read = () => readProgram(bytes, this.#connection.catalog, split, guarded);
    const segments = read();
    for (const [index, segment] of segments.entries()) {
      if (segment.statements.length > 0) {
        const uses = segment.uses.filter((name) => name !== '');
        await checkNames({ statements: segment.statements, uses }, this.#connection.catalog, link);
      }
      // What an Execute names may have been parsed by a segment before it, so it is read as things stand now.
      const again = () => readProgram(bytes, this.#connection.catalog, split, guarded)[index] ?? segment;
      if (!(await this.#run(segment, again, end))) return false;
    }
    if (end === 'query') this.#connection.catalog.dropStatement('');
    return true;
  }

  /** The end of a unit: what came without a transaction block of its own lasts now, or never. */
  async synced(ok: boolean): Promise<void> {
    const open = this.#connection.open;
    if (open !== undefined && !open.explicit) {
      if (ok && open.link.status === 'T') await this.#block.commit(open, undefined);
      else await open.rollback();
      this.#connection.open = undefined;
    }
    this.#connection.settings.reported();
    if (this.#connection.link.status === 'I') {
      this.#connection.close();
      this.#connection.catalog.transactionEnded();
    } else if (this.#connection.open === undefined) {
      // A text with a BEGIN among other commands went as it was: what ran before is not known here.
      this.#connection.open = new WriteTransaction(this.#connection.parts.link, true);
      this.#connection.open.uncounted();
    }
  }

  async #run(segment: Segment, again: () => Segment, end: 'query' | 'sync' | 'flush'): Promise<boolean> {
    const { link, resource } = this.#connection.parts;
    if (segment.statements.length === 0) return this.#prepareOnly(segment);
    if (resource.guarded === true && (await this.#misspelt(segment))) return false;
    if (segment.control === 'two-phase' && resource.guarded === true) {
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.featureNotSupported,
        'prepared transactions are not supported on a protected database: what they hold cannot be counted',
        { hint: 'use BEGIN and COMMIT' },
      );
    }
    if ((segment.control === 'commit-chain' || segment.control === 'rollback-chain') && resource.guarded === true) {
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.featureNotSupported,
        'AND CHAIN is not supported on a protected database: each transaction is judged by itself',
        { hint: 'use COMMIT or ROLLBACK, and then BEGIN' },
      );
    }
    const open = this.#connection.open;
    if (open !== undefined) {
      const commits = segment.control === 'commit' || segment.control === 'commit-chain';
      if (commits && open.link.status === 'T') return this.#block.commit(open, segment);
      return this.#block.inside(open, segment, again);
    }
    if (segment.control === 'begin') return this.#block.begin(segment, again);
    if (end === 'flush' && segment.control === undefined) {
      const implicit = new WriteTransaction(link, false);
      await implicit.begin();
      this.#connection.open = implicit;
      return this.#block.inside(implicit, segment, again);
    }
    return this.#single.run(segment, again);
  }

  /** Nobody should have to look at a slip of the keyboard: what is no SQL to the server either gets its error, at once. */
  async #misspelt({ statements }: Segment): Promise<boolean> {
    const { split, client } = this.#connection.parts;
    for (const { text } of statements) {
      const error = split(text) === undefined ? await syntaxErrorOf(this.#connection.link, text) : undefined;
      if (error === undefined) continue;
      client.send(error);
      return true;
    }
    return false;
  }

  async #prepareOnly(segment: Segment): Promise<boolean> {
    const reply = await this.#connection.stream(segment);
    for (const bytes of reply.held) this.#connection.parts.client.send(bytes);
    this.#connection.open?.ran(segment, undefined);
    return reply.ok;
  }
}
