import canonicalize from 'canonicalize';
import { sha256 } from '#base/bytes';

/**
 * The canonical form of a value: RFC 8785 (JSON Canonicalization Scheme), so that equal values have equal bytes and an
 * approval can be bound to them by anyone, in any language. Bytes are written as `{"base64": "..."}`; a property whose
 * value is `undefined` is absent.
 *
 * @throws TypeError for what JSON cannot carry: functions, NaN, lone surrogates, big integers, and objects that are more
 * than their properties (a Date, a Map, a Secret), which would all look like `{}`.
 */
export function canonicalForm(value: unknown): string {
  const text = canonicalize(toJson(value));
  if (text === undefined) throw new TypeError('this value has no canonical form');
  return text;
}

/** SHA-256 over the UTF-8 bytes of the canonical form, as `sha256:<hex>`. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalForm(value)).toString('hex')}`;
}

function toJson(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('only finite numbers have a canonical form');
      return value;
    case 'object':
      break;
    default:
      throw new TypeError(`a ${typeof value} has no canonical form`);
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  // Array.from, for map() would leave the holes of a sparse array.
  if (Array.isArray(value)) return Array.from(value, (item) => (item === undefined ? null : toJson(item)));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`a ${value.constructor.name} has no canonical form`);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [wellFormed(key), toJson(item)]),
  );
}

/** JCS has no form for a lone surrogate (RFC 8785, 3.2.2.2): refuse rather than let two texts share a digest. */
function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a text with a lone surrogate has no canonical form');
  return text;
}
