const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001b',
  s: ' ',
  '\n': '',
};

const CODED =
  /x\{([\da-fA-F]{1,6})\}|x([\da-fA-F]{1,2})|u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})/y;

/** Reads what follows a backslash in a string of C's family. @returns the characters, and how many were read. */
export function readEscape(text: string, at: number): { readonly meant: string; readonly length: number } {
  CODED.lastIndex = at;
  const coded = CODED.exec(text);
  if (coded !== null) {
    const hexadecimal = coded[1] ?? coded[2] ?? coded[3] ?? coded[4] ?? coded[5];
    const code = hexadecimal === undefined ? Number.parseInt(coded[6] ?? '0', 8) : Number.parseInt(hexadecimal, 16);
    return { meant: code <= 0x10_ff_ff ? String.fromCodePoint(code) : '', length: coded[0].length };
  }
  const character = text[at] ?? '';
  return { meant: SIMPLE[character] ?? character, length: character.length };
}
