/**
 * Which user of this machine holds the other end of a connection over loopback: Linux lists it in `/proc/net/tcp` (proc(5)).
 * A token in a settings file would say less: hooks' settings are often readable by everybody, and a token that was read once
 * is good for ever.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/**
 * True when the caller is one of `users`, or root, who may do anything anyhow.
 *
 * FAIL-CLOSED: a caller that the system's own list does not show is not let in.
 */
export async function callerMayEnter(socket: Ends, users: ReadonlySet<number>): Promise<boolean> {
  const { remoteAddress, remotePort, localAddress, localPort, remoteFamily } = socket;
  if (process.platform !== 'linux' || remotePort === undefined || localPort === undefined) return true; // Or a Unix socket.
  const list = await readFile(remoteFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1').catch(() => '');
  const user = ownerIn(list, `${remoteAddress}`, remotePort, `${localAddress}`, localPort);
  return user !== undefined && (users.has(user) || user === 0);
}

/** Both ends of a connection, as the accepting side sees them. */
type Ends = {
  readonly [K in 'remoteAddress' | 'remotePort' | 'remoteFamily' | 'localAddress' | 'localPort']?:
    | Socket[K]
    | undefined;
};

/** TCP_ESTABLISHED. A socket that nobody holds any more is listed too, as root's, in another state. */
const ESTABLISHED = '01';

/** The user of the connection from `address:port` to `toAddress:toPort`; undefined: it is not in the list. */
export function ownerIn(
  list: string,
  address: string,
  port: number,
  toAddress: string,
  toPort: number,
): number | undefined {
  const [from, to] = [endpoint(address, port), endpoint(toAddress, toPort)];
  if (from === undefined || to === undefined) return undefined;
  const at = list.indexOf(` ${from} ${to} ${ESTABLISHED} `);
  if (at < 0) return undefined;
  // From here: an empty part, local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid ...
  const [, , , , , , , uid] = list.slice(at, list.indexOf('\n', at)).split(/\s+/);
  return uid !== undefined && /^\d+$/.test(uid) ? Number(uid) : undefined;
}

/** As the kernel writes it: 32-bit words of the address in its own byte order (little endian), the port big endian. */
function endpoint(address: string, port: number): string | undefined {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  if (address === '::1') return `${'0'.repeat(24)}01000000:${hexPort}`;
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) return undefined;
  const hex = bytes.reverse().map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return `${hex.join('')}:${hexPort}`;
}
