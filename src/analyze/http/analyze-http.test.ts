// Longer than most files: the ways around the analysis are one table, so that a missing one shows.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HttpAction, HttpHeader } from '#action/action';
import type { Effect } from '#action/effect';
import { VERBS } from '#action/effect';
import { type Answer, questionKey } from '#action/question';
import type { AnalysisContext, ResourceFacts } from '../analysis.js';
import { analyzeHttp } from './analyze-http.js';

const railway: ResourceFacts = {
  name: 'railway',
  kind: 'http',
  environments: [],
  provider: 'railway',
  hosts: ['backboard.railway.app', 'railway.test'],
};
const api: ResourceFacts = { name: 'api', kind: 'http', environments: ['staging'], hosts: ['api.test'] };
const context: AnalysisContext = {
  resources: new Map([railway, api].map((facts) => [facts.name, facts])),
  environments: [],
};

interface Request {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly HttpHeader[];
  readonly body?: string | Uint8Array;
}

function action({ method = 'POST', url = RAILWAY, headers = JSON_TYPE, body = '' }: Request): HttpAction {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { kind: 'http', method, url, headers, body: bytes, credential: { kind: 'none' } };
}

const RAILWAY = 'https://backboard.railway.app/graphql/v2';
const JSON_TYPE: readonly HttpHeader[] = [['content-type', 'application/json']];
const VOLUME = 'vol-1';
const DELETE = `mutation { volumeDelete(volumeId: "${VOLUME}") }`;

function effects(request: Request, answers: ReadonlyMap<string, Answer> = new Map()): readonly Effect[] {
  return analyzeHttp(action(request), answers, context).effects;
}

function graphql(query: string, more: object = {}): Request {
  return { body: JSON.stringify({ query, ...more }) };
}

const question = (objectKind: string, objectId: string) =>
  ({ kind: 'provider-environments', resource: 'railway', provider: 'railway', objectKind, objectId }) as const;

const shared: ReadonlyMap<string, Answer> = new Map([
  [
    questionKey(question('volume', VOLUME)),
    { kind: 'provider-environments', environments: ['production', 'staging'], name: 'car-rental-data' },
  ],
  [
    questionKey(question('environment', 'env-s')),
    { kind: 'provider-environments', environments: ['staging'], name: 'staging' },
  ],
]);

test('deleting a volume names it and every environment that it belongs to', () => {
  expect(analyzeHttp(action(graphql(DELETE)), new Map(), context).questions).toEqual([question('volume', VOLUME)]);
  expect(effects(graphql(DELETE), shared)).toEqual([
    {
      verb: 'destroy',
      resource: { kind: 'railway:volume', name: 'car-rental-data' },
      environments: ['production', 'staging'],
      amount: { unit: 'objects', count: 1 },
      reversible: 'no',
      evidence: 'resolved',
      explain:
        'deletes volume car-rental-data, which belongs to production and staging, with everything on it including its backups; volume-level backups die with it',
    },
  ]);
});

test('FAIL-CLOSED: a volume that could not be looked up belongs to an unknown environment', () => {
  expect(effects(graphql(DELETE))).toMatchObject([{ verb: 'destroy', environments: [], evidence: 'unknown' }]);
});

test('the environment of a host that nothing declares is the one that was said', () => {
  const said = { resources: new Map(), environments: ['production'] };
  const { effects: found, questions } = analyzeHttp(action(graphql(DELETE)), new Map(), said);
  expect(questions).toEqual([]);
  expect(found).toMatchObject([
    { verb: 'destroy', environments: ['production'], evidence: 'parsed', reversible: 'no' },
  ]);
});

const fragment = 'fragment F on Mutation { ...G } fragment G on Mutation { volumeDelete(volumeId: "vol-1") }';

