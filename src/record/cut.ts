import type { JsonValue } from '#action/action';
import { digestText } from '#base/bytes';

/** How much of an event's parts an entry keeps. */
export interface CutLimits {
  /** The longest text kept whole, in UTF-16 units; bytes are kept up to the same count. */
  readonly text: number;
  /** The most items of a list, or properties of an object, kept. */
  readonly items: number;
}

export const WHOLE: CutLimits = { text: Number.POSITIVE_INFINITY, items: Number.POSITIVE_INFINITY };

/** These headers carry credentials (RFC 9110, 11.6 and 11.7; RFC 6265, 5.4 and 5.2). */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
]);

/**
 * A value as JSON. What is too long is cut to its beginning and named by the digest of the whole, so that whoever has the
 * whole can show that it was this:
 *
 *     text    {"cut": "<beginning>", "bytes": <length in UTF-8>, "digest": "sha256:<hex>"}
 *     bytes   {"base64": "..."}  or  {"base64Cut": "<beginning>", "bytes": <length>, "digest": "sha256:<hex>"}
 *     list    its first items, then {"cutItems": <how many more>}; likewise the property "cutItems" of an object
 */
export function toCutJson(value: unknown, limits: CutLimits): JsonValue {
  // A copy is most of what an entry costs, and hardly ever needed.
  return isJsonAsItIs(value, limits) ? value : copied(value, limits);
}

/** True when `copied` would make the same JSON of it. */
function isJsonAsItIs(value: unknown, limits: CutLimits): value is JsonValue {
  switch (typeof value) {
    case 'string':
      return value.length <= limits.text;
    case 'number':
    case 'boolean':
      return true;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (Array.isArray(value)) {
    if (value.length > limits.items || isSecretHeader(value)) return false;
    for (const item of value) if (!isJsonAsItIs(item, limits)) return false;
    return true;
  }
  if (value instanceof Uint8Array || 'toJSON' in value) return false;
  let count = 0;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    count += 1;
    if (count > limits.items || key.length > limits.text || !isJsonAsItIs(item, limits)) return false;
  }
  return true;
}

function copied(value: unknown, limits: CutLimits): JsonValue {
  if (typeof value === 'string') return cutText(value, limits.text);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof Uint8Array) return cutBytes(value, limits.text);
  if (Array.isArray(value)) {
    if (isSecretHeader(value)) return [value[0], '[redacted]'];
    const kept = value.slice(0, limits.items).map((item: unknown) => copied(item, limits));
    return value.length > limits.items ? [...kept, { cutItems: value.length - limits.items }] : kept;
  }
  return typeof value === 'object' ? cutObject(value, limits) : null;
}

function cutObject(value: object, limits: CutLimits): JsonValue {
  const kept: Record<string, JsonValue> = {};
  let count = 0;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    count += 1;
    if (count <= limits.items) setProperty(kept, beginning(key, limits.text), copied(item, limits));
  }
  if (count > limits.items) kept['cutItems'] = count - limits.items;
  return kept;
}

/** An assignment to `__proto__` would set something else. */
function setProperty(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The first `length` UTF-16 units of a text, one less where that would split a pair. */
export function beginning(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function cutText(text: string, length: number): JsonValue {
  if (text.length <= length) return text;
  const bytes = Buffer.from(text);
  return { cut: beginning(text, length), bytes: bytes.length, digest: digestText(bytes) };
}

function cutBytes(bytes: Uint8Array, length: number): JsonValue {
  const base64 = (part: Uint8Array): string => Buffer.from(part).toString('base64');
  if (bytes.length <= length) return { base64: base64(bytes) };
  return { base64Cut: base64(bytes.subarray(0, length)), bytes: bytes.length, digest: digestText(bytes) };
}

/** Doors replace credentials before they make an action; this is the second line. */
function isSecretHeader(item: readonly unknown[]): boolean {
  const [name, value] = item;
  return (
    item.length === 2 && typeof name === 'string' && typeof value === 'string' && SECRET_HEADERS.has(name.toLowerCase())
  );
}
