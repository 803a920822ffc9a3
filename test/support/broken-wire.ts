/** A TCP relay between the door and its server that can be told to fail at a chosen message. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * What happens when bytes to the server contain a text. `cut`: both sides are closed before they get there. `lose`: the door's
 * side is closed, and the server neither gets the bytes nor notices. `swallow`: they get there, and instead of the answer the
 * door's side is closed. `stall`: they get there, and nothing comes back.
 */
export type Fault = 'cut' | 'lose' | 'swallow' | 'stall';

export interface BrokenWire {
  readonly host: string;
  readonly port: number;
  /** Relayed now. */
  readonly connections: number;
  /** Once, at the next bytes to the server that contain this text; `then` runs before anything else happens to them. */
  failAt(text: string, fault: Fault, then?: () => unknown): void;
  /** Resolves when the fault has happened. */
  failed(): Promise<void>;
  /** Closes every connection now. */
  cut(): void;
  /** Whether new connections are let through. */
  open: boolean;
  close(): Promise<void>;
}

export async function startBrokenWire(server: { readonly host: string; readonly port: number }): Promise<BrokenWire> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let armed: { readonly text: string; readonly fault: Fault; readonly then: () => unknown } | undefined;
  let happened: () => void = () => undefined;
  let fault: Promise<void> = Promise.resolve();

  const listener = createServer({ noDelay: true }, (door) => {
    door.on('error', () => door.destroy());
    if (!wire.open) {
      door.destroy();
      return;
    }
    const upstream = connect({ ...server, noDelay: true });
    upstream.on('error', () => upstream.destroy());
    const pair = [door, upstream] as const;
    pairs.add(pair);
    let answers: 'relayed' | 'swallowed' | 'stalled' = 'relayed';
    let keepUpstream = false;
    door.on('data', (chunk: Buffer) => {
      const hit = armed !== undefined && chunk.includes(armed.text) ? armed : undefined;
      if (hit === undefined) {
        upstream.write(chunk);
        return;
      }
      armed = undefined;
      hit.then();
      switch (hit.fault) {
        case 'cut':
          door.destroy();
          upstream.destroy();
          break;
        case 'lose':
          keepUpstream = true;
          door.destroy();
          break;
        case 'swallow':
          // Whatever becomes of the door, the server gets to answer.
          keepUpstream = true;
          answers = 'swallowed';
          upstream.write(chunk);
          return;
        case 'stall':
          answers = 'stalled';
          upstream.write(chunk);
          break;
      }
      happened();
    });
    upstream.on('data', (chunk: Buffer) => {
      if (answers === 'relayed') door.write(chunk);
      else if (answers === 'swallowed') {
        door.destroy();
        upstream.destroy();
        happened();
      }
    });
    const ended = () => {
      if (!keepUpstream) upstream.destroy();
      door.destroy();
      if (upstream.destroyed) pairs.delete(pair);
    };
    door.on('close', ended);
    upstream.on('close', () => {
      // A server that is stopped instead of answering has swallowed the answer too.
      if (answers === 'swallowed') happened();
      keepUpstream = false;
      ended();
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');

  const wire: BrokenWire = {
    host: '127.0.0.1',
    port: address.port,
    get connections() {
      return pairs.size;
    },
    failAt(text, how, then = () => undefined) {
      armed = { text, fault: how, then };
      fault = new Promise((resolve) => {
        happened = resolve;
      });
    },
    failed: () => fault,
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
    open: true,
    async close() {
      wire.cut();
      listener.close();
      await once(listener, 'close');
    },
  };
  return wire;
}
