import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { sha256 } from '#base/bytes';
import { Secret } from '#base/secret';
import { RecordError } from './errors.js';

/**
 * Signed notes (https://c2sp.org/signed-note) with Ed25519, and their keys in the text form of Go's
 * golang.org/x/mod/sumdb/note:
 *
 *     public   <name>+<hash>+<base64(0x01 || public key)>
 *     private  PRIVATE+KEY+<name>+<hash>+<base64(0x01 || seed)>
 *     hash     the first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key), as 8 hexadecimal digits
 */

/** The signature type byte of Ed25519. */
const ED25519 = 0x01;
const SIGNATURE_PREFIX = '\u2014 ';
/** A verifier must accept 16 (signed-note, "Format"); nobody needs many more. */
const MAX_SIGNATURES = 64;

// RFC 8410, section 7: the DER that stands before the 32 bytes of a seed (PKCS #8) or a public key (SPKI).
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** The key that signs a log. The caller keeps it: the private part in the vault, the public part wherever it likes. */
export interface LogKey {
  /** `PRIVATE+KEY+...` */
  readonly signingKey: Secret<string>;
  /** `<origin>+<hash>+<base64>`: all that a verifier needs. */
  readonly publicKey: string;
}

/** Signs note texts under one name. */
export interface NoteSigner {
  readonly name: string;
  /** The note: the text, which must end in a newline, an empty line, and the signature. */
  readonly sign: (text: string) => string;
}

export interface NoteVerifier {
  readonly name: string;
  /**
   * The text of a note that this key signed, with its final newline.
   *
   * @throws RecordError `NOTE_INVALID` when it is malformed, or not signed by this key.
   */
  readonly open: (note: string) => string;
}

/**
 * A fresh key. `origin` names the log in its checkpoints; a name like `example.com/firebreak` is recommended.
 *
 * @throws RecordError `KEY_INVALID` when the origin is empty or holds a space or a `+`.
 */
export function generateLogKey(origin: string): LogKey {
  checkName(origin);
  const { privateKey } = generateKeyPairSync('ed25519');
  // The seed is the end of the PKCS #8 form (RFC 8410, section 7).
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const publicBytes = publicBytesOf(privateKey);
  const hash = keyHash(origin, publicBytes).toString('hex');
  return {
    signingKey: new Secret(`PRIVATE+KEY+${origin}+${hash}+${typed(seed).toString('base64')}`),
    publicKey: `${origin}+${hash}+${typed(publicBytes).toString('base64')}`,
  };
}

/** The public key of a signing key. @throws RecordError `KEY_INVALID` */
export function publicKeyOf(signingKey: Secret<string>): string {
  const { name, id, key } = openSigningKey(signingKey);
  return `${name}+${id.toString('hex')}+${typed(publicBytesOf(key)).toString('base64')}`;
}

/** @throws RecordError `KEY_INVALID` */
export function noteSigner(signingKey: Secret<string>): NoteSigner {
  const { name, id, key } = openSigningKey(signingKey);
  return {
    name,
    sign: (text) => {
      if (!text.endsWith('\n')) throw new RangeError('the text of a note ends in a newline');
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), key)]).toString('base64');
      return `${text}\n${SIGNATURE_PREFIX}${name} ${signature}\n`;
    },
  };
}

function openSigningKey(signingKey: Secret<string>): {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
} {
  const match = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(signingKey.reveal());
  const [, name, hash, base64] = match ?? [];
  const bytes = decodeBase64(base64 ?? '');
  if (name === undefined || bytes?.length !== 33 || bytes[0] !== ED25519)
    throw invalidKey('the signing key is malformed');
  checkName(name);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, bytes.subarray(1)]), format: 'der', type: 'pkcs8' });
  const id = keyHash(name, publicBytesOf(key));
  if (id.toString('hex') !== hash) throw invalidKey('the signing key does not fit its own hash');
  return { name, id, key };
}

/** @throws RecordError `KEY_INVALID` */
export function noteVerifier(publicKey: string): NoteVerifier {
  const [, name, hash, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(publicKey.trim()) ?? [];
  const bytes = decodeBase64(base64 ?? '');
  if (name === undefined || bytes?.length !== 33 || bytes[0] !== ED25519)
    throw invalidKey('the public key is malformed');
  checkName(name);
  const id = keyHash(name, bytes.subarray(1));
  if (id.toString('hex') !== hash) throw invalidKey('the public key does not fit its own hash');
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]), format: 'der', type: 'spki' });
  return { name, open: (note) => openNote(note, name, id, key) };
}

function openNote(note: string, name: string, id: Buffer, key: KeyObject): string {
  // The text is separated from the signatures by the last empty line.
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || hasControls(note)) throw invalidNote('the note is malformed');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw invalidNote('the note has too many signatures');
  let signed = false;
  for (const line of lines) {
    const [, signer, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const signature = decodeBase64(base64 ?? '');
    if (signer === undefined || signature === undefined || signature.length < 5)
      throw invalidNote('the note is malformed');
    // Unknown keys must be ignored, even when they share a name or an id with ours (but not both).
    if (signer !== name || !signature.subarray(0, 4).equals(id)) continue;
    if (!verify(null, Buffer.from(text), key, signature.subarray(4)))
      throw invalidNote('the signature does not fit the text');
    signed = true;
  }
  if (!signed) throw invalidNote(`the note is not signed by \`${name}+${id.toString('hex')}\``);
  return text;
}

/** Notes must not contain ASCII control characters other than newline. */
function hasControls(note: string): boolean {
  for (let at = 0; at < note.length; at += 1) {
    const code = note.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function checkName(name: string): void {
  if (!/^[^\s+]+$/u.test(name)) throw invalidKey('the name of a log must not be empty nor hold spaces or `+`');
}

function publicBytesOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

function keyHash(name: string, publicBytes: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typed(publicBytes)])).subarray(0, 4);
}

function typed(bytes: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(ED25519), bytes]);
}

/** Strict, unlike `Buffer.from`: undefined unless the text is exactly the base64 of what it gives (RFC 4648, section 4). */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function invalidKey(message: string): RecordError {
  return new RecordError('KEY_INVALID', message);
}

function invalidNote(message: string): RecordError {
  return new RecordError('NOTE_INVALID', message);
}
