import type { CredentialBroker } from '#action/credential';
import type { AdministrativeEvent } from '#action/record-event';
import type { Submit } from '#action/submission';

/** A database that the door guards, as `firebreak.yaml` declares it. */
export interface PostgresResource {
  readonly name: string;
  readonly environments: readonly string[];
  readonly upstream: PostgresUpstream;
  /** The name in the vault of the credential to use upstream. */
  readonly credential: string;
}

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
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: PostgresDoorLimits = {
  statementBytes: MIB,
  unitBytes: 16 * MIB,
  pendingBytes: MIB,
  preparedBytes: 64 * MIB,
  connections: 200,
};

export const DEFAULT_TIMEOUTS: PostgresDoorTimeouts = { startupMs: 10_000, upstreamMs: 10_000, heldNoticeMs: 15_000 };
