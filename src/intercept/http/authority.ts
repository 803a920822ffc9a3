import 'reflect-metadata'; // @peculiar/x509 is built on it and does not load it
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { type Clock, systemClock } from '#base/clock';

/** The certificate authority of one launch. Its key exists only in this process's memory. */
export interface Authority {
  /** What clients must trust. */
  readonly caPem: string;
  /** A server's side of TLS as this host, with a certificate made on demand and used again until it is half spent. */
  secureContextFor(host: string): Promise<SecureContext>;
  /** The same as PEM, for servers that make their own context. */
  certificateFor(host: string): Promise<{ readonly certPem: string; readonly keyPem: string }>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const DAY = 86_400_000;
/** Clients whose clock is behind must accept it, too. */
const CLOCK_SKEW = 3_600_000;
const CA_VALIDITY = 365 * DAY;
/** Well under the 47 days that CA/Browser Forum ballot SC-081v3 allows a server certificate from March 2029 on. */
const LEAF_VALIDITY = 7 * DAY;
/** An agent chooses host names; it must not choose how much memory they cost. */
const MAX_LEAVES = 500;

interface Leaf {
  readonly certPem: string;
  readonly context: SecureContext;
  readonly renewAt: number;
}

/** Makes an authority with a fresh P-256 key. One more key serves all its certificates. */
export async function createAuthority({ clock = systemClock }: { readonly clock?: Clock } = {}): Promise<Authority> {
  const authority = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const server = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const keyPem = KeyObject.from(server.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Firebreak launch ${randomBytes(4).toString('hex')}`,
    ...validity(clock, CA_VALIDITY),
    signingAlgorithm: ALGORITHM,
    keys: authority,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });

  async function issue(host: string): Promise<Leaf> {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      // The name is in the subject alternative names (RFC 9525, 2); a subject holds at most 64 characters (RFC 5280, A.1).
      subject: `CN=${host.length <= 64 ? host : 'firebreak'}`,
      issuer: root.subject,
      ...validity(clock, LEAF_VALIDITY),
      signingAlgorithm: ALGORITHM,
      publicKey: server.publicKey,
      signingKey: authority.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ],
    });
    const certPem = certificate.toString('pem');
    const context = createSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' });
    return { certPem, context, renewAt: clock.now() + LEAF_VALIDITY / 2 };
  }

  const leaves = new Map<string, Promise<Leaf>>();
  async function leafFor(host: string): Promise<Leaf> {
    const kept = await leaves.get(host);
    if (kept !== undefined && clock.now() < kept.renewAt) return kept;
    if (leaves.size >= MAX_LEAVES) leaves.clear();
    const made = issue(host);
    leaves.set(host, made);
    made.catch(() => leaves.delete(host));
    return made;
  }

  return {
    caPem: root.toString('pem'),
    secureContextFor: async (host) => (await leafFor(host)).context,
    certificateFor: async (host) => ({ certPem: (await leafFor(host)).certPem, keyPem }),
  };
}

function validity(clock: Clock, duration: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(clock.now() - CLOCK_SKEW), notAfter: new Date(clock.now() + duration) };
}

/** Positive and without a leading zero byte (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
