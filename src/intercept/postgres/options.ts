import type { SplitSql } from '#action/course';
import type { CredentialBroker } from '#action/credential';
import type { DatabaseKeeper } from '#action/keeper';
import type { AdministrativeEvent } from '#action/record-event';
import type { Submit } from '#action/submission';

/** A database that the door guards, as `firebreak.yaml` declares it. */
export interface PostgresResource {
  readonly name: string;
  readonly environments: readonly string[];
  readonly upstream: PostgresUpstream;
  /** The name in the vault of the credential to use upstream: rights to rows, not an owner's. */
  readonly credential: string;
  /** Further credentials, one for each lane. */
  readonly lanes?: { readonly read?: string | undefined; readonly owner?: string | undefined } | undefined;
  /** It belongs to a protected environment: every command goes as one of its own, reads cannot write, changes are counted. */
  readonly guarded?: boolean | undefined;
}

export type Lane = 'read' | 'write' | 'owner';

export interface PostgresUpstream {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: UpstreamTls;
}

export interface UpstreamTls {
  /** As in libpq's `sslmode`: `require` encrypts, and checks the certificate only when `ca` is given. */
  readonly mode: 'disable' | 'require' | 'verify-full';
  /** PEM of the authority to trust; the system's are trusted without it (`verify-full`). */
  readonly ca?: string | undefined;
}

export interface PostgresDoorOptions {
  readonly resources: readonly PostgresResource[];
  readonly submit: Submit;
  /** Finds the commands of a text. */
  readonly split: SplitSql;
  /** Keeps what a statement is about to change. Without it nothing is tried out. */
  readonly keeper?: DatabaseKeeper | undefined;
  /** Looks at a guarded database's role before it is used; rejects when it may do more than its lane should. */
  readonly admit?: ((lane: Lane, resource: PostgresResource) => Promise<void>) | undefined;
  /** What code in the database could reach that no rollback takes back, by name. */
  readonly outside?: ((resource: PostgresResource) => Promise<readonly string[]>) | undefined;
  readonly broker: CredentialBroker;
  /** Offers TLS to agents: PEM texts. Without it agents are told that there is none. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly limits?: Partial<PostgresDoorLimits>;
  readonly timeouts?: Partial<PostgresDoorTimeouts>;
  /** Told of refused connections and refused placeholders. Must not throw. */
  readonly report: (event: DoorReport) => void;
}

/** What the composition root puts the time to. */
export type DoorReport = Omit<AdministrativeEvent, 'time'>;

export interface PostgresDoorLimits {
  /** Bytes of one statement's text. */
  readonly statementBytes: number;
  /** Bytes of one unit of work, parameters included. */
  readonly unitBytes: number;
  /** Bytes kept of what an agent sends while its unit is decided or runs; beyond, its socket is not read. */
  readonly pendingBytes: number;
  /** Bytes kept of prepared statements and portals for one connection. */
  readonly preparedBytes: number;
  /** Connections at the same time; further ones are closed. */
  readonly connections: number;
}

/** In milliseconds. */
export interface PostgresDoorTimeouts {
  /** For an agent to send its start-up packet and to authenticate. */
  readonly startupMs: number;
  /** To connect upstream and to authenticate there. */
  readonly upstreamMs: number;
  /** Between two notices to an agent that waits. */
  readonly heldNoticeMs: number;
  /** To find out on a new connection what became of a transaction whose COMMIT was not answered. */
  readonly commitSettleMs: number;
  /** After which an agent's reading connection is closed when it was not used. */
  readonly idleReadMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: PostgresDoorLimits = {
  statementBytes: MIB,
  unitBytes: 16 * MIB,
  pendingBytes: MIB,
  preparedBytes: 64 * MIB,
  connections: 600,
};

export const DEFAULT_TIMEOUTS: PostgresDoorTimeouts = {
  startupMs: 10_000,
  upstreamMs: 10_000,
  heldNoticeMs: 15_000,
  commitSettleMs: 10_000,
  idleReadMs: 60_000,
};
