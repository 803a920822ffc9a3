import type { Measurement } from '#action/measurement';
import type { Undoable } from '#action/snapshot';
import type { Captured } from './captured.js';

/** What became of a transaction that was run once more. */
export type Rerun =
  /** It waits for its COMMIT. */
  | { readonly kind: 'ready'; readonly replies: Captured; readonly measurement: Measurement }
  /** The server refused it this time; everything is rolled back. */
  | { readonly kind: 'failed'; readonly replies: Captured; readonly summary: string }
  | { readonly kind: 'exceeded'; readonly why: string; readonly measurement: Measurement; readonly undoable: Undoable }
  | { readonly kind: 'not-kept'; readonly why: string }
  /** The agent has seen answers that would be others now. */
  | { readonly kind: 'different'; readonly why: string };

/** What is checked at the end of a transaction (deferred constraints and their triggers) failed; the transaction has, too. */
export class Unsettled extends Error {
  /** The server's ErrorResponse. */
  readonly reply: Buffer;

  constructor(summary: string, reply: Buffer) {
    super(summary);
    this.reply = reply;
  }
}
