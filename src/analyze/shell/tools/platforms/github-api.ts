import { type Argument, exactly, knownText, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import { fileContent, headerOf } from '../network/http-body.js';

const VALUES = [
  '-X',
  '--method',
  '-f',
  '--raw-field',
  '-F',
  '--field',
  '-H',
  '--header',
  '--hostname',
  '--input',
  '-q',
  '--jq',
  '-t',
  '--template',
  '--cache',
  '-p',
  '--preview',
];

/**
 * `gh api` and `glab api`: a request to the service's API. Source: gh api manual: GET unless fields are given, then POST;
 * the fields are the members of a JSON object, or of the query for GET; of `graphql`, all but `query` are variables.
 *
 * @param base the address that endpoints are relative to, with `/` at the end.
 */
export function judgeApi(
  args: readonly Argument[],
  base: (hostname: string | undefined) => string,
): readonly Finding[] {
  const options = readOptions(args, { values: VALUES });
  const [endpoint] = options.operands;
  if (endpoint === undefined || options.has('--help', '-h')) return [];
  const fields = [...options.values('-f', '--raw-field'), ...options.values('-F', '--field')];
  const input = options.value('--input');
  const asked = options.value('-X', '--method');
  if (asked !== undefined && knownText(asked) === undefined)
    return [{ kind: 'opaque', explain: 'sends a request with a method that is computed' }];
  const method = (asked?.text ?? (fields.length > 0 || input !== undefined ? 'POST' : 'GET')).toUpperCase();
  const address = base(knownText(options.value('--hostname')));
  const url = /^https?:\/\//u.test(endpoint.text) ? endpoint : prefixed(address, endpoint);
  const graphql = endpoint.text === 'graphql';
  const body = input === undefined ? bodyOf(fields, graphql) : fileContent(input.written);
  const headers = options
    .values('-H', '--header')
    .map(headerOf)
    .filter((one) => one !== undefined);
  return [
    {
      kind: 'http',
      method,
      url,
      headers: [['content-type', 'application/json'], ...headers],
      body: method === 'GET' && !graphql ? undefined : body,
    },
  ];
}

function prefixed(address: string, endpoint: Argument): Argument {
  const text = `${address}${endpoint.text.replace(/^\//u, '')}`;
  return endpoint.certainty === 'unknown' ? { text, certainty: 'unknown', written: endpoint.written } : exactly(text);
}

function bodyOf(fields: readonly Argument[], graphql: boolean): Argument | undefined {
  if (fields.length === 0) return undefined;
  const top: Record<string, string> = {};
  const variables: Record<string, string> = {};
  let unknown = false;
  for (const field of fields) {
    const equals = field.text.indexOf('=');
    const [name, value] = equals < 0 ? [field.text, ''] : [field.text.slice(0, equals), field.text.slice(equals + 1)];
    unknown ||= field.certainty === 'unknown' || value.startsWith('@');
    const target = graphql && name !== 'query' && name !== 'operationName' ? variables : top;
    target[name] = value.startsWith('@') ? UNKNOWN_PART : value;
  }
  const text = JSON.stringify(graphql ? { ...top, variables } : top);
  // A query that is known is worth more than variables that are not: only an unknown query makes the body unknown.
  const query = top['query'];
  if (graphql && query !== undefined && !query.includes(UNKNOWN_PART)) return exactly(text.replaceAll('\\u0000', '?'));
  return unknown
    ? { text, certainty: 'unknown', written: fields.map(({ written }) => written).join(' ') }
    : exactly(text);
}
