/**
 * Undo torture: generated cases against a real server. A family makes cases of one sort; those of rows are here, and
 * another (of schema changes) is added to `FAMILIES` in test/integration/undo-torture.test.ts.
 */
import { messageOf } from '#base/errors';
import { undoRows } from '#protect/postgres/rows/undo-rows';
import type { TestConnection } from './pg-connection.js';
import type { MemoryDraft } from './undo-draft.js';
import { Random } from './undo-random.js';
import { checksums, dryRun, runKept, type UndoRig } from './undo-rig.js';
import { anySchema } from './undo-schemas.js';
import { anyAct } from './undo-workloads.js';

export interface TortureFamily {
  readonly name: string;
  /**
   * Makes the case of this seed in a schema of its own, runs the act, undoes it, and compares.
   *
   * @throws an error that tells the whole case, when one thing is not as it was.
   */
  run(rig: UndoRig, seed: number): Promise<TortureOutcome>;
}

/** `undone`: everything is as before. `labelled`: the act had been called not undoable. `nothing`: no act of it ran. */
export type TortureOutcome = 'undone' | 'labelled' | 'nothing';

export const ROWS: TortureFamily = {
  name: 'rows',
  async run(rig, seed) {
    const random = new Random(seed);
    const schema = `case_${seed}`;
    const generated = anySchema(random, schema, rig.version);
    const acts = Array.from({ length: 6 }, () => anyAct(random, generated, rig.version));
    const story: string[] = [`-- seed ${seed}`, generated.definition];
    try {
      await create(rig, schema, generated.definition, generated.history);
      return await undoAll(rig, seed, schema, acts, story);
    } catch (error) {
      throw new Error(`undo torture, seed ${seed}: ${messageOf(error)}\n${story.join('\n')}`, { cause: error });
    } finally {
      for (const connection of [rig.owner, rig.writer, rig.replica]) await connection.query('ROLLBACK');
      await rig.superuser.script(`SET client_min_messages = error; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    }
  },
};

async function create(rig: UndoRig, schema: string, definition: string, history: readonly string[]): Promise<void> {
  await rig.owner.script(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${definition}`);
  await rig.owner.script(`
    CREATE FUNCTION run_as_owner(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema} AS
      $$ BEGIN EXECUTE $1; END $$;
    GRANT USAGE ON SCHEMA ${schema} TO shop_writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO shop_writer;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO shop_writer`);
  for (const command of history) await rig.owner.script(command);
  await rig.writer.script(`SET search_path = ${schema}; SET datestyle = 'German'; SET bytea_output = 'escape';
    SET intervalstyle = 'sql_standard'; SET extra_float_digits = -5; SET timezone = 'Asia/Kolkata'`);
}

/** Several acts one after another, undone in the opposite order. */
async function undoAll(
  rig: UndoRig,
  seed: number,
  schema: string,
  acts: readonly string[],
  story: string[],
): Promise<TortureOutcome> {
  const wanted = seed % 3 === 0 ? 2 : 1;
  const done: { readonly draft: MemoryDraft; readonly before: State }[] = [];
  let labelled = false;
  for (const act of acts) {
    if (done.length === wanted) break;
    const dry = await attempt(rig.writer, act);
    if (dry === undefined) continue;
    if (dry.undoable.answer !== 'yes') {
      labelled = true;
      if (dry.undoable.because.length === 0) throw new Error(`called ${dry.undoable.answer} without a reason: ${act}`);
      continue;
    }
    story.push(`-- act\n${act}`);
    const before = await stateOf(rig, schema);
    const draft = await runKept(rig.writer, act, dry.measurement.tables);
    done.push({ draft, before });
  }
  if (done.length === 0) return labelled ? 'labelled' : 'nothing';
  if (seed % 7 === 0) await rig.superuser.script('VACUUM');

  const connection = seed % 2 === 0 ? rig.owner : rig.replica;
  for (const { draft, before } of done.reverse()) {
    const outcome = await undoRows(draft.reader, connection);
    story.push(
      `-- undone by the ${seed % 2 === 0 ? 'owner' : 'owner with session_replication_role'}: ${JSON.stringify(outcome)}`,
    );
    if (outcome.kind !== 'undone') throw new Error('a conflict, where nobody changed anything');
    compare(before, await stateOf(rig, schema));
  }
  return 'undone';
}

async function attempt(writer: TestConnection, act: string): Promise<Awaited<ReturnType<typeof dryRun>> | undefined> {
  try {
    const dry = await dryRun(writer, act);
    return dry.measurement.tables.length > 0 ? dry : undefined;
  } catch {
    return undefined; // The act violates a constraint of its schema: there is nothing to undo.
  }
}

type State = ReadonlyMap<string, string>;

/** Rows, and what undo turns off for a while. */
async function stateOf(rig: UndoRig, schema: string): Promise<State> {
  const settings = await rig.superuser.query(
    `SELECT 'triggers, rules, row security', (
       SELECT string_agg(x, ' ' ORDER BY x) FROM (
         SELECT concat(tgrelid, tgname, tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
           WHERE c.relnamespace = $1::regnamespace
         UNION ALL SELECT concat(ev_class, rulename, ev_enabled) FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
           WHERE c.relnamespace = $1::regnamespace
         UNION ALL SELECT concat(relname, relrowsecurity, relforcerowsecurity) FROM pg_class WHERE relnamespace = $1::regnamespace
       ) AS s(x))`,
    [schema],
  );
  const rows = await checksums(rig.superuser, schema);
  return new Map([...rows, ...settings.rows.map(([what, state]) => [what ?? '', state ?? ''] as const)]);
}

function compare(before: State, after: State): void {
  const names = new Set([...before.keys(), ...after.keys()]);
  const differing = [...names].filter((name) => before.get(name) !== after.get(name));
  if (differing.length > 0)
    throw new Error(
      `not as before: ${differing.map((name) => `${name} was ${before.get(name)}, is ${after.get(name)}`).join('; ')}`,
    );
}
