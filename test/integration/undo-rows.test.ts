/** Exact undo of rows on a real server: what is kept, what is put back, what is a conflict. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkRows, undoRows } from '#protect/postgres/rows/undo-rows';
import { act, checksums, dryRun, runKept, startUndoRig, type UndoRig } from '../support/undo-rig.js';

let rig: UndoRig;
beforeAll(async () => {
  rig = await startUndoRig();
});
afterAll(() => rig.stop());

/** A schema `shop` of the owner's, anew for each test. */
async function shop(definition: string): Promise<void> {
  await rig.superuser.script('DROP SCHEMA IF EXISTS shop CASCADE');
  await rig.owner.script(`CREATE SCHEMA shop; SET search_path = shop; ${definition}; RESET search_path;
    GRANT USAGE ON SCHEMA shop TO shop_writer;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO shop_writer;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA shop TO shop_writer;`);
  await rig.writer.script('ROLLBACK; RESET ALL; SET search_path = shop');
}

const sums = () => checksums(rig.superuser, 'shop');

/** Once by the plain owner, once by one who may set session_replication_role. */
async function undoneBothWays(text: string): Promise<void> {
  for (const who of ['owner', 'replica'] as const) {
    const before = await sums();
    const draft = await act(rig.writer, text);
    expect(await sums(), 'the act changes something').not.toEqual(before);
    const check = await checkRows(draft.reader, rig[who]);
    expect(check.conflicts).toEqual([]);
    expect(await sums(), 'checking changes nothing').not.toEqual(before);
    const outcome = await undoRows(draft.reader, rig[who]);
    expect(outcome).toEqual({ kind: 'undone', tables: check.tables, left: [] });
    expect(await sums()).toEqual(before);
  }
}

test('a deletion that cascades, with a trigger that writes elsewhere', async () => {
  await shop(`
    CREATE TABLE customer (id int PRIMARY KEY, name text);
    CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer ON DELETE CASCADE, note text);
    CREATE TABLE item (id serial PRIMARY KEY, orders int REFERENCES orders ON DELETE CASCADE, price numeric);
    CREATE TABLE audit (at timestamptz DEFAULT clock_timestamp(), what text);
    CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN INSERT INTO shop.audit (what) VALUES (TG_OP || OLD.id); RETURN OLD; END $$;
    CREATE TRIGGER log BEFORE DELETE ON item FOR EACH ROW EXECUTE FUNCTION log();
    INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 20) i;
    INSERT INTO orders SELECT i, i % 20 + 1, E'a\\tb\\\\n' FROM generate_series(1, 60) i;
    INSERT INTO item (orders, price) SELECT i % 60 + 1, i / 7.0 FROM generate_series(1, 300) i;
    UPDATE item SET price = price + 1 WHERE id % 5 = 0`);
  await undoneBothWays('DELETE FROM customer WHERE id < 10');
});
