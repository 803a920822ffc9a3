import { createHmac } from 'node:crypto';

/**
 * The code that an authenticator app shows at a time: RFC 6238 with SHA-1, 6 digits and 30 seconds, written anew from the
 * RFC so that tests do not ask the library that they test.
 */
export function codeAt(base32: string, epochMilliseconds: number, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(epochMilliseconds / 30_000)));
  const mac = createHmac('sha1', fromBase32(base32)).update(counter).digest();
  // RFC 4226, section 5.3: dynamic truncation.
  const offset = (mac.at(-1) ?? 0) & 15;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** RFC 4648, section 6, without padding. */
function fromBase32(text: string): Buffer {
  const bits = Array.from(text, (letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
