/** What agents are told when an action does not run: a sentence, and what to do next. */
import type { Hold } from '#action/hold';
import type { Outcome, Refusal, RefusalCode } from '#action/submission';
import { formatTime } from '#base/clock';
import { messageOf } from '#base/errors';

export const HINTS: Readonly<Record<RefusalCode, string>> = {
  denied: 'do not retry; tell the person you work for what you wanted to do and why',
  frozen: 'do not retry before the freeze ends; reading is allowed',
  limit: 'do not retry or split it up; tell the person you work for',
  rejected: 'a person said no; do not retry and do not look for another way',
  expired: 'nobody decided in time; ask the person you work for before you try again',
  withdrawn: 'nothing was run; ask again only if it is still needed',
  changed: 'nothing was run; submit it again so that a person can see what it would do now',
  planned: 'it is noted in the plan and was not done; go on planning',
  unrecorded: 'nothing was run because the record could not be written; tell the person you work for',
  error: 'nothing was run; tell the person you work for',
};

export const CLIENT_GONE: Refusal = {
  code: 'withdrawn',
  reason: 'the agent closed its connection before it ran',
  hint: HINTS.withdrawn,
};

/** Its client stopped waiting; people can still decide, and the same action finds the hold again. */
export function leftAs(holdId: string, retryWithin: number): Refusal {
  return {
    code: 'withdrawn',
    reason: 'its client stopped waiting before a person decided, and nothing was run',
    hint: `send exactly the same again within ${Math.round(retryWithin / 1000)} seconds to go on waiting for ${holdId}; it runs once at most`,
    holdId,
  };
}

/** How a hold that was not released ended. Doors name the hold and the code themselves. */
export function refusalOfHold(hold: Hold): Refusal {
  const [code, reason] = endOf(hold);
  return { code, reason, hint: HINTS[code], holdId: hold.id };
}

function endOf({ state, endedBy, endReason, expiresAt }: Hold): readonly [RefusalCode, string] {
  const why = endReason === undefined || endReason === '' ? '' : `: ${endReason}`;
  switch (state) {
    case 'rejected':
      return endedBy === 'freeze'
        ? ['frozen', endReason ?? 'a freeze began']
        : ['rejected', `${endedBy} said no${why}`];
    case 'expired':
      return ['expired', `its time to be approved ended at ${formatTime(expiresAt)}`];
    case 'withdrawn':
      return ['withdrawn', endReason ?? 'it was withdrawn'];
    default:
      return ['error', `its hold is ${state}, so it cannot be released`];
  }
}

export function refusalFor(error: unknown): Refusal {
  const code: RefusalCode =
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'LOG_UNWRITABLE'
      ? 'unrecorded'
      : 'error';
  return { code, reason: messageOf(error), hint: HINTS[code] };
}

export function refused(actionId: string, refusal: Refusal): Outcome {
  return { kind: 'refused', actionId, refusal };
}
