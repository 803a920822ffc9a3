/**
 * Undo torture. `FIREBREAK_TORTURE_CASES=5000` runs more cases, `FIREBREAK_TORTURE_SEED=4711` begins at another seed: a case
 * that failed is run again with its seed and one case. `FIREBREAK_TORTURE_FAMILY=rows` runs one family alone.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageOf } from '#base/errors';
import { startUndoRig, type UndoRig } from '../support/undo-rig.js';
import { ROWS, type TortureFamily, type TortureOutcome } from '../support/undo-torture.js';

const CASES = Number(process.env['FIREBREAK_TORTURE_CASES'] ?? 300);
const FIRST = Number(process.env['FIREBREAK_TORTURE_SEED'] ?? 1);
const ONLY = process.env['FIREBREAK_TORTURE_FAMILY'];

/** Each family runs `share` of the cases. */
const FAMILIES: readonly { readonly family: TortureFamily; readonly share: number }[] = [{ family: ROWS, share: 1 }];

let rig: UndoRig;
beforeAll(async () => {
  rig = await startUndoRig();
});
afterAll(() => rig.stop());

describe.each(FAMILIES.filter(({ family }) => ONLY === undefined || family.name === ONLY))(
  'undo torture: $family.name',
  ({ family, share }) => {
    const cases = Math.ceil(CASES * share);
    test(`${cases} cases from seed ${FIRST}: everything is as before, or the act was called not undoable`, async () => {
      const outcomes: Record<TortureOutcome, number> = { undone: 0, labelled: 0, nothing: 0 };
      const failures: string[] = [];
      for (let seed = FIRST; seed < FIRST + cases; seed += 1) {
        try {
          outcomes[await family.run(rig, seed)] += 1;
        } catch (error) {
          failures.push(messageOf(error));
          console.log(messageOf(error).split('\n')[0]);
        }
      }
      console.log(`undo torture: ${family.name}, seeds ${FIRST} to ${FIRST + cases - 1}: ${JSON.stringify(outcomes)}`);
      // One is enough to fail; the first few tell their whole story.
      expect(failures.length, failures.slice(0, 3).join('\n\n')).toBe(0);
      // Most cases must really be undone, or the torture is none.
      if (cases >= 100) expect(outcomes.undone).toBeGreaterThan(cases * 0.7);
    }, 3_600_000);
  },
);
