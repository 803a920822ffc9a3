import type { Argument } from '../../argument.js';

/** Programs whose output is a text that nobody has seen: it comes from elsewhere, or was hidden. */
const UNSEEN =
  /^(?:curl|wget|fetch|http|https|xh|aria2c|nc|ncat|netcat|socat|ssh|base64|base32|xxd|openssl|gpg|gzip|gunzip|zcat|xz|unxz)$/u;

export function isUnseen(programs: readonly string[]): boolean {
  return programs.some((program) => UNSEEN.test(program));
}

/** `<(curl ...)` in the place of a file; undefined for a file. */
export function substitutedBy(path: Argument): string | undefined {
  if (!/^\/dev\/fd\/\d+$/u.test(path.text) && path.certainty === 'exact') return undefined;
  return path.written.startsWith('<(') ? path.written : undefined;
}

export function isUnseenSubstitution(written: string): boolean {
  return isUnseen(written.split(/[\s|;&()<>]+/u));
}
