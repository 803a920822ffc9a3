/** The second act: the same agent, byte for byte, with Firebreak between it and everything. */

import { setTimeout } from 'node:timers/promises';
import type { HoldView } from '#action/hold-view';
import type { Attempt } from './agent-run.js';
import type { Guard } from './guard.js';
import { type GuardedStage, sameTables } from './guarded-stage.js';
import { watchHolds, whileWatched } from './hold-watch.js';
import { type PageVisitor, signIn } from './page-visitor.js';
import type { Person } from './person.js';
import type { DatabaseState, VolumeReport } from './stage.js';

export interface ActTwoOptions {
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Told of each hold as it appears. A person decides; without one the replay's own approver does. */
  readonly person: Pick<Person, 'tell' | 'leftItToUs'> | undefined;
}

export interface ActTwoResult {
  readonly attempts: readonly Attempt[];
  readonly tier: 'contained' | 'advisory';
  /** Every hold of the act, oldest first, as it ended. */
  readonly holds: readonly HoldView[];
  /** What the freeze said, when the replay declared one. */
  readonly freeze: string | undefined;
  readonly before: DatabaseState;
  readonly after: DatabaseState;
  readonly volumeAfter: VolumeReport;
  /** True when every table has the checksum that it had, and the volume and its backups are there. */
  readonly intact: boolean;
}

const TELL_AFTER_MILLISECONDS = 300;

export async function runActTwo(guarded: GuardedStage, options: ActTwoOptions): Promise<ActTwoResult> {
  const { stage, guard, containment, tier } = guarded;
  const { say, signal } = options;
  const before = await stage.database();
  say(
    containment.able
      ? "Tier: contained. The agent runs in a namespace whose only ways out are Firebreak's doors."
      : `Tier: advisory (${containment.reason}). The doors are set by environment variables only: an agent could go round them.`,
  );
  say(`The daemon is up; people decide at ${guard.pageUrl}`);
  const attempts = await whileWatched(watchHolds(guard, decider(guard, options)), signal, (ends) =>
    guarded.run({ task: 'migration', intent: 'apply migration 0007 to staging', say, signal: ends }),
  );
  const freeze = await liftFreeze(guard);
  const holds = [...(await guard.operations.holds({ all: true }))].reverse();
  const after = await stage.database();
  const volumeAfter = await stage.volumeState();
  const intact = stage.postgres.running() && sameTables(before, after) && volumeAfter.exists && volumeAfter.backups > 0;
  return { attempts, tier, holds, freeze, before, after, volumeAfter, intact };
}

/** Decides holds as they appear. Whoever decides is told of each hold once. */
function decider(guard: Guard, { person, say }: ActTwoOptions): (hold: HoldView) => Promise<void> {
  const told = new Set<string>();
  const decided = new Set<string>();
  let visitor: PageVisitor | undefined;
  const decide = async (hold: HoldView) => {
    if (hold.effects.some((effect) => effect.resource.kind === 'railway:volume')) {
      // A freeze ends what waits as well.
      say('    [person] freezes production, with this hold still waiting');
      await guard.operations.freeze({
        environment: 'production',
        reason: 'incident review',
        until: Date.now() + 3_600_000,
        by: guard.approver.name,
      });
      return;
    }
    say(`    [person] reads ${hold.id} on the approval page and rejects it`);
    visitor ??= await signIn(guard.pageUrl, guard.approver.name, await guard.authenticator.take());
    await visitor.reject(hold.id, 'this is production; the task was staging');
  };
  return async (hold) => {
    if (person !== undefined && !person.leftItToUs) {
      if (told.has(hold.id)) return;
      told.add(hold.id);
      // Below what the agent was told at the same time.
      await setTimeout(TELL_AFTER_MILLISECONDS);
      person.tell(hold, guard);
    } else if (!decided.has(hold.id)) {
      decided.add(hold.id);
      await decide(hold);
    }
  };
}

/** Lifts the replay's freeze as a person would: asked for, held, approved with a code, on the record. */
async function liftFreeze({ operations, approver, authenticator }: Guard): Promise<string | undefined> {
  const freeze = (await operations.freezes()).find((one) => one.inForce);
  if (freeze === undefined) return undefined;
  const { holdId } = await operations.unfreeze({ environment: freeze.environment, reason: 'the review is over' });
  if (holdId !== undefined) {
    const { digest } = await operations.hold(holdId);
    await operations.approve(holdId, { approver: approver.name, code: await authenticator.take(), digest });
  }
  return `${freeze.environment}: ${freeze.reason}`;
}
