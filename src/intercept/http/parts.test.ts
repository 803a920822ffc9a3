import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from './addresses.js';
import { DeclaredHosts, parseHostPort } from './hosts.js';
import { Scrubber } from './scrubber.js';
import { endToEnd } from './stored-request.js';

test.each([
  ['93.184.216.34', true],
  ['2606:4700:4700::1111', true],
  ['127.0.0.1', false],
  ['10.0.0.1', false],
  ['172.31.255.255', false],
  ['192.168.1.1', false],
  ['100.100.100.200', false],
  ['169.254.169.254', false],
  ['168.63.129.16', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:93.184.216.34', false],
  ['64:ff9b::7f00:1', false],
  ['fe80::1', false],
  ['fd00:ec2::254', false],
  ['not an address', false],
])('%s is an address of the open internet: %s', (address, open) => {
  expect(isPublicAddress(address)).toBe(open);
});

test.each([
  ['API.Example.com:443', { host: 'api.example.com', port: 443 }],
  ['api.example.com.:443', { host: 'api.example.com', port: 443 }],
  ['[::1]:443', { host: '::1', port: 443 }],
  ['api.example.com', undefined],
  ['api.example.com:0', undefined],
  ['api.example.com:65536', undefined],
  ['user@api.example.com:443', undefined],
  ['https://api.example.com:443', undefined],
  ['::1:443', undefined],
  [' api.example.com:443', undefined],
  ['', undefined],
])('`%s` as host and port', (text, expected) => {
  expect(parseHostPort(text)).toEqual(expected);
});

test('a host belongs to one resource, on the ports that are declared', () => {
  const resource = (name: string, hosts: string[]) => ({ name, hosts, environments: [], credential: 'c' });
  const declared = new DeclaredHosts([resource('a', ['a.test', 'b.test:8443'])]);
  expect(declared.meaningOf({ host: 'a.test', port: 443 }).kind).toBe('declared');
  expect(declared.meaningOf({ host: 'b.test', port: 8443 }).kind).toBe('declared');
  expect(declared.meaningOf({ host: 'b.test', port: 443 }).kind).toBe('wrong-port');
  expect(declared.meaningOf({ host: 'c.test', port: 443 }).kind).toBe('unlisted');
  expect(() => new DeclaredHosts([resource('a', ['a.test']), resource('b', ['a.test:443'])])).toThrow(
    /both `a` and `b`/,
  );
});

test('what a Connection header names concerns one connection only', () => {
  const headers = [
    ['host', 'a.test'],
    ['connection', 'close, X-Hop'],
    ['x-hop', '1'],
    ['te', 'trailers'],
    ['accept', '*/*'],
  ] as const;
  expect(endToEnd(headers)).toEqual([
    ['host', 'a.test'],
    ['accept', '*/*'],
  ]);
});

test('any split of a stream hides the secret and keeps its length', () => {
  const secret = 'sec-sec-secret';
  const text = fc.array(fc.constantFrom(secret, 'sec-', 'sec-sec-secre', 'x', 'secret'), { maxLength: 20 });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 12 })), (parts, sizes) => {
      const whole = parts.join('');
      const scrubber = new Scrubber(secret);
      const out: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        out.push(scrubber.push(Buffer.from(whole.slice(at, at + size))));
        at += size;
      }
      out.push(scrubber.push(Buffer.from(whole.slice(at))), scrubber.end());
      expect(Buffer.concat(out).toString()).toBe(whole.replaceAll(secret, '*'.repeat(secret.length)));
    }),
  );
});