test.each<[string, Request]>([
  ['an alias', graphql('mutation { projects: volumeDelete(volumeId: "vol-1") }')],
  ['a reading name', graphql('mutation GetProjects { volumeDelete(volumeId: "vol-1") }')],
  ['a variable', graphql('mutation ($v: String!) { volumeDelete(volumeId: $v) }', { variables: { v: 'vol-1' } })],
  [
    'variables as a text',
    graphql('mutation ($v: String!) { volumeDelete(volumeId: $v) }', { variables: '{"v":"vol-1"}' }),
  ],
  ['a default', graphql('mutation ($v: String = "vol-1") { volumeDelete(volumeId: $v) }')],
  ['fragments', graphql(`mutation { ...F } ${fragment}`)],
  ['an inline fragment', graphql('mutation { ... on Mutation { ... { volumeDelete(volumeId: "vol-1") } } }')],
  ['a directive that would skip it', graphql('mutation { volumeDelete(volumeId: "vol-1") @skip(if: true) }')],
  [
    'the chosen operation',
    graphql(`query A { me { id } } mutation B { volumeDelete(volumeId: "vol-1") }`, { operationName: 'B' }),
  ],
  ['a comment', graphql(`# query { me }\nmutation { volumeDelete(volumeId: "vol-1") } # { me }`)],
  ['escapes in JSON', { body: '{"\\u0071uery":"mutation { volume\\u0044elete(volumeId: \\"vol-1\\") }"}' }],
  ['escapes in GraphQL', graphql('mutation { volumeDelete(volumeId: "vol-\\u0031") }')],
  ['commas and odd spaces', graphql('mutation,{,,volumeDelete(,volumeId:"""vol-1""",)}')],
  ['GET', { method: 'GET', headers: [], url: `${RAILWAY}?query=${encodeURIComponent(DELETE)}` }],
  ['application/graphql', { headers: [['content-type', 'application/graphql']], body: DELETE }],
  ['no content type', { headers: [], body: JSON.stringify({ query: DELETE }) }],
  [
    'gzip',
    { headers: [...JSON_TYPE, ['content-encoding', 'gzip']], body: gzipSync(JSON.stringify({ query: DELETE })) },
  ],
  ['padding', graphql(DELETE, { extensions: { padding: 'x'.repeat(500_000) } })],
  ['another spelling of the path', { ...graphql(DELETE), url: 'https://BACKBOARD.railway.app:443/%67raphql//v2/' }],
  ['another of its hosts', { ...graphql(DELETE), url: 'https://railway.test/graphql' }],
])('volumeDelete is found through %s', (_name, request) => {
  expect(effects(request, shared)).toMatchObject([
    {
      verb: 'destroy',
      resource: { name: 'car-rental-data' },
      environments: ['production', 'staging'],
      evidence: 'resolved',
    },
  ]);
});

test('every entry of a batch and every root field counts', () => {
  const batch = { body: JSON.stringify([{ query: '{ me { id } }' }, { query: DELETE }]) };
  expect(effects(batch, shared).map(({ verb }) => verb)).toEqual(['read', 'destroy']);
  const many = graphql(
    'mutation { a: volumeUpdate(volumeId: "vol-1", input: {}) { id } b: volumeDelete(volumeId: "vol-1") }',
  );
  expect(effects(many, shared).map(({ verb }) => verb)).toEqual(['configure', 'destroy']);
});

const two = 'query A { me { id } } mutation B { volumeDelete(volumeId: "vol-1") }';
const deep = (depth: number) => `query { ${'a { '.repeat(depth)} b ${'} '.repeat(depth)} }`;

