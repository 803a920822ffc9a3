/** Joins pieces that lie side by side in memory, so that a chunk in which nothing needs a decision leaves in one piece. */
export class Outbox {
  #pieces: Buffer[] = [];

  add(piece: Buffer): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && last.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset) {
      const joined = Buffer.from(last.buffer, last.byteOffset, last.length + piece.length);
      this.#pieces[this.#pieces.length - 1] = joined;
    } else {
      this.#pieces.push(piece);
    }
  }

  /** Everything so far, in order. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
