/**
 * Overwrites a secret in a stream of bytes with as many asterisks, so that a length given before still holds. An upstream
 * that repeats what it was sent must not hand the real credential to the agent.
 */
export class Scrubber {
  readonly #secret: Buffer;
  #kept: Buffer = Buffer.alloc(0);

  /** A secret of less than 8 bytes would be found by chance, and is left alone. */
  constructor(secret: string | undefined) {
    const bytes = Buffer.from(secret ?? '');
    this.#secret = bytes.length < 8 ? Buffer.alloc(0) : bytes;
  }

  /** What of these bytes can be passed on now; the beginning of a possible secret is kept back. */
  push(chunk: Buffer): Buffer {
    if (this.#secret.length === 0) return chunk;
    const bytes = overwritten(this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]), this.#secret);
    const open = openEnd(bytes, this.#secret);
    this.#kept = bytes.subarray(bytes.length - open);
    return bytes.subarray(0, bytes.length - open);
  }

  /** What was kept back. */
  end(): Buffer {
    const rest = this.#kept;
    this.#kept = Buffer.alloc(0);
    return rest;
  }

  text(value: string): string {
    if (this.#secret.length === 0) return value;
    return overwritten(Buffer.from(value, 'latin1'), this.#secret).toString('latin1');
  }
}

function overwritten(bytes: Buffer, secret: Buffer): Buffer {
  let at = bytes.indexOf(secret);
  if (at < 0) return bytes;
  const copy = Buffer.from(bytes);
  for (; at >= 0; at = copy.indexOf(secret, at + secret.length)) copy.fill('*', at, at + secret.length);
  return copy;
}

/** The length of the longest end of `bytes` with which the secret begins. */
function openEnd(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(secret.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(secret.subarray(0, length))) return length;
  }
  return 0;
}
