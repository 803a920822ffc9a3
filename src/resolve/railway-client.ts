import { buildConnector, Client } from 'undici';
import type { CredentialBroker } from '#action/credential';
import { messageOf } from '#base/errors';
import { ResolveError } from './errors.js';
import type { GraphqlBody, ProviderAccess } from './provider-access.js';

/** Where a Railway workspace's API is, and whose credential opens it. */
interface RailwayEndpoint {
  readonly resource: string;
  /** The API's host name, with its port when that is not 443. Its certificate must be valid for this name. */
  readonly host: string;
  /** The name of the credential in the vault. */
  readonly credential: string;
  /** Connect here instead of asking the DNS for `host`; the certificate is still checked against `host`. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
  /** Trust this authority (PEM) instead of the public ones. */
  readonly ca?: string | undefined;
}

export interface RailwayClientOptions {
  readonly broker: CredentialBroker;
  readonly endpoints: readonly RailwayEndpoint[];
  /** For one request from connecting to the last byte, in milliseconds. */
  readonly timeout?: number;
}

const PATH = '/graphql/v2';
const TIMEOUT = 5_000;
const MAX_REPLY = 8 * 1024 * 1024;

/** Railway's API over HTTPS. Certificates are always verified; redirects are not followed. */
export function createRailwayAccess(options: RailwayClientOptions): ProviderAccess & { close(): Promise<void> } {
  const timeout = options.timeout ?? TIMEOUT;
  const known = new Map(
    options.endpoints.map((endpoint) => [endpoint.resource, { endpoint, client: connectTo(endpoint, timeout) }]),
  );
  return {
    async graphql(resource, body, signal) {
      const found = known.get(resource);
      if (found === undefined) throw new ResolveError('PROVIDER_UNDECLARED', `no railway resource \`${resource}\``);
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      return post(found.client, found.endpoint, options.broker, body, limited);
    },
    async close() {
      await Promise.all([...known.values()].map(({ client }) => client.destroy()));
    },
  };
}

function connectTo({ host, connectTo: target, ca }: RailwayEndpoint, timeout: number): Client {
  const connector = buildConnector({ timeout, ...(ca === undefined ? {} : { ca }) });
  return new Client(`https://${host}`, {
    connect: (to, callback) =>
      target === undefined
        ? connector(to, callback)
        : connector({ ...to, hostname: target.host, port: String(target.port) }, callback),
  });
}

async function post(
  client: Client,
  { resource, credential }: RailwayEndpoint,
  broker: CredentialBroker,
  body: GraphqlBody,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    const reply = await client.request({
      method: 'POST',
      path: PATH,
      headers: {
        authorization: `Bearer ${broker.credential(credential).secret.reveal()}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify(body),
      signal,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of reply.body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > MAX_REPLY) throw new Error('the reply is too large');
      chunks.push(bytes);
    }
    if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`);
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return parsed;
  } catch (thrown) {
    throw new ResolveError('PROVIDER_UNREACHABLE', `railway did not answer for \`${resource}\`: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
