/**
 * What an agent may set at start-up. An allow-list: a start-up parameter is a SET that no policy sees (`options` is any
 * number of them), and `replication` opens another protocol.
 */
import type { StartupPacket } from '#wire/postgres/startup-packet';
import { PostgresDoorError } from './errors.js';
import { SqlState } from './sqlstates.js';

export interface StartupRequest {
  readonly user: string;
  readonly database: string;
  /** Passed on to the upstream. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** `_pq_.` options, none of which we know. */
  readonly unknownProtocolOptions: readonly string[];
  /** True when the agent must be told that we speak 3.0 only (PostgreSQL documentation, "NegotiateProtocolVersion"). */
  readonly negotiate: boolean;
}

/** Lower case; settings' names are case-insensitive. None of them changes what a statement's text means. */
const ALLOWED = new Set([
  'application_name',
  'client_encoding',
  'client_min_messages',
  'datestyle',
  'extra_float_digits',
  'fallback_application_name',
  'idle_in_transaction_session_timeout',
  'intervalstyle',
  'lock_timeout',
  'search_path',
  'statement_timeout',
  'timezone',
]);

/** @throws PostgresDoorError `AGENT_REFUSED` */
export function checkStartup(packet: StartupPacket & { kind: 'startup' }): StartupRequest {
  if (packet.major !== 3) {
    throw refused(SqlState.featureNotSupported, `protocol ${packet.major}.${packet.minor} is not supported`, 'use 3.0');
  }
  const parameters = new Map(packet.parameters);
  const user = parameters.get('user') ?? '';
  if (user === '') throw refused(SqlState.invalidAuthorization, 'no user name in the start-up packet', 'give any name');
  const database = parameters.get('database') || user;
  const settings: [string, string][] = [];
  const unknownProtocolOptions: string[] = [];
  for (const [name, value] of parameters) {
    if (name === 'user' || name === 'database') continue;
    if (name.startsWith('_pq_.')) unknownProtocolOptions.push(name);
    else if (name === 'replication') checkReplication(value);
    else if (name === 'options') checkOptions(value);
    else settings.push(checkSetting(name, value));
  }
  return {
    user,
    database,
    settings,
    unknownProtocolOptions,
    negotiate: packet.minor > 0 || unknownProtocolOptions.length > 0,
  };
}

// FAIL-CLOSED: a replication connection is refused, whatever its spelling: only a plain "no" is understood.
function checkReplication(value: string): void {
  if (['false', 'off', 'no', '0'].includes(value.toLowerCase())) return;
  throw refused(
    SqlState.featureNotSupported,
    'replication connections are not allowed',
    'connect without the `replication` parameter',
  );
}

function checkOptions(value: string): void {
  if (value.trim() === '') return;
  throw refused(
    SqlState.featureNotSupported,
    'the start-up parameter `options` is not allowed',
    'remove `options` (PGOPTIONS), and use SET statements instead',
  );
}

function checkSetting(name: string, value: string): [string, string] {
  const key = name.toLowerCase();
  if (!ALLOWED.has(key)) {
    throw refused(
      SqlState.featureNotSupported,
      `the start-up parameter \`${name.slice(0, 64)}\` is not allowed`,
      `allowed are ${[...ALLOWED].join(', ')}`,
    );
  }
  if (key === 'client_encoding' && !isUtf8(value)) {
    throw refused(
      SqlState.featureNotSupported,
      `client_encoding \`${value.slice(0, 64)}\` is not supported`,
      'set client_encoding (PGCLIENTENCODING) to UTF8',
    );
  }
  return [key, value];
}

/** PostgreSQL compares encoding names without case and punctuation; `UNICODE` is its old name of UTF8. */
export function isUtf8(encoding: string): boolean {
  return ['utf8', 'unicode'].includes(encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

function refused(sqlState: string, message: string, hint: string): PostgresDoorError {
  return new PostgresDoorError('AGENT_REFUSED', sqlState, message, { hint });
}
