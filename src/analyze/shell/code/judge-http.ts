import { type Argument, exactly, unknownArgument } from '../argument.js';
import type { Finding, HttpFinding } from '../finding.js';
import { argumentOf, type Call, jsonOf, type Value } from './value.js';

const LIBRARIES =
  /^(?:requests|httpx|aiohttp|axios|got|ky|superagent|needle|HTTParty|Faraday|RestClient|Http|HTTP|Net\.HTTP|Typhoeus|Excon|urllib3|http|https|session|client)\b/u;
const METHOD = /\.(get|head|post|put|patch|delete|options|request)$/iu;

/** A request that the program sends. @returns undefined when the call is none. */
export function judgeHttp(call: Call): readonly Finding[] | undefined {
  const { path, args } = call;
  const [first, second, third] = args;
  if (/^(?:node-)?fetch$|^undici\.(?:fetch|request)$/u.test(path))
    return request(entry(second, 'method'), first, second, undefined);
  if (/(?:^|\.)request\.Request$|^Request$/u.test(path)) {
    return request(
      call.named.get('method'),
      first,
      { kind: 'record', entries: call.named },
      call.named.get('data') ?? second,
    );
  }
  if (path === 'axios' || path === 'axios.request' || path === 'got') {
    const options = first?.kind === 'record' ? first : second;
    return request(entry(options, 'method'), entry(options, 'url') ?? first, options, entry(options, 'data'));
  }
  const method = METHOD.exec(path)?.[1]?.toUpperCase();
  if (method === undefined) return undefined;
  const url = method === 'REQUEST' ? second : first;
  const absolute = url?.kind === 'text' && /^https?:\/\//iu.test(url.argument.text);
  if (!absolute && !(LIBRARIES.test(path) && url?.kind === 'text')) return undefined;
  if (method === 'REQUEST') return request(first, url, { kind: 'record', entries: call.named }, third);
  const options: Value =
    call.named.size > 0 ? { kind: 'record', entries: call.named } : (third ?? second ?? { kind: 'unknown' });
  const given = call.named.get('data') ?? (/^(?:axios|HTTP)/u.test(path) ? second : undefined);
  return request({ kind: 'text', argument: exactly(method) }, url, options, given);
}

function entry(value: Value | undefined, name: string): Value | undefined {
  return value?.kind === 'record' ? value.entries.get(name) : undefined;
}

function request(
  method: Value | undefined,
  url: Value | undefined,
  options: Value | undefined,
  data: Value | undefined,
): readonly Finding[] {
  const json = entry(options, 'json');
  const body = json ?? data ?? entry(options, 'body') ?? entry(options, 'data');
  const verb = method === undefined ? (body === undefined ? 'GET' : 'POST') : argumentOf(method).text.toUpperCase();
  if (/^(?:GET|HEAD|OPTIONS)$/u.test(verb)) return [];
  const sent = bodyOf(body, json !== undefined || data?.kind === 'record');
  const finding: HttpFinding = {
    kind: 'http',
    method: /^[A-Z]+$/u.test(verb) ? verb : 'DELETE',
    url: argumentOf(url),
    headers: headersOf(entry(options, 'headers'), json !== undefined),
    body: sent,
  };
  return [finding];
}

function bodyOf(body: Value | undefined, asJson: boolean): Argument | undefined {
  if (body === undefined) return undefined;
  if (body.kind === 'text' && !asJson) return body.argument;
  const json = jsonOf(body);
  return json === undefined ? unknownArgument('a computed body') : exactly(json);
}

function headersOf(headers: Value | undefined, json: boolean): HttpFinding['headers'] {
  const given =
    headers?.kind === 'record'
      ? [...headers.entries].map(([name, value]) => [name.toLowerCase(), argumentOf(value).text] as const)
      : [];
  return json ? [...given, ['content-type', 'application/json']] : given;
}
