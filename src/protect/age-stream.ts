/**
 * age files (age-encryption.org/v1, "Payload") of any size at the speed of OpenSSL. `age-encryption` makes and opens the
 * header, and with it everything that concerns the recipient; its own payload cipher is JavaScript, a tenth as fast.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Decrypter, Encrypter } from 'age-encryption';
import type { Secret } from '#base/secret';

const CIPHER = 'chacha20-poly1305';
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 16;
/** The library's file of nothing, after its header: a nonce and the tag of an empty chunk. */
const EMPTY_PAYLOAD_BYTES = NONCE_BYTES + TAG_BYTES;
/** One X25519 recipient makes about 180 bytes. */
const MOST_HEADER_BYTES = 4096;

/** Encrypts a stream to one recipient, `age1...`. Yields the whole file, in pieces. */
export async function* encryptAge(
  recipient: string,
  plain: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, fileKey } = await newHeader(recipient);
  const nonce = randomBytes(NONCE_BYTES);
  const key = payloadKey(fileKey, nonce);
  yield Buffer.concat([header, nonce]);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  let counter = 0;
  const seal = (bytes: Uint8Array, last: boolean) => {
    const cipher = createCipheriv(CIPHER, key, chunkNonce(counter++, last), { authTagLength: TAG_BYTES });
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  for await (const bytes of plain) {
    for (let at = 0; at < bytes.length; ) {
      // Sealed only when more comes, for the last chunk has a nonce of its own.
      if (filled === CHUNK_BYTES) {
        yield seal(chunk, false);
        filled = 0;
      }
      const taken = Math.min(CHUNK_BYTES - filled, bytes.length - at);
      chunk.set(bytes.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  yield seal(chunk.subarray(0, filled), true);
}

/**
 * Decrypts an age file with one identity, `AGE-SECRET-KEY-1...`.
 *
 * @throws Error for anything that is not exactly what was encrypted, a file that was cut or made longer included; what was
 * yielded before was authentic.
 */
export async function* decryptAge(
  identity: Secret<string>,
  encrypted: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = encrypted[Symbol.asyncIterator]();
  let begun = Buffer.alloc(0);
  let headerBytes = -1;
  while (headerBytes < 0 || begun.length < headerBytes + NONCE_BYTES) {
    const { done, value } = await source.next();
    if (done === true || begun.length > MOST_HEADER_BYTES + NONCE_BYTES) throw new Error('the age header is not whole');
    begun = Buffer.concat([begun, value]);
    headerBytes = endOfHeader(begun);
  }
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity.reveal());
  const fileKey = await decrypter.decryptHeader(begun.subarray(0, headerBytes));
  const key = payloadKey(fileKey, begun.subarray(headerBytes, headerBytes + NONCE_BYTES));

  const chunk = Buffer.alloc(CHUNK_BYTES + TAG_BYTES);
  let filled = 0;
  let counter = 0;
  const open = (bytes: Buffer, last: boolean) => {
    if (bytes.length < TAG_BYTES) throw new Error('the age payload was cut');
    const decipher = createDecipheriv(CIPHER, key, chunkNonce(counter++, last), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
  };
  let bytes: Uint8Array = begun.subarray(headerBytes + NONCE_BYTES);
  for (;;) {
    for (let at = 0; at < bytes.length; ) {
      if (filled === chunk.length) {
        yield open(chunk, false);
        filled = 0;
      }
      const taken = Math.min(chunk.length - filled, bytes.length - at);
      chunk.set(bytes.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
    const { done, value } = await source.next();
    if (done === true) break;
    bytes = value;
  }
  const earlier = counter > 0;
  const last = open(chunk.subarray(0, filled), true);
  if (earlier && last.length === 0) throw new Error('the last age chunk is empty');
  yield last;
}

/** A header for a fresh file key. The library gives the key to every recipient, so one of them keeps it. */
async function newHeader(recipient: string): Promise<{ readonly header: Uint8Array; readonly fileKey: Uint8Array }> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  let fileKey: Uint8Array | undefined;
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  if (fileKey === undefined) throw new TypeError('age-encryption asks every recipient');
  return { header: empty.subarray(0, -EMPTY_PAYLOAD_BYTES), fileKey };
}

/** Behind the line of the header's MAC, the first that begins with `---`; -1 when it is not there yet. */
function endOfHeader(bytes: Buffer): number {
  const mac = bytes.indexOf('\n--- ');
  const end = mac < 0 ? -1 : bytes.indexOf('\n', mac + 1);
  return end < 0 ? -1 : end + 1;
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/** An 11-byte big-endian counter and one byte that is 1 for the last chunk. */
function chunkNonce(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}
