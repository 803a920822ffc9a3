import { type Argument, exactly, UNKNOWN_PART } from '../../argument.js';

/** The content of a file that a command sends, which nobody has read. */
export function fileContent(written: string): Argument {
  return { text: UNKNOWN_PART, certainty: 'unknown', written };
}

/** Some texts as one, known as far as all of them are. */
export function joinedBy(separator: string, parts: readonly Argument[]): Argument | undefined {
  const [only] = parts;
  if (parts.length < 2) return only;
  const text = parts.map((part) => part.text).join(separator);
  const written = parts.map((part) => part.written).join(separator);
  return parts.some(({ certainty }) => certainty === 'unknown')
    ? { text, certainty: 'unknown', written }
    : exactly(text);
}

/** `Name: value`; undefined for what is no header. */
export function headerOf({ text }: Argument): readonly [name: string, value: string] | undefined {
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}
