/** Looks for holds while an agent runs, and has them decided. */
import { setTimeout } from 'node:timers/promises';
import type { HoldView } from '#action/hold-view';
import type { Guard } from './guard.js';

export interface HoldWatch {
  /** Aborted when it cannot go on. */
  readonly failed: AbortSignal;
  /** @throws what it failed with. */
  stop(): Promise<void>;
}

/** How often new holds are looked for. */
const LOOK_MILLISECONDS = 100;

/** Calls `waits` with each hold that waits, one after the other, each time one is looked for, until stopped. */
export function watchHolds({ operations }: Guard, waits: (hold: HoldView) => Promise<void>): HoldWatch {
  let running = true;
  const loop = (async () => {
    while (running) {
      for (const hold of await operations.holds({ all: false })) {
        if (hold.state === 'waiting') await waits(hold);
      }
      await setTimeout(LOOK_MILLISECONDS);
    }
  })();
  // Without anybody who decides, the agent would wait for ever. What went wrong is told by `stop`.
  const failed = new AbortController();
  loop.catch((error: unknown) => failed.abort(error));
  return {
    failed: failed.signal,
    async stop() {
      running = false;
      await loop;
    },
  };
}

/** Runs while holds are decided; ends early when they no longer can be. */
export async function whileWatched<T>(
  watch: HoldWatch,
  signal: AbortSignal | undefined,
  work: (ends: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await work(AbortSignal.any([watch.failed, ...(signal === undefined ? [] : [signal])]));
  } finally {
    await watch.stop();
  }
}
