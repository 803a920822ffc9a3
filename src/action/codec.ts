/**
 * Actions to JSON and back: for the store, the record and `firebreak explain`. Reading is strict: an unknown field is
 * refused, because a field that one side ignores is a field in which something can hide.
 */
import { z } from 'zod';
import type { Action, JsonObject } from '#action/action';
import { FirebreakError } from '#base/errors';

export class CodecError extends FirebreakError<'ACTION_INVALID'> {}

const bytes = z.codec(
  z.strictObject({ base64: z.base64() }),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: ({ base64 }) => new Uint8Array(Buffer.from(base64, 'base64')),
    encode: (value) => ({ base64: Buffer.from(value).toString('base64') }),
  },
);

// Not z.record: it drops a key `__proto__`, and what is dropped is not shown to the person who approves.
const jsonObject = z.custom<JsonObject>((value) => isPlainObject(value) && isJson(value), 'not a JSON object');

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('shell'), text: z.string(), cwd: z.string().optional() }),
  z.strictObject({
    kind: z.literal('sql'),
    statements: z.array(
      z.strictObject({
        text: z.string(),
        parameters: z.array(z.strictObject({ typeOid: z.int(), format: z.int(), value: z.union([bytes, z.null()]) })),
      }),
    ),
    resource: z.string().optional(),
    standardConformingStrings: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal('http'),
    method: z.string(),
    url: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: bytes,
    credential: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('placeholder'), id: z.string(), environment: z.string() }),
      z.strictObject({ kind: z.literal('foreign'), fingerprint: z.string() }),
    ]),
  }),
  z.strictObject({
    kind: z.literal('tool'),
    server: z.string(),
    name: z.string(),
    arguments: jsonObject,
    cwd: z.string().optional(),
    definition: jsonObject.optional(),
  }),
  z.strictObject({ kind: z.literal('completion'), model: z.string(), request: jsonObject }),
  z.strictObject({ kind: z.literal('deploy'), target: z.string(), revision: z.string() }),
]);

/**
 * The JSON form of an action; bytes are `{"base64": "..."}`, as in its canonical form.
 *
 * @throws CodecError `ACTION_INVALID` for what is not an action whatever its type says.
 */
export function encodeAction(value: Action): unknown {
  const result = z.safeEncode(action, value as z.output<typeof action>); // The schema's arrays are mutable, the type's are not.
  if (!result.success) throw invalid(result.error);
  return result.data;
}

/**
 * @throws CodecError `ACTION_INVALID` for anything that is not the JSON form of an action, unknown fields included.
 */
export function decodeAction(value: unknown): Action {
  const result = z.safeDecode(action, value as z.input<typeof action>); // Checked by the call itself.
  if (!result.success) throw invalid(result.error);
  return result.data;
}

function invalid({ issues: [issue] }: z.ZodError): CodecError {
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  return new CodecError('ACTION_INVALID', `not an action${where}: ${issue?.message ?? 'invalid'}`);
}

/** True for what JSON can carry. Does not recurse, so that no depth of nesting overflows the stack. */
function isJson(value: unknown): boolean {
  // Grows while it is walked; a Set, so that what contains itself ends too.
  const found = new Set([value]);
  for (const one of found) {
    if (one === null || typeof one === 'string' || typeof one === 'boolean') continue;
    if (typeof one === 'number' && Number.isFinite(one)) continue;
    if (!Array.isArray(one) && !isPlainObject(one)) return false;
    for (const part of Object.values(one)) found.add(part);
  }
  return true;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
