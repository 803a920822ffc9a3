/**
 * The life of a hold, as a table. `docs/architecture.md` shows it as a picture.
 *
 *     waiting ──approve (enough people)──> approved ──release──> released
 *        │                                    │
 *        ├──reject────────────────────────────┴──> rejected      a person said no, or a freeze began
 *        ├──expire──────────────────────────────> expired        nobody decided in time, or it was not run in time
 *        └──withdraw────────────────────────────> withdrawn      the client did not come back, or the daemon stopped
 *
 * INVARIANT: nothing leaves `released`, `rejected`, `expired` or `withdrawn`, so an approval is spent at most once.
 */
import type { HoldState } from '#action/hold';

export type HoldTransition = 'approve' | 'release' | 'reject' | 'expire' | 'withdraw';

const TRANSITIONS: Readonly<Record<HoldTransition, { readonly from: readonly HoldState[]; readonly to: HoldState }>> = {
  approve: { from: ['waiting'], to: 'approved' },
  release: { from: ['approved'], to: 'released' },
  reject: { from: ['waiting', 'approved'], to: 'rejected' },
  expire: { from: ['waiting', 'approved'], to: 'expired' },
  withdraw: { from: ['waiting', 'approved'], to: 'withdrawn' },
};

/** From which states a transition may start, and where it leads. */
export function transition(name: HoldTransition): { readonly from: readonly HoldState[]; readonly to: HoldState } {
  return TRANSITIONS[name];
}

/** True while people can still decide. */
export function isOpen(state: HoldState): boolean {
  return state === 'waiting' || state === 'approved';
}
