/**
 * Holds whose client has gone. For a while the same action of the same session, with the same effects, finds its hold again:
 * drivers that give up waiting send a statement again. INVARIANT: a hold is found at most once, so that one approval never
 * has two that wait for it.
 */
import { digestOf } from '#action/canonical';
import type { ApprovalSubject } from '#action/hold';

export class LeftHolds {
  readonly #left = new Map<string, { readonly likeness: string; readonly until: number }>();

  /** @param until when nobody finds it any more, in milliseconds since the epoch. */
  leave(id: string, subject: ApprovalSubject, until: number): void {
    this.#left.set(id, { likeness: likenessOf(subject), until });
  }

  /** The name of the one that was left first; it is not found again. */
  find(subject: ApprovalSubject): string | undefined {
    const likeness = likenessOf(subject);
    for (const [id, left] of this.#left) {
      if (left.likeness !== likeness) continue;
      this.#left.delete(id);
      return id;
    }
    return undefined;
  }

  /** Those that nobody has come back to; they are not found again. */
  takeOverdue(now: number): readonly string[] {
    const old = [...this.#left].flatMap(([id, { until }]) => (until <= now ? [id] : []));
    for (const id of old) this.#left.delete(id);
    return old;
  }

  forget(id: string): void {
    this.#left.delete(id);
  }
}

/**
 * Equal for what people would be asked in the same words. The rows shown are examples, of which another look may find others;
 * the numbers are what binds.
 */
function likenessOf({ action, effects, session, policyVersion, snapshot, measured }: ApprovalSubject): string {
  const counted = measured === undefined ? undefined : { ...measured, samples: [] };
  return digestOf({ action, effects, session, policyVersion, snapshot, measured: counted });
}
