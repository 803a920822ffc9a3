import type { JsonValue } from '#action/action';

/** What a text says as JSON, or why two readers could disagree about it. */
export type StrictJson =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly why: string };

/** Longer (in UTF-16 code units) or nested deeper than this is not read: nobody may buy seconds of our time with a body. */
const MAX_LENGTH = 1024 * 1024;
const MAX_DEPTH = 64;

/**
 * Parses JSON (RFC 8259) and refuses what section 4 leaves to the reader: a name that occurs twice in one object. The
 * first or the last may win upstream, so neither can be decided on.
 */
export function parseStrictJson(text: string): StrictJson {
  if (text.length > MAX_LENGTH) return { ok: false, why: 'it is too long' };
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: 'it is not valid JSON' };
  }
  if (tooDeep(text)) return { ok: false, why: 'it is nested too deeply' };
  return hasDuplicateName(text) ? { ok: false, why: 'it names a key twice' } : { ok: true, value };
}

// One token of valid JSON: a whole string, or one structural character. On other text it could take quadratic time.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** In valid JSON a string that a colon follows is a name. */
function hasDuplicateName(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name: unknown = JSON.parse(last);
      const names = open.at(-1);
      if (typeof name !== 'string' || names?.has(name)) return true;
      names?.add(name);
    }
    last = token;
  }
  return false;
}
