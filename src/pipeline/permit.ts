import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { Permit } from '#action/permit';
import { PipelineError } from './errors.js';

/**
 * The only way to a Permit; `pipeline.ts` calls it after decide, hold and record. It is not exported from any other file,
 * and `test/architecture.test.ts` lets nobody else import this one.
 */
export function mintPermit(actionId: string, action: Action): Permit {
  // The brand exists for the type checker only, so the one cast that gives it stands here.
  return new SingleUsePermit(actionId, digestOf(action)) as unknown as Permit;
}

class SingleUsePermit {
  readonly actionId: string;
  readonly #digest: string;
  #spent = false;

  constructor(actionId: string, digest: string) {
    this.actionId = actionId;
    this.#digest = digest;
    Object.freeze(this);
  }

  redeem(action: Action): void {
    if (this.#spent) throw new PipelineError('PERMIT_SPENT', 'this permit was used before');
    this.#spent = true;
    // INVARIANT: what runs is what was decided on: the executor re-hashes the very bytes immediately before it sends them.
    if (digestOf(action) !== this.#digest) {
      throw new PipelineError('PERMIT_MISMATCH', 'what is about to run is not what was decided on');
    }
  }
}
