/**
 * Who is it? SCRAM-SHA-256 with the placeholder as the password. The proof tells which of all placeholders the agent knows,
 * so that one of another environment is refused in words and not as a wrong password.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { CredentialBroker, Placeholder } from '#action/credential';
import { authenticationSasl, authenticationSaslContinue, authenticationSaslFinal } from '#wire/postgres/build';
import { decodeSaslInitialResponse, decodeSaslResponse } from '#wire/postgres/client-messages';
import { FrameReader } from '#wire/postgres/frame-reader';
import { authenticationRules } from '#wire/postgres/frame-rules';
import { SCRAM_SHA_256 } from '#wire/postgres/scram';
import { readClientFirst, recognise, serverFirst } from '#wire/postgres/scram-server';
import { PostgresDoorError } from './errors.js';
import type { PostgresResource } from './options.js';
import { receive } from './receive.js';
import { SqlState } from './sqlstates.js';
import type { StartupRequest } from './startup-parameters.js';

export interface Authenticated {
  readonly placeholder: Placeholder;
  /** What came behind the last answer. */
  readonly rest: Buffer;
}

/**
 * @param broker asked for the placeholders of every resource of this door, not only of the wanted one.
 * @throws PostgresDoorError `AGENT_REFUSED` (28P01), PostgresWireError, NothingReceived.
 */
export async function authenticate(
  socket: Duplex,
  first: Buffer,
  request: StartupRequest,
  resources: readonly PostgresResource[],
  broker: CredentialBroker,
  deadline: AbortSignal,
): Promise<Authenticated> {
  const reader = new FrameReader(authenticationRules, first);
  const answer = async (): Promise<Buffer> => {
    const event = await receive(
      socket,
      (chunk) => reader.push(chunk),
      () => reader.next(),
      deadline,
    );
    if (event.kind !== 'message') throw new TypeError('authentication messages are read whole');
    return event.bytes;
  };

  socket.write(authenticationSasl([SCRAM_SHA_256]));
  const initial = decodeSaslInitialResponse(await answer());
  if (initial.mechanism !== SCRAM_SHA_256) {
    throw new PostgresDoorError('AGENT_REFUSED', SqlState.protocolViolation, 'only SCRAM-SHA-256 is offered');
  }
  const clientFirst = readClientFirst(initial.data);
  const challenge = serverFirst(clientFirst, randomBytes(18).toString('base64'));
  socket.write(authenticationSaslContinue(challenge));
  const clientFinal = decodeSaslResponse(await answer());
  const candidates = resources.flatMap((resource) => broker.placeholdersFor(resource.name));
  const found = recognise({ clientFirst, serverFirst: challenge, clientFinal }, candidates);
  // FAIL-CLOSED: a password that Firebreak did not issue opens nothing, even if it is the database's own.
  if (found === undefined) {
    throw new PostgresDoorError(
      'AGENT_REFUSED',
      SqlState.invalidPassword,
      `the password given for user \`${request.user.slice(0, 64)}\` is not a placeholder that Firebreak issued`,
      { hint: "use the placeholder (fbk_...) from this session's environment; real passwords do not work here" },
    );
  }
  socket.write(authenticationSaslFinal(found.serverFinal));
  return { placeholder: found.candidate, rest: reader.rest() };
}

/**
 * The resource that the database parameter names: by the resource's name, else by the upstream's name of the database, of
 * which several may share one; the placeholder's own is meant then.
 *
 * @throws PostgresDoorError `AGENT_REFUSED`: no such resource (3D000), or the placeholder is of another one (28000).
 */
export function chooseResource(
  database: string,
  placeholder: Placeholder,
  resources: readonly PostgresResource[],
): PostgresResource {
  const byName = resources.filter((resource) => resource.name === database);
  const meant = byName.length > 0 ? byName : resources.filter((resource) => resource.upstream.database === database);
  const [resource] = meant;
  if (resource === undefined) {
    throw new PostgresDoorError(
      'AGENT_REFUSED',
      SqlState.invalidCatalogName,
      `no declared database is called \`${database.slice(0, 64)}\``,
      { hint: `declared are ${resources.map(({ name }) => `\`${name}\``).join(', ')}` },
    );
  }
  const own = meant.find(({ name }) => name === placeholder.resource);
  // FAIL-CLOSED: a placeholder of one environment cannot open a resource of another.
  if (own === undefined || !own.environments.includes(placeholder.environment)) {
    const wanted = own ?? resource;
    throw new PostgresDoorError(
      'AGENT_REFUSED',
      SqlState.invalidAuthorization,
      `a ${placeholder.environment} placeholder cannot open \`${wanted.name}\` of ${wanted.environments.join(', ') || 'no declared environment'}`,
      { hint: `this placeholder opens \`${placeholder.resource}\` only; stay in ${placeholder.environment}` },
    );
  }
  return own;
}
