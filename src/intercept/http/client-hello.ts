/** What the first bytes of a connection say about whom it wants to reach by TLS. */
export type ClientHello =
  | { readonly kind: 'more' }
  | { readonly kind: 'not-tls' }
  /** `serverName` is undefined when the extension is absent. */
  | { readonly kind: 'tls'; readonly serverName: string | undefined };

// RFC 8446: ContentType (5.1), HandshakeType (4), ExtensionType (4.2); RFC 6066, section 3: NameType.
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

const RECORD_HEADER = 5;
/** A larger ClientHello is taken for none; real ones have at most a few kilobytes. */
const MAX_HELLO = 64 * 1024;

/** Reads the server name indication of a TLS ClientHello, which may span several records. */
export function readClientHello(bytes: Buffer): ClientHello {
  if (bytes.length === 0) return { kind: 'more' };
  const parts: Buffer[] = [];
  let at = 0;
  let gathered = 0;
  while (at < bytes.length) {
    if (bytes[at] !== HANDSHAKE) return { kind: 'not-tls' };
    if (bytes.length < at + RECORD_HEADER) return { kind: 'more' };
    const length = bytes.readUInt16BE(at + 3);
    const part = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    parts.push(part);
    gathered += part.length;
    const hello = Buffer.concat(parts);
    if (gathered >= 4) {
      if (hello[0] !== CLIENT_HELLO) return { kind: 'not-tls' };
      const size = 4 + hello.readUIntBE(1, 3);
      if (size > MAX_HELLO) return { kind: 'not-tls' };
      if (hello.length >= size) return { kind: 'tls', serverName: serverNameOf(hello.subarray(4, size)) };
    }
    if (part.length < length || length === 0) break;
    at += RECORD_HEADER + length;
  }
  return bytes.length > 2 * MAX_HELLO ? { kind: 'not-tls' } : { kind: 'more' };
}

function serverNameOf(hello: Buffer): string | undefined {
  try {
    // legacy_version, random, then three vectors: session id, cipher suites, compression methods (RFC 8446, 4.1.2).
    let at = 2 + 32;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    const end = at + 2 + hello.readUInt16BE(at);
    at += 2;
    while (at < end) {
      const type = hello.readUInt16BE(at);
      const length = hello.readUInt16BE(at + 2);
      if (type === SERVER_NAME && hello.readUInt8(at + 6) === HOST_NAME) {
        const size = hello.readUInt16BE(at + 7);
        return hello.toString('latin1', at + 9, at + 9 + size).toLowerCase();
      }
      at += 4 + length;
    }
    return undefined;
  } catch (thrown) {
    // A vector that points outside is no ClientHello that a server would accept.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
