import type { AnalysisContext, ResourceFacts } from '../analysis.js';

/** What a request is aimed at, taken from its address and the configuration. */
export interface HttpTarget {
  readonly url: URL;
  /** Host, with its port when it is not the scheme's own, and path with what looks like an id replaced: `h/v2/droplets/{id}`. */
  readonly name: string;
  /** The path's segments, percent-decoded where that is possible. */
  readonly segments: readonly string[];
  /** The declared resource that the host leads to. */
  readonly declared: ResourceFacts | undefined;
  /** Where an effect on it lands when nothing is looked up. */
  readonly environments: readonly string[];
}

/** @returns undefined when the address is not an absolute http(s) one */
export function httpTarget(address: string, context: AnalysisContext): HttpTarget | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const declared = declaredFor(url, context);
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  return {
    url,
    name: [url.host, ...segments.map((segment) => (looksLikeId(segment) ? '{id}' : segment))].join('/').slice(0, 300),
    segments: segments.map(decoded),
    declared,
    environments:
      declared !== undefined && declared.environments.length > 0 ? declared.environments : context.environments,
  };
}

/** A trailing dot names the same host (RFC 1034, 3.1). */
function declaredFor(url: URL, context: AnalysisContext): ResourceFacts | undefined {
  const hostname = url.hostname.replace(/\.$/, '');
  const host = url.port === '' ? hostname : `${hostname}:${url.port}`;
  const resources = [...context.resources.values()].filter(({ kind }) => kind === 'http');
  return resources.find(({ hosts }) => hosts.includes(host)) ?? resources.find(({ hosts }) => hosts.includes(hostname));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A number, a UUID, or a long text with digits in it; `v2` and `volume-backups` are none. */
function looksLikeId(segment: string): boolean {
  return (
    /^\d+$/.test(segment) ||
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(segment) ||
    (segment.length >= 16 && /\d/.test(segment) && /^[\w.~-]+$/.test(segment))
  );
}
