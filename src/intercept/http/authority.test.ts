import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from './authority.js';

const clock = { time: Date.parse('2026-11-20T12:00:00Z'), now: () => clock.time };

test('certificates are signed by the authority, for the host alone, and valid for less than 47 days', async () => {
  const authority = await createAuthority({ clock });
  const ca = new X509Certificate(authority.caPem);
  for (const [host, name] of [
    ['api.example.com', 'DNS:api.example.com'],
    ['127.0.0.1', 'IP Address:127.0.0.1'],
    [`${'a'.repeat(60)}.${'b'.repeat(60)}.example`, `DNS:${'a'.repeat(60)}.${'b'.repeat(60)}.example`],
  ] as const) {
    const leaf = new X509Certificate((await authority.certificateFor(host)).certPem);
    expect(leaf.verify(ca.publicKey) && leaf.checkIssued(ca)).toBe(true);
    expect([leaf.subjectAltName, leaf.ca, ca.ca]).toEqual([name, false, true]);
    expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBeLessThan(47 * 86_400_000);
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  }
});

test('a certificate is made once for a host and renewed before it ends; no two authorities share anything', async () => {
  const authority = await createAuthority({ clock });
  const context = await authority.secureContextFor('a.test');
  expect(await authority.secureContextFor('a.test')).toBe(context);
  clock.time += 4 * 86_400_000;
  expect(await authority.secureContextFor('a.test')).not.toBe(context);
  expect((await createAuthority({ clock })).caPem).not.toBe(authority.caPem);
});
