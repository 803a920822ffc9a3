import fc from 'fast-check';
import type { Action, JsonObject } from '#action/action';

const bytes = fc.uint8Array({ maxLength: 40 });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const plain = fc.string({ maxLength: 12 });

/** JSON objects with the keys that are easiest to lose on the way. */
export const anyJsonObject: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.oneof(plain, fc.constantFrom('__proto__', 'constructor', 'toJSON', 'base64', '')),
  fc.jsonValue({ maxDepth: 3, depthSize: 'small' }) as fc.Arbitrary<JsonObject[string]>, // fast-check types it as unknown.
  { maxKeys: 4, noNullPrototype: true },
);

const anySql = fc.record({
  kind: fc.constant('sql' as const),
  statements: fc.array(
    fc.record({
      text,
      parameters: fc.array(
        fc.record({ typeOid: fc.nat(), format: fc.constantFrom(0, 1), value: fc.oneof(bytes, fc.constant(null)) }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
  resource: fc.option(plain, { nil: undefined }),
  standardConformingStrings: fc.option(fc.boolean(), { nil: undefined }),
});

const anyHttp = fc.record({
  kind: fc.constant('http' as const),
  method: plain,
  url: text,
  headers: fc.array(fc.tuple(plain, text), { maxLength: 4 }),
  body: bytes,
  credential: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({ kind: fc.constant('placeholder' as const), id: plain, environment: plain }),
    fc.record({ kind: fc.constant('foreign' as const), fingerprint: plain }),
  ),
});

/** Any action of any kind. */
export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('shell' as const), text, cwd: fc.option(plain, { nil: undefined }) }),
  anySql,
  anyHttp,
  fc.record({
    kind: fc.constant('tool' as const),
    server: plain,
    name: plain,
    arguments: anyJsonObject,
    cwd: fc.option(plain, { nil: undefined }),
    definition: fc.option(anyJsonObject, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('completion' as const), model: plain, request: anyJsonObject }),
  fc.record({ kind: fc.constant('deploy' as const), target: plain, revision: plain }),
);
