/**
 * Runs inside a contained session, where there is no network: offers the doors' Unix sockets on loopback ports, because
 * programs expect a proxy and a database at `host:port`, and starts the agent.
 *
 *     node bridge.js [HOST:]PORT=SOCKET ... -- COMMAND [ARGUMENT ...]
 */
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';
import { pipeline } from 'node:stream';

const separator = process.argv.indexOf('--');
const ports = process.argv.slice(2, separator);
const [program, ...args] = process.argv.slice(separator + 1);
if (separator < 0 || program === undefined) {
  process.stderr.write('bridge: usage: bridge.js [HOST:]PORT=SOCKET ... -- COMMAND ...\n');
  process.exit(2);
}

await Promise.all(ports.map(offer));

function offer(spec: string): Promise<void> {
  const [where = '', path = ''] = spec.split('=', 2);
  const colon = where.lastIndexOf(':');
  const host = colon < 0 ? '127.0.0.1' : where.slice(0, colon).replace(/^\[|\]$/g, '');
  const server = createServer({ allowHalfOpen: true }, (outside) => {
    const door = connect({ path, allowHalfOpen: true });
    // A broken connection ends both halves; there is nobody to tell but the peers themselves.
    pipeline(outside, door, () => outside.destroy());
    pipeline(door, outside, () => door.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(where.slice(colon + 1)), host, resolve);
  });
}

const agent = spawn(program, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => agent.kill(signal));
agent.once('error', (error) => {
  process.stderr.write(`firebreak: cannot start \`${program}\`: ${error.message}\n`);
  process.exit(127);
});
// The shell's convention for a signal: 128 and its number.
agent.once('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
