import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { Permit } from '#action/permit';
import { PipelineError } from './errors.js';

/** A permit, and what its maker can see of it. */
export interface MintedPermit {
  readonly permit: Permit;
  /** True once the door has shown that it is about to send what was decided on. */
  redeemed(): boolean;
}

/**
 * The only way to a Permit; `execution.ts` calls it after decide, hold and record. It is not exported from any other file,
 * and `test/architecture.test.ts` lets nobody else import this one.
 *
 * @param decidedDigest of the action as it was when policy decided on it.
 */
export function mintPermit(actionId: string, decidedDigest: string): MintedPermit {
  const permit = new SingleUsePermit(MINT, actionId, decidedDigest);
  // The brand exists for the type checker only, so the one cast that gives it stands here.
  return { permit: permit as unknown as Permit, redeemed: () => SingleUsePermit.redeemed(permit) };
}

/** Whoever has a permit has its class too; without this key that class makes nothing. */
const MINT = Symbol('mint');

class SingleUsePermit {
  readonly actionId: string;
  readonly #digest: string;
  #spent = false;
  #redeemed = false;

  constructor(key: typeof MINT, actionId: string, digest: string) {
    if (key !== MINT) throw new TypeError('only the pipeline makes permits');
    this.actionId = actionId;
    this.#digest = digest;
    Object.freeze(this);
  }

  static redeemed(permit: SingleUsePermit): boolean {
    return permit.#redeemed;
  }

  redeem(action: Action): void {
    if (this.#spent) throw new PipelineError('PERMIT_SPENT', 'this permit was used before');
    this.#spent = true;
    // INVARIANT: what runs is what was decided on: the executor re-hashes the very bytes immediately before it sends them.
    if (digestOf(action) !== this.#digest) {
      throw new PipelineError('PERMIT_MISMATCH', 'what is about to run is not what was decided on');
    }
    this.#redeemed = true;
  }
}
