import type { CredentialBroker } from '#action/credential';
import type { Session } from '#action/session';
import type { Submit } from '#action/submission';
import type { Authority } from './authority.js';
import type { Egress } from './egress.js';

/** An API that the configuration declares. */
export interface HttpResource {
  readonly name: string;
  /** Whose API it is, such as `railway`. */
  readonly provider?: string | undefined;
  /** Lower-case host names, `api.example.com` for port 443 or `api.example.com:8443`. */
  readonly hosts: readonly string[];
  /** From the configuration; empty when it is looked up for each object. */
  readonly environments: readonly string[];
  /** The name of the real credential in the vault. */
  readonly credential: string;
  /** Where it really is, when not at the host itself; its certificate must still be valid for the host. */
  readonly upstream?: UpstreamAddress | undefined;
}

export interface UpstreamAddress {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Trust this authority (PEM) instead of the public ones. */
  readonly ca?: string | undefined;
}

/** In milliseconds. */
export interface HttpTimeouts {
  /** From CONNECT to the end of the TLS handshake. */
  readonly handshake: number;
  /** For one request's head and body to arrive, and between two requests. */
  readonly request: number;
  /** To reach an upstream. */
  readonly connect: number;
  /** For an upstream to begin its response, and between two parts of it. */
  readonly response: number;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  handshake: 10_000,
  request: 60_000,
  connect: 10_000,
  response: 120_000,
};

/** Bytes of a request's body that are kept; a longer one is refused, never cut. */
export const DEFAULT_BODY_CAP = 8 * 1024 * 1024;

export interface HttpDoorOptions {
  readonly submit: Submit;
  readonly broker: CredentialBroker;
  readonly authority: Authority;
  readonly resources: readonly HttpResource[];
  /** The session of whoever comes in here: a door opened for one launch. */
  readonly session?: Session | undefined;
  /** The standing session of requests that carry no placeholder, when the door is not one launch's own. */
  readonly anonymousSession: Session;
  readonly egress: Egress;
  /**
   * Records what the pipeline does not see. Awaited: when it fails, what it tells of does not happen.
   */
  readonly report: (event: HttpDoorEvent) => Promise<void>;
  readonly bodyCap?: number;
  readonly timeouts?: Partial<HttpTimeouts>;
}

/** What the record should know of a door beside its actions; the kinds are administrative acts. */
export interface HttpDoorEvent {
  readonly kind: 'tunnel-opened' | 'connection-refused' | 'placeholder-refused';
  /** The host and port, or the resource. */
  readonly subject: string;
  /** One sentence. */
  readonly detail: string;
}
