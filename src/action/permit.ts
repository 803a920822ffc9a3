import type { Action } from '#action/action';

declare const minted: unique symbol;

/**
 * What execution needs. Only `pipeline/permit.ts` can make one: the symbol is not exported, so an object literal of this
 * shape does not type-check, and the real class checks itself at run time.
 */
export interface Permit {
  readonly [minted]: true;
  readonly actionId: string;
  /**
   * Spends the permit on the action that is about to run. Doors call it with the action as rebuilt from the very bytes
   * that they will send, immediately before they send them.
   *
   * @throws FirebreakError `PERMIT_MISMATCH` when these are not the bytes that were decided on, `PERMIT_SPENT` when it was
   * used before. Nothing may be sent then.
   */
  redeem(action: Action): void;
}