test.each<[string, Request]>([
  ['several operations and no name', graphql(two)],
  ['an operation name that is not there', graphql(two, { operationName: 'C' })],
  ['two operations of one name', graphql('query A { me { id } } mutation A { x }', { operationName: 'A' })],
  ['a key twice', { body: `{"query":"{ me { id } }","query":${JSON.stringify(DELETE)}}` }],
  ['a key twice, once escaped', { body: `{"query":"{ me { id } }","\\u0071uery":${JSON.stringify(DELETE)}}` }],
  ['a persisted query', { body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}' }],
  ['a persisted query by GET', { method: 'GET', url: `${RAILWAY}?extensions=%7B%7D`, headers: [] }],
  ['a parameter twice', { method: 'GET', url: `${RAILWAY}?query=%7Bme%7Bid%7D%7D&query=mutation`, headers: [] }],
  ['GraphQL in address and body', { ...graphql('{ me { id } }'), url: `${RAILWAY}?query=mutation` }],
  ['a GET with a body', { ...graphql(DELETE), method: 'GET', url: `${RAILWAY}?query=%7Bme%7Bid%7D%7D` }],
  ['multipart', { headers: [['content-type', 'multipart/form-data; boundary=x']], body: '--x' }],
  ['a form', { headers: [['content-type', 'application/x-www-form-urlencoded']], body: 'query=%7Bme%7D' }],
  ['UTF-16', { headers: [['content-type', 'application/json; charset=utf-16']], body: '{"query":"{me{id}}"}' }],
  [
    'two content types',
    { headers: [...JSON_TYPE, ['content-type', 'application/graphql']], body: '{"query":"{me{id}}"}' },
  ],
  ['an unknown coding', { headers: [...JSON_TYPE, ['content-encoding', 'zstd']], body: '{"query":"{me{id}}"}' }],
  ['a false coding', { headers: [...JSON_TYPE, ['content-encoding', 'gzip']], body: '{"query":"{me{id}}"}' }],
  ['codings twice over', { headers: [...JSON_TYPE, ['content-encoding', 'gzip, br']], body: gzipSync(gzipSync('{}')) }],
  ['a bomb', { headers: [...JSON_TYPE, ['content-encoding', 'gzip']], body: gzipSync(Buffer.alloc(50_000_000)) }],
  ['not JSON', { body: 'query={me{id}}' }],
  ['an empty body', { body: '' }],
  ['an empty batch', { body: '[]' }],
  ['a document that does not parse', graphql('mutation { volumeDelete(')],
  ['a fragment that is not there', graphql('{ ...Missing }')],
  ['a fragment twice', graphql('{ ...F } fragment F on Q { a } fragment F on Q { b }')],
  ['too many tokens', graphql(`{ ${'a '.repeat(11_000)} }`)],
  ['too many root fields', graphql(`{ ${'a '.repeat(101)} }`)],
  ['too much depth', graphql(deep(100))],
  ['an enormous depth', graphql(deep(20_000))],
  ['a document that is too long', graphql(`{ a } # ${'x'.repeat(300_000)}`)],
  ['JSON that is too deep', { body: `{"query":"{a}","variables":${'['.repeat(5000)}${']'.repeat(5000)}}` }],
  ['PUT', { ...graphql('{ me { id } }'), method: 'PUT' }],
  [
    'another method by header',
    { ...graphql('{ me { id } }'), headers: [...JSON_TYPE, ['x-http-method-override', 'GET']] },
  ],
])('FAIL-CLOSED: %s is an unknown effect in an unknown environment', (_name, request) => {
  expect(effects(request)).toMatchObject([{ evidence: 'unknown', environments: [], reversible: 'unknown' }]);
});

test.each<[string, Request]>([
  ['a variable that was not sent', graphql('mutation ($v: String!) { volumeDelete(volumeId: $v) }')],
  ['no argument', graphql('mutation { volumeDelete }')],
  ['a list for a text', graphql('mutation { volumeDelete(volumeId: ["vol-1"]) }')],
])('FAIL-CLOSED: volumeDelete with %s destroys something unknown', (_name, request) => {
  expect(effects(request, shared)).toMatchObject([{ verb: 'destroy', evidence: 'unknown', environments: [] }]);
});

test.each([
  ['{ me { id } projects { edges { node { id } } } }', 'read', 'parsed'],
  ['subscription { deploymentLogs(deploymentId: "d") { message } }', 'read', 'parsed'],
  ['query { volumeDelete: me { id } } # mutation { volumeDelete }', 'read', 'parsed'],
  ['query ($delete: String = "mutation { volumeDelete }") { me(a: $delete) { id } }', 'read', 'parsed'],
  ['{ variables(projectId: "p", environmentId: "env-s") }', 'reveal', 'resolved'],
  ['{ variables(projectId: "p", environmentId: "env-p") }', 'reveal', 'unknown'],
  ['mutation { apiTokenCreate(input: { name: "x" }) }', 'reveal', 'unknown'],
  ['mutation { environmentDelete(id: "env-s") }', 'destroy', 'resolved'],
  ['mutation { environmentPatchCommit(environmentId: "env-s", patch: {}) }', 'destroy', 'resolved'],
  ['mutation { variableUpsert(input: { environmentId: "env-s", name: "A", value: "b" }) }', 'configure', 'resolved'],
  ['mutation { variableCollectionUpsert(input: { environmentId: "env-s", replace: true }) }', 'destroy', 'resolved'],
  [
    'mutation ($r: Boolean) { variableCollectionUpsert(input: { environmentId: "env-s", replace: $r }) }',
    'configure',
    'resolved',
  ],
  ['mutation { customDomainDelete(id: "d") }', 'destroy', 'unknown'],
  ['mutation { sandboxDestroy(id: "d") }', 'destroy', 'unknown'],
  ['mutation { somethingNew(id: "d") }', 'write', 'unknown'],
  ['mutation { __typename }', 'read', 'parsed'],
])('%s', (query, verb, evidence) => {
  expect(effects(graphql(query), shared)).toMatchObject([{ verb, evidence }]);
});

test('secrets that are selected below another field, or through a fragment, are revealed all the same', () => {
  const found = effects(
    graphql('{ project(id: "p") { ...F } } fragment F on Project { environments { variables { a } } }'),
  );
  expect(found.map(({ verb, environments }) => [verb, environments])).toEqual([
    ['reveal', []],
    ['read', []],
  ]);
});

test('a change to one instance of a shared volume counts for that environment alone, to all of them for all', () => {
  const update = (more: string) => graphql(`mutation { volumeInstanceUpdate(volumeId: "vol-1", ${more} input: {}) }`);
  expect(effects(update('environmentId: "env-s",'), shared)).toMatchObject([{ environments: ['staging'] }]);
  expect(effects(update('environmentId: null,'), shared)).toMatchObject([{ environments: ['production', 'staging'] }]);
  expect(effects(update(''), shared)).toMatchObject([{ environments: ['production', 'staging'] }]);
});

test.each<[string, Request, string, string]>([
  ['GET', { method: 'GET', url: 'https://api.test/v1/users/42?delete=all' }, 'read', 'parsed'],
  ['HEAD', { method: 'HEAD', url: 'https://api.test/' }, 'read', 'parsed'],
  ['get in small letters', { method: 'get', url: 'https://api.test/' }, 'write', 'unknown'],
  ['DELETE', { method: 'DELETE', url: 'https://api.test/v1/users/42' }, 'destroy', 'parsed'],
  ['delete in small letters', { method: 'delete', url: 'https://api.test/v1/users/42' }, 'destroy', 'parsed'],
  ['POST', { url: 'https://api.test/v1/users', body: '{"name":"delete"}' }, 'write', 'unknown'],
  ['a word within a name', { url: 'https://api.test/v1/deletions', body: '{}' }, 'write', 'unknown'],
  ['a path verb', { url: 'https://api.test/v1/backups/7/restore' }, 'destroy', 'parsed'],
  ['a path verb with a prefix', { url: 'https://api.test/zones/1/purge_cache' }, 'destroy', 'parsed'],
  ['a custom verb', { url: 'https://api.test/v1/instances/a:failover' }, 'destroy', 'parsed'],
  [
    'a verb in the body',
    { url: 'https://api.test/v2/droplets/1/actions', body: '{"type":"rebuild"}' },
    'destroy',
    'parsed',
  ],
  ['a power off', { url: 'https://api.test/v2/droplets/1/actions', body: '{"type":"power_off"}' }, 'destroy', 'parsed'],
  [
    'a harmless verb in the body',
    { url: 'https://api.test/v2/droplets/1/actions', body: '{"type":"snapshot"}' },
    'write',
    'unknown',
  ],
  ['the same word elsewhere', { url: 'https://api.test/v2/notes', body: '{"type":"rebuild"}' }, 'write', 'unknown'],
  [
    'JSON-RPC',
    { url: 'https://api.test/rpc', body: '{"jsonrpc":"2.0","method":"users.deleteAll","id":1}' },
    'destroy',
    'parsed',
  ],
  [
    'a batch of JSON-RPC',
    { url: 'https://api.test/rpc', body: '[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"dropAll"}]' },
    'destroy',
    'parsed',
  ],
  [
    'AWS JSON',
    { url: 'https://api.test/', headers: [['x-amz-target', 'DynamoDB_20120810.DeleteTable']] },
    'destroy',
    'parsed',
  ],
  [
    'AWS query',
    {
      url: 'https://api.test/',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: 'Action=TerminateInstances',
    },
    'destroy',
    'parsed',
  ],
  [
    'an override header',
    { url: 'https://api.test/v1/users/42', headers: [['x-http-method-override', 'DELETE']] },
    'destroy',
    'parsed',
  ],
  [
    'an override the other way',
    { method: 'DELETE', url: 'https://api.test/v1/users/42', headers: [['x-http-method', 'GET']] },
    'destroy',
    'parsed',
  ],
  [
    'an override in the address',
    { method: 'GET', url: 'https://api.test/v1/users/42?_method=delete' },
    'destroy',
    'parsed',
  ],
  [
    'an override in a form',
    {
      url: 'https://api.test/u',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
      body: '_method=delete',
    },
    'destroy',
    'parsed',
  ],
  ['an override in JSON', { url: 'https://api.test/u', body: '{"_method":"DELETE"}' }, 'destroy', 'parsed'],
  ['a GraphQL query', { url: 'https://api.test/graphql', body: '{"query":"{ a }"}' }, 'read', 'parsed'],
  [
    'a GraphQL mutation',
    { url: 'https://api.test/graphql', body: '{"query":"mutation { addUser { id } }"}' },
    'write',
    'unknown',
  ],
  [
    'a destructive mutation',
    { url: 'https://api.test/graphql', body: '{"query":"mutation { deleteRef(input: {}) { id } }"}' },
    'destroy',
    'parsed',
  ],
  [
    'a mutation by GET, anywhere',
    { method: 'GET', url: 'https://api.test/x?query=mutation%7BdeleteRef%7D' },
    'destroy',
    'parsed',
  ],
  ['no address', { method: 'GET', url: 'nowhere' }, 'write', 'unknown'],
  ["Railway's other paths", { url: 'https://backboard.railway.app/project/x', body: '{}' }, 'write', 'unknown'],
])('%s', (_name, request, verb, evidence) => {
  expect(effects(request)).toMatchObject([{ verb, evidence }]);
});

test('an effect names the host and the path with its ids left out, and the environments of the declared host', () => {
  const [effect] = effects({ method: 'DELETE', url: 'https://api.test:443/v2/droplets/3164494?token=secret' });
  expect(effect).toMatchObject({
    resource: { kind: 'http', name: 'api.test/v2/droplets/{id}' },
    environments: ['staging'],
    reversible: 'no',
    explain: 'deletes api.test/v2/droplets/3164494 (DELETE)',
  });
  expect(JSON.stringify(effect)).not.toContain('secret');
});

const soup = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.json(),
  fc
    .array(
      fc.constantFrom(
        'mutation',
        '{',
        '}',
        '...F',
        'fragment F on M',
        'volumeDelete',
        '(volumeId:',
        '"x"',
        '$v',
        ')',
        '@skip',
        '[',
        '#',
        '"""',
        'query',
      ),
      {
        maxLength: 60,
      },
    )
    .map((parts) => JSON.stringify({ query: parts.join(' ') })),
);

