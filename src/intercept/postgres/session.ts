/**
 * One agent's connection between start-up and the end: takes unit by unit, hands its parts on to be decided and run, and says
 * what PostgreSQL would say at the end of each.
 */
import type { Duplex } from 'node:stream';
import type { SplitSql } from '#action/course';
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { DatabaseKeeper } from '#action/keeper';
import type { Submit } from '#action/submission';
import { errorResponse, readyForQuery } from '#wire/postgres/build';
import { FrameReader } from '#wire/postgres/frame-reader';
import { commandRules } from '#wire/postgres/frame-rules';
import { Frontend } from '#wire/postgres/letters';
import { ClientLink } from './client-link.js';
import { Commands } from './commands.js';
import { PostgresDoorError } from './errors.js';
import { Lanes } from './lanes.js';
import type { DoorReport, PostgresDoorLimits, PostgresResource } from './options.js';
import { errorFields } from './refusal-messages.js';
import { asDoorError } from './session-errors.js';
import { SqlState } from './sqlstates.js';
import { type Unit, UnitAssembler } from './unit.js';
import { UpstreamLink } from './upstream-link.js';
import type { Upstream } from './upstream-login.js';

export interface SessionParts {
  readonly socket: Duplex;
  /** What the agent sent behind its authentication. */
  readonly rest: Buffer;
  readonly upstream: Upstream;
  readonly resource: PostgresResource;
  readonly placeholder: Placeholder;
  readonly broker: CredentialBroker;
  readonly submit: Submit;
  readonly split: SplitSql;
  readonly keeper: DatabaseKeeper | undefined;
  readonly limits: PostgresDoorLimits;
  readonly heldNoticeMs: number;
  readonly commitSettleMs: number;
  readonly idleReadMs: number;
  readonly report: (event: DoorReport) => void;
  /** Asks the upstream to cancel what a connection runs there. */
  readonly cancelUpstream: (upstream: Upstream) => void;
  /** What the agent set at start-up. */
  readonly settings: readonly (readonly [string, string])[];
  /** For a further connection to be made. */
  readonly deadline: () => AbortSignal;
  /** Looks at a lane's role before it is used. */
  readonly admit: (lane: 'read' | 'owner') => Promise<void>;
  /** What code in the database could reach that no rollback takes back, by name. */
  readonly outside: () => Promise<readonly string[]>;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #client: ClientLink;
  readonly #link: UpstreamLink;
  readonly #lanes: Lanes;
  readonly #commands: Commands;
  readonly #units: UnitAssembler;
  #ended = false;
  /** After an error before a Sync, everything up to it is passed over, as the server does; the Sync is answered here. */
  #skipping = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { limits, resource, broker } = parts;
    this.#units = new UnitAssembler(limits);
    const reader = new FrameReader(commandRules(limits.statementBytes, limits.unitBytes), parts.rest);
    this.#client = new ClientLink(parts.socket, reader, limits.pendingBytes, () => this.#agentGone());
    const unsolicited = (bytes: Buffer) => void this.#client.send(bytes);
    this.#link = new UpstreamLink(parts.upstream, { unsolicited, lost: (error) => this.#fatal(error) });
    this.#lanes = new Lanes({
      resource,
      credential: (name) => broker.credential(name),
      onDemand: (name) => broker.onDemand(name),
      settings: parts.settings,
      deadline: parts.deadline,
      cancel: parts.cancelUpstream,
      unsolicited,
      admit: parts.admit,
      idleReadMs: parts.idleReadMs,
    });
    this.#commands = new Commands({
      ...parts,
      client: this.#client,
      link: this.#link,
      lanes: this.#lanes,
      cancelLink: () => parts.cancelUpstream(parts.upstream),
      fatal: (error) => this.#fatal(error),
      refused: (detail) => this.#report(detail),
    });
    this.#client.onDrain(() => this.#link.resume());
  }

  /** Serves the agent until either side ends. Never throws. */
  async run(): Promise<void> {
    try {
      while (!this.#ended && !this.#client.gone) {
        const event = this.#client.next();
        if (event === undefined) await this.#client.arrival();
        else if (this.#skipping) await this.#passOver(event.type);
        else for (const unit of this.#units.add(event)) await this.#serve(unit);
      }
    } catch (thrown) {
      const error = asDoorError(thrown);
      if (!this.#ended) this.#report(error.message);
      this.#fatal(error);
    } finally {
      this.#end();
    }
  }

  /** A CancelRequest came: what waits is withdrawn, what runs is cancelled upstream, and nothing else is touched. */
  cancel(): void {
    this.#commands.cancel();
  }

  /** The door closes. */
  shutDown(): void {
    this.#fatal(new PostgresDoorError('UPSTREAM_LOST', SqlState.adminShutdown, 'Firebreak is shutting down'));
  }

  async #serve(unit: Unit): Promise<void> {
    if (this.#ended) return;
    if (unit.end === 'terminate') return this.#end();
    let ok: boolean;
    try {
      if (unit.problem !== undefined) throw unit.problem;
      ok = await this.#commands.serve(unit.bytes, unit.end);
    } catch (thrown) {
      if (!(thrown instanceof PostgresDoorError) || thrown.code !== 'STATEMENT_REFUSED') throw thrown;
      this.#report(`statement refused: ${thrown.message}`);
      ok = false;
      await this.#commands.refuse(errorFields(thrown, 'ERROR'));
    }
    if (this.#ended) return;
    if (unit.end === 'flush' || (unit.end === 'sync' && this.#commands.copied)) {
      this.#skipping = !ok;
      return;
    }
    await this.#commands.synced(ok);
    if (!this.#ended) this.#ready();
  }

  async #passOver(type: number): Promise<void> {
    if (type === Frontend.Terminate) this.#end();
    if (type !== Frontend.Sync) return;
    this.#skipping = false;
    await this.#commands.synced(false);
    this.#ready();
  }

  #ready(): void {
    for (const changed of this.#link.changedParameters()) this.#client.send(changed);
    this.#client.send(readyForQuery(this.#commands.status));
  }

  #agentGone(): void {
    if (!this.#commands.gone()) this.#end();
    // What runs is left to its end, so that the record says what became of it; its answers go nowhere.
    else this.#link.resume();
  }

  /** Ends the connection with a last word. */
  #fatal(error: PostgresDoorError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#commands.gone();
    // A message inside another one could not be read.
    if (this.#link.insideMessage) this.#client.destroy();
    else this.#client.end(errorResponse(errorFields(error, 'FATAL')));
    this.#link.close();
    this.#lanes.close();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#commands.gone();
    this.#client.end();
    this.#link.close();
    this.#lanes.close();
  }

  #report(detail: string): void {
    const { report, resource } = this.#parts;
    report({
      kind: 'administered',
      act: 'connection-refused',
      by: 'firebreak',
      subject: resource.name,
      detail,
      ok: false,
    });
  }
}
