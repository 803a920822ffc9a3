import { RecordError } from './errors.js';
import { HASH_SIZE, type Hash } from './merkle.js';
import { decodeBase64, type NoteSigner, type NoteVerifier } from './note.js';

/** A tree head: what a log commits to (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  /** How many entries. */
  readonly size: number;
  readonly root: Hash;
}

/** A checkpoint with its signature, as it is stored and published. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
}

/** Three lines: origin, size in decimal, root in base64. No extension lines: no monitor could audit them. */
export function signCheckpoint(signer: NoteSigner, size: number, root: Hash): SignedCheckpoint {
  const text = `${signer.name}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
  return { origin: signer.name, size, root, note: signer.sign(text) };
}

/**
 * The checkpoint in a note that the key signed.
 *
 * @throws RecordError `NOTE_INVALID` when the note is malformed or not signed by this key, or is no checkpoint of its log.
 */
export function openCheckpoint(verifier: NoteVerifier, note: string): SignedCheckpoint {
  const checkpoint = parseCheckpoint(verifier.open(note));
  if (checkpoint.origin !== verifier.name) {
    throw new RecordError('NOTE_INVALID', `the checkpoint is of another log, \`${checkpoint.origin}\``);
  }
  return { ...checkpoint, note };
}

/**
 * The checkpoint in a note, without a look at its signatures: for readers that only display what they find.
 *
 * @throws RecordError `NOTE_INVALID`
 */
export function readCheckpoint(note: string): SignedCheckpoint {
  const end = note.lastIndexOf('\n\n');
  return { ...parseCheckpoint(note.slice(0, end + 1)), note };
}

function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, ...rest] = text.split('\n');
  const size = /^(0|[1-9]\d{0,15})$/.test(sizeText ?? '') ? Number(sizeText) : Number.NaN;
  const root = decodeBase64(rootText ?? '');
  // Extension lines are allowed, must not be empty, and mean nothing here; the last element is what follows the newline.
  const extensionsSound = rest.length > 0 && rest.at(-1) === '' && rest.slice(0, -1).every((line) => line !== '');
  if (!origin || !Number.isSafeInteger(size) || root?.length !== HASH_SIZE || !extensionsSound) {
    throw new RecordError('NOTE_INVALID', 'the note is not a checkpoint');
  }
  return { origin, size, root };
}