test('any request gives typed effects, quickly, and never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', '', 'x y'),
      fc.oneof(
        fc.constantFrom(RAILWAY, 'https://api.test/graphql', 'https://api.test/a/actions'),
        fc.webUrl(),
        fc.string(),
      ),
      fc.array(
        fc.tuple(
          fc.constantFrom('content-type', 'content-encoding', 'x-http-method-override', 'x-amz-target'),
          fc.constantFrom(
            'application/json',
            'gzip',
            'br',
            'deflate',
            'application/graphql',
            'multipart/x',
            'DELETE',
            'a.b',
            '',
          ),
        ),
        { maxLength: 4 },
      ),
      fc.oneof(
        soup.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 200 }),
      ),
      (method, url, headers, body) => {
        const started = performance.now();
        const { effects: found } = analyzeHttp(action({ method, url, headers, body }), new Map(), context);
        expect(performance.now() - started).toBeLessThan(1000);
        expect(found.length).toBeGreaterThan(0);
        for (const effect of found) {
          expect(VERBS).toContain(effect.verb);
          expect(effect.explain.length).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test('bodies made to be slow are not', () => {
  const spread = `{ ${'...F '.repeat(300)} } fragment F on Q { ${'a { ...G } '.repeat(300)} } fragment G on Q { ${'b { ...H } '.repeat(300)} } fragment H on Q { c { ...F } }`;
  for (const body of [
    '"'.repeat(1_000_000),
    '\\"'.repeat(500_000),
    '{"a":'.repeat(150_000),
    `{"query":${JSON.stringify(spread)}}`,
    `{"query":${JSON.stringify('#\n'.repeat(120_000))}}`,
  ]) {
    const started = performance.now();
    effects({ body });
    expect(performance.now() - started).toBeLessThan(1000);
  }
});
