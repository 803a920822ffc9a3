import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.js';

/** What becomes of connections to hosts that no resource declares. */
export interface Egress {
  /** `allow`: an unread tunnel, recorded, to public addresses only. */
  readonly unlisted: 'allow' | 'deny';
  /** `host:port` of services that may be reached although their address is not public (a package mirror, say). */
  readonly privateHosts?: readonly string[];
  /** All addresses of a host; the system's resolver unless a test gives another. */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
}

export type Destination =
  | { readonly ok: true; readonly address: string }
  | { readonly ok: false; readonly reason: string; readonly hint: string };

/**
 * Where a connection to an undeclared host may go. The address that was checked is the one to dial: asking the DNS again
 * would let it answer differently.
 */
export async function destination(host: string, port: number, egress: Egress): Promise<Destination> {
  if (egress.unlisted === 'deny') {
    return refuse(`\`${host}\` is not declared`, 'a person can declare it in `firebreak.yaml`');
  }
  const exempt = egress.privateHosts?.includes(`${host}:${port}`) === true;
  // By its address a declared API could be reached past its rules.
  if (isIP(host) !== 0 && !exempt) {
    return refuse(`\`${host}\` is an address and not a name`, 'use the name of the host');
  }
  let addresses: readonly string[];
  try {
    addresses = await (egress.lookup ?? systemLookup)(host);
  } catch {
    return refuse(`\`${host}\` has no address`, 'check the name of the host');
  }
  const [address] = addresses;
  if (address === undefined) return refuse(`\`${host}\` has no address`, 'check the name of the host');
  // FAIL-CLOSED: one address that is not public is enough to refuse, wherever the others lead.
  if (!exempt && !addresses.every(isPublicAddress)) {
    return refuse(`\`${host}\` leads to an address that is not public`, 'local and metadata services are out of reach');
  }
  return { ok: true, address };
}

function refuse(reason: string, hint: string): Destination {
  return { ok: false, reason, hint };
}

async function systemLookup(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
