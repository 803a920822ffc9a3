import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { HttpAction } from '#action/action';
import { headerValues } from './headers.js';

/** The body as text, or why nobody can tell what it says. */
export type BodyText =
  | { readonly ok: true; readonly text: string; readonly mediaType: string }
  | { readonly ok: false; readonly why: string };

/** A compressed body that grows beyond this many bytes is not read. */
const MAX_DECODED = 8 * 1024 * 1024;

// RFC 9110, 8.4.1. Each decoder stops at the cap, so that a small body cannot become a large one.
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength: MAX_DECODED }),
  'x-gzip': (bytes) => gunzipSync(bytes, { maxOutputLength: MAX_DECODED }),
  deflate: (bytes) => inflateSync(bytes, { maxOutputLength: MAX_DECODED }),
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength: MAX_DECODED }),
};

/** Undoes the content coding and the character set. Anything out of the ordinary is a reason, never a guess. */
export function bodyText(action: HttpAction): BodyText {
  const contentTypes = headerValues(action.headers, 'content-type');
  if (contentTypes.length > 1) return { ok: false, why: 'it has several content types' };
  const [mediaType = '', ...parameters] = (contentTypes[0] ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (mediaType.startsWith('multipart/')) return { ok: false, why: 'it is multipart' };
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !/^"?(utf-?8|us-ascii)"?$/.test(charset)) {
    return { ok: false, why: 'its character set is not UTF-8' };
  }
  const codings = headerValues(action.headers, 'content-encoding').flatMap((value) => value.toLowerCase().split(','));
  if (codings.length > 1) return { ok: false, why: 'it is encoded several times over' };
  const coding = codings[0]?.trim() || 'identity';
  const decode = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
  if (decode === undefined) return { ok: false, why: 'its content encoding is not supported' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(decode(action.body));
    return { ok: true, text, mediaType };
  } catch {
    return { ok: false, why: 'it cannot be decoded' };
  }
}
