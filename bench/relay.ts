/**
 * The least that a Node process between a client and a server can do: `socket.pipe` both ways. What other doors are compared
 * with. Prints its port, and ends with its standard input.
 *
 *     node relay.js HOST PORT
 */
import { connect, createServer } from 'node:net';

const [host = '127.0.0.1', port = '5432'] = process.argv.slice(2);
const server = createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host, port: Number(port), noDelay: true });
  client.pipe(upstream).pipe(client);
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
process.stdin.on('end', () => process.exit()).resume();
