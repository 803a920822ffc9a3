/** What it comes to when a command sends an HTTP request: the same analysis as at the HTTP door, where that knows the host. */
import type { HttpAction } from '#action/action';
import { type Effect, NO_AMOUNT } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import type { Answers } from '#action/question';
import type { Analysis, AnalysisContext } from '../../analysis.js';
import { analyzeHttp } from '../../http/analyze-http.js';
import { destructiveWord } from '../../http/verb-words.js';
import { UNKNOWN_PART } from '../argument.js';
import type { HttpFinding } from '../finding.js';

const READING = /^(?:GET|HEAD|OPTIONS|TRACE|PROPFIND|QUERY)$/u;
const LOOPBACK =
  /^(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0|host\.docker\.internal|[\w.-]+\.(?:localhost|test|local))$/u;

export function requestAnalysis(finding: HttpFinding, answers: Answers, context: AnalysisContext): Analysis {
  const method = finding.method.toUpperCase();
  const url = finding.url.text.replaceAll(UNKNOWN_PART, 'unknown');
  const full = /^[a-z][a-z0-9+.-]*:\/\//iu.test(url) ? url : `http://${url}`;
  const host = URL.canParse(full) ? new URL(full).hostname.toLowerCase() : undefined;
  const known = host !== undefined && isKnown(host, context);
  if (context.contained === true && known) return judgedThere(host);
  if (known || /\bgraphql\b/u.test(url)) {
    const body = finding.body;
    const action: HttpAction = {
      kind: 'http',
      method,
      url: full,
      headers: finding.headers.map(([name, value]) => [name.toLowerCase(), value]),
      body: Buffer.from(body?.text ?? '', 'utf8'),
      credential: { kind: 'none' },
    };
    if (known || body?.certainty === 'exact') return analyzeHttp(action, answers, context);
  }
  const local = host !== undefined && LOOPBACK.test(host);
  const name = host ?? finding.url.written;
  if (READING.test(method))
    return effects(
      {
        verb: 'read',
        reversible: 'yes',
        environments: local ? [LOCAL_ENVIRONMENT] : context.environments,
        explain: `asks ${name}`,
      },
      name,
    );
  const last = host === undefined ? '' : (new URL(full).pathname.split('/').filter(Boolean).at(-1) ?? '');
  const taking = /^(?:POST|PUT|PATCH)$/u.test(method) ? destructiveWord(last) : undefined;
  if (taking !== undefined) {
    const explain = `sends ${method} to ${finding.url.written}, which says "${taking}"`;
    return effects({ verb: 'destroy', reversible: 'unknown', environments: context.environments, explain }, name);
  }
  if (method === 'DELETE') {
    // A service on this machine may be a door to any other.
    return effects(
      {
        verb: 'destroy',
        reversible: 'unknown',
        environments: context.environments,
        explain: `sends DELETE to ${finding.url.written}`,
      },
      name,
    );
  }
  return effects(
    {
      verb: 'write',
      reversible: 'unknown',
      environments: local ? [LOCAL_ENVIRONMENT] : context.environments,
      explain: `sends ${method} to ${name}`,
    },
    name,
  );
}

function judgedThere(host: string): Analysis {
  const explain = `sends a request to ${host}, which the HTTPS door judges`;
  return effects({ verb: 'execute', reversible: 'yes', environments: [LOCAL_ENVIRONMENT], explain }, host);
}

/** The HTTP door's analysis knows its API, or the configuration names it. */
function isKnown(host: string, { resources }: AnalysisContext): boolean {
  return (
    /(?:^|\.)railway\.(?:app|com)$/u.test(host) || [...resources.values()].some(({ hosts }) => hosts.includes(host))
  );
}

function effects(given: Pick<Effect, 'verb' | 'reversible' | 'environments' | 'explain'>, name: string): Analysis {
  const effect: Effect = {
    ...given,
    resource: { kind: 'http-host', name },
    amount: { ...NO_AMOUNT, count: 1 },
    evidence: 'parsed',
  };
  return { effects: [effect], questions: [] };
}
