/** The agent's socket once it is let in: messages on request, a bound on what waits, and one notice when it is gone. */
import type { Duplex } from 'node:stream';
import type { FrameEvent, FrameReader } from '#wire/postgres/frame-reader';

export class ClientLink {
  readonly #socket: Duplex;
  readonly #reader: FrameReader;
  readonly #pendingBytes: number;
  readonly #onGone: () => void;
  #gone = false;
  #corked = false;
  readonly #uncork = () => {
    this.#corked = false;
    this.#socket.uncork();
  };
  #wanted: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  /** @param pendingBytes beyond it, the socket is not read until somebody asks for more. */
  constructor(socket: Duplex, reader: FrameReader, pendingBytes: number, onGone: () => void) {
    this.#socket = socket;
    this.#reader = reader;
    this.#pendingBytes = pendingBytes;
    this.#onGone = onGone;
    const lost = () => this.#lost();
    socket
      .on('data', (chunk: Buffer) => this.#arrived(chunk))
      .on('end', lost)
      .on('close', lost)
      .on('error', lost);
    socket.resume();
    if (socket.destroyed || socket.readableEnded) queueMicrotask(lost);
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** True while a streamed message is given out only in part. */
  get insideMessage(): boolean {
    return this.#reader.insideMessage;
  }

  /**
   * The next message; undefined when it has not come yet.
   *
   * @throws PostgresWireError: the stream cannot be read on.
   */
  next(): FrameEvent | undefined {
    return this.#reader.next();
  }

  /** Resolves when something came, or nothing will. Ask `next` first. */
  arrival(): Promise<void> {
    if (this.#gone) return Promise.resolve();
    if (this.#wanted === undefined) {
      let resolve = () => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#wanted = { promise, resolve };
    }
    this.#socket.resume();
    return this.#wanted.promise;
  }

  /** False: its socket is full; go on when `drained`. What is sent to an agent that is gone is dropped. */
  send(bytes: Buffer): boolean {
    if (this.#gone || this.#socket.writableEnded) return true;
    // What is said in one turn leaves in one write: a write costs more than most of what the door does.
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(this.#uncork);
    }
    return this.#socket.write(bytes);
  }

  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  offDrain(listener: () => void): void {
    this.#socket.off('drain', listener);
  }

  /** Says a last word and closes. */
  end(bytes?: Buffer): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    this.#socket.end(bytes ?? Buffer.alloc(0));
    // An agent that never closes its own side, or never reads the last word, must not keep the socket.
    const timer = setTimeout(() => this.#socket.destroy(), 2_000);
    this.#socket.once('close', () => clearTimeout(timer));
    // What it still sends is of no interest, but unread bytes would turn the close into a reset that eats the last word.
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
  }

  /** Closes without a word. */
  destroy(): void {
    this.#socket.destroy();
  }

  #arrived(chunk: Buffer): void {
    this.#reader.push(chunk);
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) wanted.resolve();
    else if (this.#reader.buffered > this.#pendingBytes) this.#socket.pause();
  }

  #lost(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#wanted?.resolve();
    this.#wanted = undefined;
    this.#onGone();
    // It may have closed only its own half: nobody reads our answers any more.
    this.end();
  }
}
