/**
 * The other connections of an agent's session: one that can only read, and for moments one with the owner's rights. The
 * session's own connection is the writing one; its settings are carried over, so that all look like one.
 */
import type { Credential } from '#action/credential';
import { close, parse, sync } from '#wire/postgres/build';
import { Frontend } from '#wire/postgres/letters';
import type { Prepared } from './catalog.js';
import { PostgresDoorError } from './errors.js';
import type { PostgresResource } from './options.js';
import { ownQueries } from './own-connection.js';
import { SqlState } from './sqlstates.js';
import { UpstreamLink } from './upstream-link.js';
import { openUpstream, type Upstream } from './upstream-login.js';

export interface LaneParts {
  readonly resource: PostgresResource;
  readonly credential: (name: string) => Credential;
  /** Takes one out of the vault for this moment. */
  readonly onDemand: (name: string) => Promise<Credential>;
  /** What the agent set at start-up. */
  readonly settings: readonly (readonly [string, string])[];
  readonly deadline: () => AbortSignal;
  /** Asks the server to cancel what this connection runs. */
  readonly cancel: (upstream: Upstream) => void;
  /** Notices and notifications for the agent. */
  readonly unsolicited: (bytes: Buffer) => void;
  /** Rejects when the lane's role may do more than it should. */
  readonly admit: (lane: 'read' | 'owner') => Promise<void>;
  /** After so many milliseconds without a read the reading connection is closed; the next read opens another. */
  readonly idleReadMs: number;
}

interface Opened {
  readonly link: UpstreamLink;
  readonly upstream: Upstream;
}

/** Reported by the server from PostgreSQL 14 on, so that a change is seen before the next statement is sent. */
const READ_ONLY = 'default_transaction_read_only';
/** Settings that are the lane's own, or only a transaction's. */
const NOT_CARRIED =
  /^(default_transaction_read_only|transaction_|role$|session_authorization$|is_superuser$|in_hot_standby$)/;

export class Lanes {
  readonly #parts: LaneParts;
  #read: Opened | undefined;
  #owner: Opened | undefined;
  /** The writing connection's settings may differ from the reading one's. */
  #stale = true;
  /** The session has something that only the writing connection knows. */
  #temporary = false;
  /** Why there is no reading connection; it is not tried again. */
  #unreadable = false;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;
  /** Statements that the reading connection knows, by name. */
  readonly #prepared = new Map<string, Prepared>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Something ran on the writing connection that may have changed what it knows. */
  touched(): void {
    this.#stale = true;
  }

