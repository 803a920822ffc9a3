/**
 * Holds whose client has gone. For a while the same action of the same session, with the same effects, finds its hold again:
 * drivers that give up waiting send a statement again. INVARIANT: a hold is found at most once, so that one approval never
 * has two that wait for it.
 */
import { digestOf } from '#action/canonical';
import type { ApprovalSubject } from '#action/hold';

export class LeftHolds {
  readonly #since = new Map<string, { readonly likeness: string; readonly at: number }>();

  leave(id: string, subject: ApprovalSubject, now: number): void {
    this.#since.set(id, { likeness: likenessOf(subject), at: now });
  }

  /** The name of the one that was left first; it is not found again. */
  find(subject: ApprovalSubject): string | undefined {
    const likeness = likenessOf(subject);
    for (const [id, left] of this.#since) {
      if (left.likeness !== likeness) continue;
      this.#since.delete(id);
      return id;
    }
    return undefined;
  }

  /** Those that nobody has come back to; they are not found again. */
  takeOlder(than: number): readonly string[] {
    const old = [...this.#since].flatMap(([id, { at }]) => (at <= than ? [id] : []));
    for (const id of old) this.#since.delete(id);
    return old;
  }

  forget(id: string): void {
    this.#since.delete(id);
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
