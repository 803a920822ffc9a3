/** Brace expansion (bash(1), "Brace Expansion"), which comes before every other and works on the text alone. */

/** More words than this are not written out. */
const MOST = 500;

/** The words that a text with braces stands for; undefined when they are too many. */
export function expandBraces(text: string): readonly string[] | undefined {
  const open = firstBrace(text);
  if (open === undefined) return [text];
  const { start, end, alternatives } = open;
  const rest = expandBraces(text.slice(end));
  if (rest === undefined) return undefined;
  const result: string[] = [];
  for (const alternative of alternatives) {
    const inner = expandBraces(alternative);
    if (inner === undefined || result.length + inner.length * rest.length > MOST) return undefined;
    for (const middle of inner) for (const tail of rest) result.push(text.slice(0, start) + middle + tail);
  }
  return result;
}

interface Brace {
  readonly start: number;
  /** After the closing brace. */
  readonly end: number;
  readonly alternatives: readonly string[];
}

function firstBrace(text: string): Brace | undefined {
  for (let index = 0; index < text.length; index += 1) {
    const skipped = skipQuoted(text, index);
    if (skipped > index) {
      index = skipped - 1;
      continue;
    }
    if (text[index] !== '{') continue;
    const brace = braceAt(text, index);
    if (brace !== undefined) return brace;
  }
  return undefined;
}

function braceAt(text: string, start: number): Brace | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const skipped = skipQuoted(text, index);
    if (skipped > index) {
      index = skipped - 1;
      continue;
    }
    if (text[index] === '{') depth += 1;
    else if (text[index] === ',' && depth === 1) commas.push(index);
    else if (text[index] === '}' && --depth === 0) {
      const end = index + 1;
      if (commas.length === 0) {
        const alternatives = sequence(text.slice(start + 1, index));
        return alternatives === undefined ? undefined : { start, end, alternatives };
      }
      const cuts = [start, ...commas, index];
      const alternatives = cuts.slice(1).map((cut, which) => text.slice((cuts[which] ?? 0) + 1, cut));
      return { start, end, alternatives };
    }
  }
  return undefined;
}

/** `1..5`, `a..e`, `1..9..2` */
function sequence(text: string): readonly string[] | undefined {
  const numbers = /^(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?$/u.exec(text);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/u.exec(text);
  const [from, to] = numbers
    ? [Number(numbers[1]), Number(numbers[2])]
    : letters
      ? [letters[1]?.codePointAt(0) ?? 0, letters[2]?.codePointAt(0) ?? 0]
      : [undefined, undefined];
  if (from === undefined || to === undefined) return undefined;
  const step = Math.max(1, Math.abs(Number(numbers?.[3] ?? 1)));
  const count = Math.floor(Math.abs(to - from) / step) + 1;
  if (count > MOST) return undefined;
  const values = Array.from({ length: count }, (_, index) => from + (to >= from ? step : -step) * index);
  return values.map((value) => (numbers ? String(value) : String.fromCodePoint(value)));
}

/** The index after what begins here and is quoted, escaped or an expansion; the index itself when nothing of the kind does. */
function skipQuoted(text: string, index: number): number {
  const character = text[index];
  if (character === '\\') return index + 2;
  if (character === "'") return after(text.indexOf("'", index + 1), text);
  if (character === '"') {
    for (let at = index + 1; at < text.length; at += 1) {
      if (text[at] === '\\') at += 1;
      else if (text[at] === '"') return at + 1;
    }
    return text.length;
  }
  if (character === '`') return after(text.indexOf('`', index + 1), text);
  if (character === '$' && (text[index + 1] === '{' || text[index + 1] === '(')) {
    let depth = 0;
    for (let at = index + 1; at < text.length; at += 1) {
      if (text[at] === '{' || text[at] === '(') depth += 1;
      else if ((text[at] === '}' || text[at] === ')') && --depth === 0) return at + 1;
    }
    return text.length;
  }
  return index;
}

const after = (index: number, text: string) => (index < 0 ? text.length : index + 1);
