import { afterAll, beforeAll, expect, test } from 'vitest';
import { SqlError } from '#action/sql-connection';
import { schemaUndo } from '../../src/protect/postgres/schema/undo.js';
import { dice, randomAct, randomSchema } from '../support/schema-random.js';
import { differences, keepAndAct, type SchemaServer, startSchemaServer, stateOf } from '../support/schema-undo-rig.js';

/** `FIREBREAK_UNDO_CASES=5000` for the long form, `FIREBREAK_UNDO_SEED` for other ones. */
const CASES = Number(process.env['FIREBREAK_UNDO_CASES'] ?? 40);
const SEED = Number(process.env['FIREBREAK_UNDO_SEED'] ?? 1);
/** Acts that are tried on one schema. */
const ACTS = 10;

const LOGGED = 'the rows that it changes in log are not kept with the schema';
/** Also a sequence that only the trial has advanced: no rollback takes that back. */
const besidesLog = (differ: readonly string[]) =>
  differ.filter((each) => !each.startsWith('rows of public.log:') && !each.startsWith('value of public.log_id_seq:'));

const servers: SchemaServer[] = [];
beforeAll(async () => {
  for (const programs of ['system', 'embedded'] as const) servers.push(await startSchemaServer(programs));
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

test(
  'what is undone is as before to the last definition and row, or was labelled not undoable beforehand',
  async () => {
    const answers = { yes: 0, partly: 0, no: 0, failed: 0 };
    for (let at = 0; at < CASES; at += ACTS) {
      const seed = SEED * 100_000 + at;
      const roll = dice(seed);
      const schema = randomSchema(roll);
      const server = servers[(at / ACTS) % servers.length];
      await server?.template(`s${seed}`, schema.script);
      const connection = await server?.connect(`s${seed}`);
      if (connection === undefined) throw new Error('no server');
      let before = await stateOf(connection);
      for (let act = 0; act < ACTS && at + act < CASES; act += 1) {
        const text = randomAct(schema, roll);
        const say = (differ: readonly string[]) => ({ seed, act: text, differ });
        const kept = await keepAndAct(connection, text).catch((error: unknown) => {
          if (error instanceof SqlError) return undefined;
          throw error;
        });
        if (kept === undefined) {
          answers.failed += 1;
          const unchanged = await stateOf(connection);
          expect(say(besidesLog(differences(before, unchanged)))).toEqual(say([]));
          before = unchanged;
          continue;
        }
        answers[kept.undoable.answer] += 1;
        if (kept.undoable.answer !== 'no') {
          const outcome = await schemaUndo
            .undo(kept.snapshot.reader(), connection)
            .catch((error: unknown) => String(error));
          expect({ ...say([]), outcome }).toMatchObject({
            ...say([]),
            outcome: { kind: 'undone', left: kept.undoable.because },
          });
        }
        const now = await stateOf(connection);
        if (kept.undoable.answer === 'yes') expect(say(differences(before, now))).toEqual(say([]));
        // A trigger on TRUNCATE writes there, which is said beforehand.
        if (kept.undoable.because.every((reason) => reason === LOGGED))
          expect(say(besidesLog(differences(before, now)))).toEqual(say([]));
        before = now;
      }
      await connection.close();
      await server?.admin.script(`DROP DATABASE s${seed}`);
    }
    // An undo that is always refused would pass every comparison.
    expect(answers.yes).toBeGreaterThan(CASES * 0.6);
    expect(answers.no).toBeLessThan(CASES * 0.1);
  },
  CASES * 5000,
);
