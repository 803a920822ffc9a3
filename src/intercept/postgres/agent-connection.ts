/** What the parts of one agent's connection share: both its ends, what was prepared on it, and the block that is open. */
import type { SqlAction } from '#action/action';
import { errorResponse } from '#wire/postgres/build';
import type { TransactionStatus } from '#wire/postgres/letters';
import type { ReportFields } from '#wire/postgres/report-fields';
import type { Answered } from './answered.js';
import type { Captured } from './captured.js';
import { Catalog } from './catalog.js';
import type { ClientLink } from './client-link.js';
import { feedCopy } from './copy-in.js';
import type { PostgresDoorError } from './errors.js';
import type { CopyIn, Reply } from './exchange.js';
import { exchangeSegment } from './exchange-segment.js';
import { introduce, type Lanes } from './lanes.js';
import { failTransaction } from './own-questions.js';
import { PipelineSettings } from './pipeline-settings.js';
import type { Segment } from './program.js';
import type { SessionParts } from './session.js';
import { asDoorError } from './session-errors.js';
import type { UpstreamLink } from './upstream-link.js';
import type { WriteTransaction } from './write-transaction.js';

export interface CommandParts
  extends Pick<
    SessionParts,
    | 'resource'
    | 'placeholder'
    | 'broker'
    | 'submit'
    | 'split'
    | 'keeper'
    | 'limits'
    | 'heldNoticeMs'
    | 'commitSettleMs'
    | 'outside'
  > {
  readonly client: ClientLink;
  /** The writing connection, on which the session's own state lies. */
  readonly link: UpstreamLink;
  readonly lanes: Lanes;
  /** Cancels what the writing connection runs. */
  readonly cancelLink: () => void;
  readonly fatal: (error: PostgresDoorError) => void;
  /** Something was refused without having been submitted. */
  readonly refused: (detail: string) => void;
}

export class AgentConnection {
  readonly parts: CommandParts;
  readonly catalog = new Catalog();
  readonly settings: PipelineSettings;
  /** The block that is open on the writing connection, or on one with the owner's rights. */
  open: WriteTransaction | undefined;
  /**
   * The unit at hand copied in: its Sync was read as part of the copy and counts for nothing (documentation, "COPY
   * Operations"); the agent sends another one.
   */
  copied = false;
  /** A block is being rolled back while people think. */
  lettingGo: Promise<void> = Promise.resolve();

  constructor(parts: CommandParts) {
    this.parts = parts;
    this.settings = new PipelineSettings(parts.link.parameters);
  }

  /** As the agent is told it. */
  get status(): TransactionStatus {
    return this.open?.explicit === false ? 'I' : this.link.status;
  }

  /** The connection of the open block, or the writing one. */
  get link(): UpstreamLink {
    return this.open?.link ?? this.parts.link;
  }

  /** Answers as PostgreSQL does when it refuses: the transaction has failed. */
  async refuse(fields: ReportFields): Promise<void> {
    const { client } = this.parts;
    const link = this.link;
    await this.lettingGo;
    if (client.gone || !link.alive) return;
    // A block that was let go while people thought about it has failed, too.
    if (this.open?.explicit === true && link.status === 'I') await this.open.begin();
    if (link.pipelineOpen || link.status === 'T') await failTransaction(link);
    client.send(errorResponse(fields));
  }

  /** The block is over. */
  close(): void {
    const owner = this.open !== undefined && this.open.link !== this.parts.link;
    this.open = undefined;
    if (owner) this.parts.lanes.release();
  }

  /** Makes the statements that a segment uses known to a connection that has not seen them. */
  async introduce(segment: Segment, to: UpstreamLink): Promise<void> {
    const used = segment.uses.flatMap((name) => {
      const statement = this.catalog.statement(name);
      return statement === undefined ? [] : [[name, statement] as const];
    });
    await introduce(to, new Map(used));
    // The writing connection answers to every name that the agent gives.
    await introduce(this.parts.link, new Map([...segment.parses].filter(([name]) => name !== '')));
  }

  /** Sends a segment and hands its replies on as they come; the end of them waits for the record. */
  async streamed(segment: Segment, answered: Answered, seen?: Captured, copied?: Buffer[]): Promise<Reply> {
    answered.sent = true;
    const reply = await this.stream(segment, seen, copied);
    answered.replies = reply.held;
    answered.ok = reply.ok;
    return reply;
  }

  async stream(segment: Segment, seen?: Captured, copied?: Buffer[]): Promise<Reply> {
    const { client } = this.parts;
    const link = this.link;
    this.noteExecuted(segment);
    return exchangeSegment(
      link,
      segment,
      (bytes) => {
        seen?.add(bytes);
        // An agent that does not read must not fill our memory; one that is gone must not stop the server's answers.
        if (!client.send(bytes)) link.pause();
      },
      (copy) => this.feed(copy, copied),
    );
  }

  feed(copy: CopyIn, copied?: Buffer[]): void {
    const { client, fatal } = this.parts;
    this.copied = true;
    void feedCopy(copy, client, (bytes) => copied?.push(bytes)).catch((thrown) => fatal(asDoorError(thrown)));
  }

  noteExecuted(segment: Segment): void {
    this.catalog.executed(segment.statements);
    this.settings.executed(segment);
    this.parts.lanes.touched();
  }

  /** @param sent what is sent now, if that is not all: how the rest was read was seen when it was sent. */
  actionOf({ statements }: Pick<Segment, 'statements'>, sent = statements): SqlAction {
    const conform = this.settings.stringsConform({ statements: sent });
    const { name } = this.parts.resource;
    return { kind: 'sql', statements, resource: name, ...(conform ? {} : { standardConformingStrings: false }) };
  }
}
