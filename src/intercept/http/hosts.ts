import { HttpDoorError } from './errors.js';
import type { HttpResource } from './options.js';

/** A host and port as a client asks for them. */
export interface HostPort {
  /** Lower case, without a trailing dot, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; the port may be left out where there is a default. Undefined when it is neither. */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_](?:[a-z0-9._-]{0,252})))(?::(\d{1,5}))?$/i.exec(text);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || host === '' || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

export function hostPortText({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What a host means to the door. */
export type HostMeaning =
  | { readonly kind: 'declared'; readonly resource: HttpResource }
  /** A declared name on a port that is not declared: neither ours to read nor free to pass. */
  | { readonly kind: 'wrong-port'; readonly resource: HttpResource }
  | { readonly kind: 'unlisted' };

/** The declared resources by the hosts that lead to them. */
export class DeclaredHosts {
  readonly #byHostPort = new Map<string, HttpResource>();
  readonly #byHost = new Map<string, HttpResource>();

  /** @throws HttpDoorError `HOST_TWICE` */
  constructor(resources: readonly HttpResource[]) {
    for (const resource of resources) {
      for (const text of resource.hosts) {
        const parsed = parseHostPort(text, 443);
        const key = parsed === undefined ? text : hostPortText(parsed);
        const other = this.#byHostPort.get(key);
        if (other !== undefined && other.name !== resource.name) {
          throw new HttpDoorError(
            'HOST_TWICE',
            `\`${text}\` belongs to both \`${other.name}\` and \`${resource.name}\``,
            {
              hint: 'give each host to one resource',
            },
          );
        }
        this.#byHostPort.set(key, resource);
        this.#byHost.set(parsed?.host ?? text, resource);
      }
    }
  }

  meaningOf(target: HostPort): HostMeaning {
    const resource = this.#byHostPort.get(hostPortText(target));
    if (resource !== undefined) return { kind: 'declared', resource };
    const named = this.named(target.host);
    return named === undefined ? { kind: 'unlisted' } : { kind: 'wrong-port', resource: named };
  }

  /** The resource that a name leads to, whatever the port. */
  named(host: string): HttpResource | undefined {
    return this.#byHost.get(host.replace(/\.$/, ''));
  }
}
