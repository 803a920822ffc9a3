import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { buildSchema, type DocumentNode, execute, Kind, parse, validate } from 'graphql';
import { equalBytes, sha256 } from '#base/bytes';
import { messageOf } from '#base/errors';
import { railwayResolvers } from './railway-resolvers.js';
import { RAILWAY_SDL } from './railway-schema.js';
import type { RailwayState } from './railway-state.js';
import { createServerCertificate } from './throwaway-ca.js';
import type { VolumeBackup } from './volume.js';

const RAILWAY_HOST = 'backboard.railway.app';
const RAILWAY_PATH = '/graphql/v2';

export interface RailwayOptions {
  readonly state: RailwayState;
  /** Workspace tokens that are accepted, by a name for the list of requests. All may do everything, as the real ones. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Does what the platform would: it ends whatever runs on the volume and removes it. */
  readonly onVolumeDelete: (volumeId: string) => Promise<void>;
  /** The volume-level backups of a volume that exists. */
  readonly listBackups: (volumeId: string) => Promise<readonly VolumeBackup[]>;
  readonly createBackup: (volumeId: string, name: string) => Promise<VolumeBackup>;
}

/** One request that arrived. */
interface RailwayRequest {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Whose token it was; undefined when it was none of ours. */
  readonly token: string | undefined;
  /** `query` or `mutation` and the root fields, in order; empty when it could not be parsed. */
  readonly operation: string;
}

/** A local HTTPS server that answers as Railway's public GraphQL API and keeps real state. */
export interface RailwayStandIn {
  readonly port: number;
  /** What a client must trust to reach it as `backboard.railway.app`. */
  readonly caPem: string;
  readonly requests: readonly RailwayRequest[];
  close(): Promise<void>;
}

const schema = buildSchema(RAILWAY_SDL);
const BODY_LIMIT_BYTES = 1_048_576;

/** Starts the stand-in on a free loopback port. */
export async function startRailwayStandIn(options: RailwayOptions): Promise<RailwayStandIn> {
  const { caPem, certPem, keyPem } = await createServerCertificate([
    RAILWAY_HOST,
    'backboard.railway.com',
    'localhost',
  ]);
  const requests: RailwayRequest[] = [];
  const server = createServer({ key: keyPem, cert: certPem }, (request, response) => {
    answer(request, options, requests).then(
      ({ status, body }) => send(response, status, body),
      (thrown: unknown) => send(response, 500, { errors: [{ message: messageOf(thrown) }] }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return {
    port: address.port,
    caPem,
    requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(request: IncomingMessage, options: RailwayOptions, requests: RailwayRequest[]): Promise<Answer> {
  const url = new URL(request.url ?? '/', `https://${RAILWAY_HOST}`);
  if (url.pathname !== RAILWAY_PATH) return failure(404, 'Not Found');
  if (request.method !== 'POST') return failure(405, 'Method Not Allowed');
  const call = asCall(await readBody(request));
  if (call === undefined) return failure(400, 'Problem processing request');

  let document: DocumentNode;
  try {
    document = parse(call.query);
  } catch (thrown) {
    return failure(400, messageOf(thrown));
  }
  const token = nameOfToken(request.headers.authorization, options.tokens);
  requests.push({ at: Date.now(), token, operation: describe(document) });
  const errors = validate(schema, document);
  if (errors.length > 0) return { status: 400, body: { errors } };
  // Railway answers 200 here, too; clients look at `errors`.
  if (token === undefined) return { status: 200, body: { errors: [{ message: 'Not Authorized' }], data: null } };
  const { query, ...variables } = call;
  const result = await execute({ schema, document, rootValue: railwayResolvers(options), ...variables });
  return { status: 200, body: result };
}

interface Call {
  readonly query: string;
  readonly variableValues?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

function asCall(body: string): Call | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('query' in value) || typeof value.query !== 'string')
    return undefined;
  const variables = 'variables' in value && typeof value.variables === 'object' ? value.variables : null;
  const name = 'operationName' in value && typeof value.operationName === 'string' ? value.operationName : undefined;
  return {
    query: value.query,
    ...(variables === null ? {} : { variableValues: { ...variables } }),
    ...(name === undefined ? {} : { operationName: name }),
  };
}

function nameOfToken(header: string | undefined, tokens: Readonly<Record<string, string>>): string | undefined {
  const presented = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  if (presented === undefined) return undefined;
  const hash = sha256(presented);
  return Object.entries(tokens).find(([, token]) => equalBytes(sha256(token), hash))?.[0];
}

/** For people: `mutation volumeDelete`. */
function describe(document: DocumentNode): string {
  const operations = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [definition] : [],
  );
  return operations
    .map(({ operation, selectionSet }) => {
      const fields = selectionSet.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : []));
      return `${operation} ${fields.join(' ')}`;
    })
    .join('; ');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) throw new RangeError('request body too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failure(status: number, message: string): Answer {
  return { status, body: { errors: [{ message }] } };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'x-railway-request-id': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
