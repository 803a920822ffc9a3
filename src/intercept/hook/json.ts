/** Reading what agents send, without a schema: hooks are on the way of every call. */
import type { JsonObject, JsonValue } from '#action/action';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The property, when it is a text. */
export function textIn(body: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
