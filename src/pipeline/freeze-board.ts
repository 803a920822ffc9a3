/** Which environments are frozen: by dates in the configuration, and by people. */
import type { Recorder } from '#action/record-event';
import type { Clock } from '#base/clock';
import { describeFreeze, type Freeze, freezeInForce } from '#policy/freeze';
import { PipelineError } from './errors.js';

/** Freezes that people declared. Every method is durable when it resolves. */
export interface FreezeStorage {
  list(): Promise<readonly Freeze[]>;
  add(freeze: Freeze): Promise<void>;
  /** Ends all of an environment's freezes that people declared. */
  remove(environment: string): Promise<void>;
  /** Remembers that dates of the configuration were lifted, by `freezeKey`. */
  lift(key: string): Promise<void>;
  lifted(): Promise<readonly string[]>;
}

export interface FreezeBoard {
  /** The freeze in force on an environment now. */
  of(environment: string): Freeze | undefined;
  /** Any freeze in force now: what an effect of unknown environment might touch. */
  any(): Freeze | undefined;
  /** All that are in force or still to come. */
  list(): readonly Freeze[];
  freeze(environment: string, until: number | undefined, reason: string, by: string): Promise<Freeze>;
  /** Ends what is in force now. Whoever calls this has a person's approval: see `unfreeze` in the pipeline's submissions. */
  unfreeze(environment: string, by: string): Promise<void>;
}

export interface FreezeBoardOptions {
  readonly storage: FreezeStorage;
  /** The dates in `firebreak.yaml`. */
  readonly scheduled: readonly Freeze[];
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Called when people have changed the freezes, so that open holds are looked at. */
  readonly changed: () => Promise<void>;
}

/** Reads what is stored once; afterwards `of` is answered from memory, because it is asked for every action. */
export async function openFreezeBoard(options: FreezeBoardOptions): Promise<FreezeBoard> {
  const { storage, scheduled, recorder, clock, changed } = options;
  let declared = await storage.list();
  let lifted = new Set(await storage.lifted());
  const all = () => [...declared, ...scheduled.filter((freeze) => !lifted.has(freezeKey(freeze)))];

  return {
    of: (environment) => freezeInForce(all(), environment, clock.now()),
    any: () => all().find((freeze) => freezeInForce([freeze], freeze.environment, clock.now()) !== undefined),
    list: () => all().filter((freeze) => (freeze.until ?? Infinity) >= clock.now()),

    async freeze(environment, until, reason, by) {
      const now = clock.now();
      if (until !== undefined && until <= now) {
        throw new PipelineError('FREEZE_OVER', 'the end of this freeze lies in the past', {
          hint: 'give a later --until',
        });
      }
      const freeze: Freeze = { environment, from: now, until, reason, by };
      await storage.add(freeze);
      declared = await storage.list();
      await recorder.append({
        kind: 'administered',
        act: 'freeze',
        by,
        subject: environment,
        detail: describeFreeze(freeze),
        ok: true,
        time: now,
      });
      await changed();
      return freeze;
    },

    async unfreeze(environment, by) {
      const now = clock.now();
      if (freezeInForce(all(), environment, now) === undefined) {
        throw new PipelineError('NOT_FROZEN', `${environment} is not frozen`);
      }
      // INVARIANT: a freeze is lifted only when that is on the record.
      await recorder.append({ kind: 'administered', act: 'unfreeze', by, subject: environment, ok: true, time: now });
      await storage.remove(environment);
      for (const freeze of scheduled) {
        if (freezeInForce([freeze], environment, now) !== undefined) await storage.lift(freezeKey(freeze));
      }
      declared = await storage.list();
      lifted = new Set(await storage.lifted());
      await changed();
    },
  };
}

/** Tells one dated freeze of the configuration from another. */
export function freezeKey(freeze: Freeze): string {
  return JSON.stringify([freeze.environment, freeze.from, freeze.until ?? null]);
}