  /** The reading connection, with the settings of the writing one; undefined when reads must go there. */
  async reading(write: UpstreamLink): Promise<UpstreamLink | undefined> {
    const { read } = this.#parts.resource.lanes ?? {};
    if (read === undefined || this.#unreadable || this.#closed) return undefined;
    if (this.#read !== undefined && !isPinned(this.#read.link)) this.#drop();
    if (this.#read === undefined) await this.#open(read);
    const link = this.#read?.link;
    if (link === undefined) return undefined;
    if (this.#stale) await this.#carryOver(write, link);
    this.#used();
    return this.#temporary ? undefined : link;
  }

  /** A server's connections are few, and most agents read now and then. */
  #used(): void {
    if (this.#idle !== undefined) {
      this.#idle.refresh();
      return;
    }
    this.#idle = setTimeout(() => {
      if (this.#read?.link.busy === true) this.#idle?.refresh();
      else this.#drop();
    }, this.#parts.idleReadMs).unref();
  }

  /**
   * Makes statements known to the reading connection under their names.
   *
   * @returns false when one could not be parsed there.
   */
  async prepare(link: UpstreamLink, statements: ReadonlyMap<string, Prepared>): Promise<boolean> {
    for (const [name, statement] of statements) {
      // The unnamed one is parsed anew each time: whatever runs there replaces it.
      if (name !== '' && this.#prepared.get(name) === statement) continue;
      const reply = await link.exchange({
        bytes: Buffer.concat([
          ...(name === '' ? [] : [closeStatement(name)]),
          parse(name, statement.text, statement.typeOids),
          sync(),
        ]),
        expected: [
          ...(name === '' ? [] : [{ letter: Frontend.Close }]),
          { letter: Frontend.Parse },
          { letter: Frontend.Sync },
        ],
      });
      if (!reply.ok) return false;
      if (name !== '') this.#prepared.set(name, statement);
    }
    return true;
  }

  /** Names that the next segment parses itself must be free there. */
  async free(link: UpstreamLink, names: Iterable<string>): Promise<void> {
    const taken = [...names].filter((name) => this.#prepared.delete(name));
    if (taken.length === 0) return;
    await link.exchange({
      bytes: Buffer.concat([...taken.map(closeStatement), sync()]),
      expected: [...taken.map(() => ({ letter: Frontend.Close })), { letter: Frontend.Sync }],
    });
  }

  /** The reading connection has parsed it. */
  knows(name: string, statement: Prepared): void {
    if (name !== '') this.#prepared.set(name, statement);
  }

  /** A connection with the owner's rights, for one act; `release` ends it. @throws PostgresDoorError */
  async owning(write: UpstreamLink): Promise<UpstreamLink> {
    const { owner } = this.#parts.resource.lanes ?? {};
    if (owner === undefined) {
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.insufficientPrivilege,
        `\`${this.#parts.resource.name}\` has no owner credential, which this statement needs`,
        { hint: 'a person must add one: `firebreak db provision` says how' },
      );
    }
    const opened = await this.#login(owner, [], 'owner');
    this.#owner = opened;
    try {
      await this.#copySettings(write, opened.link);
    } catch (thrown) {
      this.release();
      throw thrown;
    }
    return opened.link;
  }

  release(): void {
    this.#owner?.link.close();
    this.#owner = undefined;
  }

  /** Asks for whatever runs on one of these connections to be cancelled. */
  cancel(): void {
    for (const opened of [this.#read, this.#owner]) {
      if (opened?.link.busy === true) this.#parts.cancel(opened.upstream);
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.release();
  }

  async #open(name: string): Promise<void> {
    const opened = await this.#login(name, [[READ_ONLY, 'on']], 'read');
    if (!isPinned(opened.link)) {
      // FAIL-CLOSED: a server that does not report the setting cannot be watched; reads then go where they are pinned otherwise.
      this.#unreadable = true;
      opened.link.close();
      return;
    }
    this.#read = opened;
    this.#stale = true;
  }

  async #login(name: string, more: readonly (readonly [string, string])[], lane: 'read' | 'owner'): Promise<Opened> {
    const { resource, credential, onDemand, settings, deadline, unsolicited, admit } = this.#parts;
    await admit(lane);
    const as: PostgresResource = { ...resource, credential: name };
    const given = lane === 'owner' ? await onDemand(name) : credential(name);
    const upstream = await openUpstream(as, given, [...settings, ...more], deadline());
    const link = new UpstreamLink(upstream, {
      unsolicited,
      quiet: true,
      lost: () => this.#forget(link),
    });
    return { link, upstream };
  }

  #forget(link: UpstreamLink): void {
    if (this.#read?.link === link) {
      this.#read = undefined;
      this.#prepared.clear();
    }
  }

  #drop(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    const read = this.#read;
    this.#read = undefined;
    this.#prepared.clear();
    read?.link.close();
  }

  async #carryOver(write: UpstreamLink, read: UpstreamLink): Promise<void> {
    this.#temporary = await this.#copySettings(write, read);
    this.#stale = false;
  }

  /** @returns whether the writing connection has temporary objects. */
  async #copySettings(write: UpstreamLink, to: UpstreamLink): Promise<boolean> {
    const { rows } = await ownQueries(write).query(
      `SELECT name, setting, (pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0)::pg_catalog.text
        FROM pg_catalog.pg_settings WHERE source OPERATOR(pg_catalog.=) 'session' OR name OPERATOR(pg_catalog.=) 'search_path'`,
    );
    const target = ownQueries(to);
    await target.query('RESET ALL');
    for (const [name, setting] of rows) {
      if (name === null || name === undefined || NOT_CARRIED.test(name)) continue;
      await target.query('SELECT pg_catalog.set_config($1, $2, false)', [name, setting ?? '']);
    }
    return rows.some(([, , temporary]) => temporary === 'true');
  }
}

/** Makes statements known to a connection under their names, whatever it knew under them before. Failures show at their use. */
export async function introduce(link: UpstreamLink, statements: ReadonlyMap<string, Prepared>): Promise<void> {
  for (const [name, { text, typeOids }] of statements) {
    const named = name !== '';
    await link.exchange({
      bytes: Buffer.concat([...(named ? [closeStatement(name)] : []), parse(name, text, typeOids), sync()]),
      expected: [...(named ? [{ letter: Frontend.Close }] : []), { letter: Frontend.Parse }, { letter: Frontend.Sync }],
    });
  }
}

function isPinned(link: UpstreamLink): boolean {
  return link.alive && link.parameters.get(READ_ONLY) === 'on';
}

function closeStatement(name: string): Buffer {
  return close('statement', name);
}
