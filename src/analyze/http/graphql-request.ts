import type { HttpAction, JsonObject, JsonValue } from '#action/action';
import { bodyText } from './body.js';
import { type Operation, parseOperation } from './graphql-document.js';
import { parseStrictJson } from './strict-json.js';

/** Every operation that one HTTP request would run, or why nobody can tell. */
export type GraphqlRequest =
  | { readonly ok: true; readonly operations: readonly Operation[] }
  | { readonly ok: false; readonly why: string };

/** The parameters of GraphQL over HTTP (specification, section 5). */
const PARAMETERS = ['query', 'operationName', 'variables', 'extensions'] as const;

const MAX_BATCH = 50;

/**
 * Reads a request as GraphQL over HTTP: POST with JSON (one or a batch) or `application/graphql`, or GET with query
 * parameters. What different servers read differently is not read at all.
 */
export function readGraphqlRequest(action: HttpAction, method: string, url: URL): GraphqlRequest {
  const parameters = PARAMETERS.filter((name) => url.searchParams.has(name));
  if (parameters.some((name) => url.searchParams.getAll(name).length > 1)) {
    return refuse('it gives a GraphQL parameter twice');
  }
  if (method === 'GET' || method === 'HEAD') {
    if (action.body.length > 0) return refuse('it is a GET with a body');
    return fromParameters(url.searchParams);
  }
  if (method !== 'POST') return refuse(`GraphQL is not sent with ${method}`);
  // Some servers let the address win over the body, others the body.
  if (parameters.length > 0) return refuse('it gives GraphQL both in its address and in its body');
  const body = bodyText(action);
  if (!body.ok) return refuse(`of its body: ${body.why}`);
  if (body.mediaType === 'application/graphql') return one({ query: body.text });
  if (body.mediaType === 'application/x-www-form-urlencoded') return refuse('its body is a form');
  const json = parseStrictJson(body.text);
  if (!json.ok) return refuse(`of its body: ${json.why}`);
  if (!isList(json.value)) return one(json.value);
  if (json.value.length === 0 || json.value.length > MAX_BATCH) return refuse('its batch is empty or too long');
  const operations: Operation[] = [];
  for (const entry of json.value) {
    const read = one(entry);
    if (!read.ok) return read;
    operations.push(...read.operations);
  }
  return { ok: true, operations };
}

function refuse(why: string): GraphqlRequest {
  return { ok: false, why };
}

function fromParameters(parameters: URLSearchParams): GraphqlRequest {
  const query = parameters.get('query');
  const operationName = parameters.get('operationName');
  const text = parameters.get('variables');
  const variables = text === null || text === '' ? null : parseStrictJson(text);
  if (variables !== null && !variables.ok) return refuse(`of its variables: ${variables.why}`);
  return one({ query, operationName, variables: variables === null ? null : variables.value });
}

function one(entry: JsonValue): GraphqlRequest {
  if (!isObject(entry)) return refuse('it is not a GraphQL request');
  const { query, operationName, variables } = {
    query: entry['query'],
    operationName: entry['operationName'] ?? undefined,
    variables: entry['variables'] ?? undefined,
  };
  // A hash of a document that the server knows and we do not (persisted queries).
  if (typeof query !== 'string' || query.trim() === '') return refuse('it carries no GraphQL document');
  if (operationName !== undefined && typeof operationName !== 'string') return refuse('its operation name is no text');
  const values = variables === undefined ? undefined : objectOf(variables);
  if (variables !== undefined && values === undefined) return refuse('its variables are no object');
  const parsed = parseOperation(query, operationName === '' ? undefined : operationName, values);
  return parsed.ok ? { ok: true, operations: [parsed.operation] } : parsed;
}

/** Some clients send the variables as a text of JSON, and some servers take it. */
function objectOf(variables: JsonValue): JsonObject | undefined {
  if (typeof variables !== 'string') return isObject(variables) ? variables : undefined;
  const parsed = parseStrictJson(variables);
  return parsed.ok && isObject(parsed.value) ? parsed.value : undefined;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
