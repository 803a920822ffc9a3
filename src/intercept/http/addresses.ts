import { BlockList, isIP } from 'node:net';

/**
 * Addresses that lead to this machine, to its network, or to a cloud's metadata service, and never to a public API: the
 * special-purpose registries of RFC 6890 (IPv4: RFC 5735, 6598; IPv6: RFC 4291, 4193, and what embeds an IPv4 address).
 */
// Two lists: in one, the IPv6 form of all IPv4 addresses (::ffff:0:0/96) would match every IPv4 address, too.
const SPECIAL_4 = new BlockList();
const SPECIAL_6 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's metadata and health service, a public address that every virtual machine of theirs can reach.
  ['168.63.129.16', 32],
] as const) {
  SPECIAL_4.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  SPECIAL_6.addSubnet(network, prefix, 'ipv6');
}

/** True for an address in the open internet. Not an address at all: false. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL_4.check(address, 'ipv4');
    case 6:
      return !SPECIAL_6.check(address, 'ipv6');
    default:
      return false;
  }
}
