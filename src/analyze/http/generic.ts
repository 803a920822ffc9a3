import type { HttpAction, JsonValue } from '#action/action';
import { type Effect, NO_AMOUNT, type Verb } from '#action/effect';
import type { Analysis } from '../analysis.js';
import { bodyText } from './body.js';
import { isObject, readGraphqlRequest } from './graphql-request.js';
import { headerValues } from './headers.js';
import type { HttpTarget } from './http-target.js';
import { meaningOf, methodsOf } from './methods.js';
import { parseStrictJson } from './strict-json.js';
import { destructiveWord } from './verb-words.js';
import { joined, quoted } from './words.js';

/** Last path segments below which the body names the operation: DigitalOcean's `/droplets/1/actions` and its likes. */
const OPERATION_COLLECTIONS: ReadonlySet<string> = new Set(['action', 'actions', 'command', 'commands', 'operations']);

const OPERATION_KEYS = ['type', 'action', 'operation', 'command', 'op'] as const;

/** What a request to a host that no overlay knows would do: parsed structure first, then the method, then unknown. */
export function analyzeGeneric(action: HttpAction, target: HttpTarget): Analysis {
  const body = structureOf(action);
  const methods = methodsOf(action, target.url, body.methods);
  const meanings = methods.map(meaningOf);
  const effect = (verb: Verb, explain: string, evidence: Effect['evidence']): Analysis => ({
    effects: [
      {
        verb,
        resource: { kind: 'http', name: target.name },
        environments: target.environments,
        amount: NO_AMOUNT,
        reversible: verb === 'read' ? 'yes' : verb === 'destroy' ? 'no' : 'unknown',
        evidence,
        explain,
      },
    ],
    questions: [],
  });
  const place = quoted(`${target.url.host}${target.url.pathname}`);

  if (meanings.includes('destroy'))
    return effect('destroy', `deletes ${place} (${joined(methods.map(quoted))})`, 'parsed');
  if (isGraphqlPath(target) || isGraphqlByGet(action, target)) return graphql(action, target, methods, effect);
  if (!meanings.includes('write')) return effect('read', `reads ${place}`, 'parsed');

  const operation = operationNames(target, action, body.json).find((name) => destructiveWord(name) !== undefined);
  const sends = `sends ${joined(methods.map(quoted))} to ${place}`;
  if (operation !== undefined) {
    return effect('destroy', `${sends}, an operation that destroys or overwrites (\`${quoted(operation)}\`)`, 'parsed');
  }
  return effect('write', `${sends}, and nothing in the request says for certain what that changes`, 'unknown');
}

type MakeEffect = (verb: Verb, explain: string, evidence: Effect['evidence']) => Analysis;

function isGraphqlPath({ segments }: HttpTarget): boolean {
  return segments.slice(-2).some((segment) => segment.toLowerCase() === 'graphql');
}

/** A mutation in the address is one wherever the endpoint lies. */
function isGraphqlByGet(action: HttpAction, { url }: HttpTarget): boolean {
  if (action.method !== 'GET' || !url.searchParams.has('query')) return false;
  const request = readGraphqlRequest(action, 'GET', url);
  return request.ok && request.operations.some(({ type }) => type === 'mutation');
}

function graphql(action: HttpAction, target: HttpTarget, methods: readonly string[], effect: MakeEffect): Analysis {
  const [method = '', ...overrides] = methods;
  // `GET /graphql` without parameters is the page of an explorer.
  if ((method === 'GET' || method === 'HEAD') && overrides.length === 0 && target.url.search === '') {
    return effect('read', `reads ${target.name}`, 'parsed');
  }
  const request =
    overrides.length > 0
      ? { ok: false as const, why: 'it asks for another method than its own' }
      : readGraphqlRequest(action, method, target.url);
  if (!request.ok) {
    return effect(
      'write',
      `sends ${quoted(target.url.host)} a GraphQL request that cannot be read: ${request.why}`,
      'unknown',
    );
  }
  const mutations = request.operations.filter(({ type }) => type === 'mutation').flatMap(({ fields }) => fields);
  const names = [...new Set(mutations.map(({ name }) => name))];
  if (names.length === 0) return effect('read', `queries ${quoted(target.url.host)} by GraphQL`, 'parsed');
  const calls = `calls ${joined(names.slice(0, 10).map((name) => `\`${name}\``))} of ${quoted(target.url.host)}`;
  return names.some((name) => destructiveWord(name) !== undefined)
    ? effect('destroy', `${calls}, an operation that destroys or overwrites`, 'parsed')
    : effect('write', `${calls}, of which nothing is known`, 'unknown');
}

/** The names that this request gives to the operation it asks for, wherever a protocol puts one. */
function operationNames({ segments }: HttpTarget, action: HttpAction, json: JsonValue | undefined): string[] {
  const last = segments.at(-1) ?? '';
  const names = [last, ...headerValues(action.headers, 'x-amz-target').map((value) => value.split('.').at(-1) ?? '')];
  // A path may end in a warning instead of a verb: `/destroy_with_associated_resources/dangerous`.
  if (last === 'dangerous' && segments.length > 1) names.push(segments.at(-2) ?? '');
  for (const entry of Array.isArray(json) ? json.slice(0, 100) : [json]) {
    if (!isObject(entry)) continue;
    const method = entry['method'];
    if (typeof entry['jsonrpc'] === 'string' && typeof method === 'string') names.push(method);
    if (!OPERATION_COLLECTIONS.has(last.toLowerCase())) continue;
    names.push(...OPERATION_KEYS.map((key) => entry[key]).filter((value) => typeof value === 'string'));
  }
  return names;
}

interface BodyStructure {
  readonly json: JsonValue | undefined;
  /** `_method` of a form or a JSON object. */
  readonly methods: readonly string[];
}

function structureOf(action: HttpAction): BodyStructure {
  const nothing: BodyStructure = { json: undefined, methods: [] };
  if (action.body.length === 0) return nothing;
  const body = bodyText(action);
  if (!body.ok) return nothing;
  if (body.mediaType === 'application/x-www-form-urlencoded' && body.text.length <= 1024 * 1024) {
    const form = new URLSearchParams(body.text);
    return { json: { method: '', ...operationOfForm(form) }, methods: form.getAll('_method') };
  }
  const json = parseStrictJson(body.text);
  if (!json.ok) return nothing;
  const method = isObject(json.value) ? json.value['_method'] : undefined;
  return { json: json.value, methods: typeof method === 'string' ? [method] : [] };
}

/** AWS's query protocol names the operation in a form field. */
function operationOfForm(form: URLSearchParams): { readonly [key: string]: string } {
  const action = form.get('Action');
  return action === null ? {} : { jsonrpc: 'form', method: action };
}
