/** Exact undo of rows on a real server: what is kept, what is put back, what is a conflict. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOTHING_MEASURED } from '#action/measurement';
import { coverage } from '#protect/postgres/rows/coverage';
import { watchRows } from '#protect/postgres/rows/keep-rows';
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

describe('rows come back exactly', () => {
  test('keys that moved up by one, and values that were exchanged under a unique index', async () => {
    await shop(`
      CREATE TABLE ring (id int PRIMARY KEY DEFERRABLE, place int UNIQUE DEFERRABLE, seat int UNIQUE);
      INSERT INTO ring SELECT i, i, 100 - i FROM generate_series(1, 9) i`);
    await undoneBothWays(
      'UPDATE ring SET id = id + 1; UPDATE ring SET place = 10 - place; UPDATE ring SET seat = seat - 1000 WHERE id = 3',
    );
  });

  test('equal rows of a table without a key, by their number', async () => {
    await shop(`
      CREATE TABLE log (a int, b text);
      INSERT INTO log SELECT i % 2, 'same' FROM generate_series(1, 10) i; INSERT INTO log VALUES (NULL, NULL), (NULL, NULL)`);
    await undoneBothWays(`
      DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE a = 1 LIMIT 3);
      UPDATE log SET b = 'other' WHERE ctid IN (SELECT ctid FROM log WHERE a = 0 LIMIT 2);
      INSERT INTO log VALUES (1, 'same'); DELETE FROM log WHERE ctid = (SELECT ctid FROM log WHERE a IS NULL LIMIT 1)`);
  });

  test('a cycle of tables that refer to each other, and to themselves', async () => {
    await shop(`
      CREATE TABLE team (id int PRIMARY KEY, lead int);
      CREATE TABLE person (id int PRIMARY KEY, team int NOT NULL REFERENCES team ON DELETE CASCADE, boss int REFERENCES person ON DELETE CASCADE);
      INSERT INTO team VALUES (1, 1), (2, 3); INSERT INTO person VALUES (1, 1, NULL), (2, 1, 1), (3, 2, 2), (4, 2, 3);
      ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES person ON DELETE CASCADE`);
    await undoneBothWays('DELETE FROM person WHERE id = 1');
  });

  test('rows that moved to another partition, and columns in another order there', async () => {
    await shop(`
      CREATE TABLE event (id int, region text, note text DEFAULT 'n', PRIMARY KEY (id, region)) PARTITION BY LIST (region);
      CREATE TABLE event_eu PARTITION OF event FOR VALUES IN ('eu');
      CREATE TABLE event_us (note text, region text NOT NULL, id int NOT NULL);
      ALTER TABLE event ATTACH PARTITION event_us FOR VALUES IN ('us');
      INSERT INTO event SELECT i, CASE WHEN i % 2 = 0 THEN 'eu' ELSE 'us' END FROM generate_series(1, 20) i`);
    await undoneBothWays("UPDATE event SET region = 'us' WHERE id < 9; DELETE FROM event WHERE id > 15");
  });

  test('whatever the agent has set, shadowed or locked', async () => {
    await shop(`
      CREATE TABLE clocks (id int PRIMARY KEY, at timestamptz, span interval, f float8, b bytea, price money, doc xml);
      INSERT INTO clocks SELECT i, now(), '1 mon -2 days 3.000001 s', 0.1::float8 + 0.2, '\\x00ff', 12.34, '<a/>' FROM generate_series(1, 9) i;
      CREATE FUNCTION age(xid) RETURNS int LANGUAGE sql AS 'SELECT 7';
      CREATE FUNCTION wrong(xid, xid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
      CREATE FUNCTION wrong(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
      CREATE OPERATOR <> (LEFTARG = xid, RIGHTARG = xid, FUNCTION = wrong);
      CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = wrong)`);
    await rig.writer.script(`SET search_path = shop, pg_catalog; SET datestyle = 'SQL, DMY'; SET intervalstyle = iso_8601;
      SET extra_float_digits = -10; SET bytea_output = escape; SET timezone = 'Asia/Kathmandu'; SET statement_timeout = '20s';
      SET quote_all_identifiers = on; SET enable_tidscan = off; SET enable_seqscan = off`);
    await undoneBothWays(
      'SELECT id FROM clocks FOR UPDATE; DELETE FROM clocks WHERE id < 4; UPDATE clocks SET f = f + 1 WHERE id = 5',
    );
    // What was pinned for the moment is as the agent had set it.
    const settings = await rig.writer.query("SELECT current_setting('bytea_output'), current_setting('search_path')");
    expect(settings.rows).toEqual([['escape', 'shop, pg_catalog']]);
  });

  test('what the act has put off until COMMIT', async () => {
    await shop(`
      CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE noted (what text); INSERT INTO a SELECT generate_series(1, 5);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO shop.noted VALUES ('late'); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER note AFTER DELETE ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()`);
    await undoneBothWays('DELETE FROM a WHERE id > 2');
  });
});

describe('later changes', () => {
  const TABLE =
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 6) i";

  /** Deletes 1 and 2, changes 3 and 4, inserts 7; then others change 3, insert 1 again and delete 7. */
  async function meddled() {
    await shop(TABLE);
    const draft = await act(
      rig.writer,
      "DELETE FROM t WHERE id <= 2; UPDATE t SET v = 'act' WHERE id IN (3, 4); INSERT INTO t VALUES (7, 'act'), (8, 'act')",
    );
    await rig.owner.script(
      "UPDATE shop.t SET v = 'later' WHERE id = 3; INSERT INTO shop.t VALUES (1, 'again'); DELETE FROM shop.t WHERE id = 7",
    );
    return draft;
  }
  const rows = async () =>
    (await rig.superuser.query('SELECT id, v FROM shop.t ORDER BY id')).rows.map((row) => row.join(' '));

  test('are shown, and nothing is changed', async () => {
    const draft = await meddled();
    const before = await sums();
    for (const outcome of [await undoRows(draft.reader, rig.owner), await checkRows(draft.reader, rig.owner)]) {
      expect(outcome).toMatchObject({ conflictCount: 3 });
      if (!('conflicts' in outcome)) throw new Error('no conflict');
      expect(outcome.conflicts.map(({ key, because }) => `${key}: ${because}`).sort()).toEqual([
        'id = 1: the row was deleted by the act, and there is another one with its key',
        'id = 3: the row was changed after the act',
        'id = 7: the row is no longer there',
      ]);
      expect(outcome.conflicts.find(({ key }) => key === 'id = 3')?.fields).toEqual([
        { column: 'v', was: 'act', now: 'later', wouldBe: 'v3' },
      ]);
    }
    expect(await sums()).toEqual(before);
  });

  test('give way when the side from before the act wins', async () => {
    const draft = await meddled();
    const outcome = await undoRows(draft.reader, rig.owner, 'before');
    expect(outcome).toEqual({
      kind: 'undone',
      tables: [{ table: 'shop.t', inserted: 1, updated: 3, deleted: 1 }],
      left: [],
    });
    expect(await rows()).toEqual(['1 v1', '2 v2', '3 v3', '4 v4', '5 v5', '6 v6']);
  });

  test('stay when the current side wins, and the rest is undone', async () => {
    const draft = await meddled();
    const outcome = await undoRows(draft.reader, rig.owner, 'current');
    expect(outcome).toMatchObject({ kind: 'undone', left: ['3 rows of shop.t that were changed after the act'] });
    expect(await rows()).toEqual(['1 again', '2 v2', '3 later', '4 v4', '5 v5', '6 v6']);
  });

  test('of a table without a key leave the whole table alone when the current side wins', async () => {
    await shop("CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    const draft = await act(rig.writer, "UPDATE t SET v = 'act' WHERE id = 1; DELETE FROM t WHERE id = 3");
    await rig.owner.script("UPDATE shop.t SET v = 'later' WHERE id = 1");
    const found = await undoRows(draft.reader, rig.owner);
    expect(found).toMatchObject({ kind: 'conflict', conflictCount: 1, conflicts: [{ key: 'id = 1, v = act' }] });
    expect(await undoRows(draft.reader, rig.owner, 'current')).toMatchObject({
      left: ['shop.t, which has no key and was changed after the act'],
    });
    expect(await rows()).toEqual(['1 later', '2 b']);
  });

  test('an undo for the second time, and acts undone in the wrong order, are conflicts', async () => {
    await shop(TABLE);
    const first = await act(rig.writer, "UPDATE t SET v = 'first' WHERE id = 1");
    const second = await act(rig.writer, "UPDATE t SET v = 'second' WHERE id < 3");
    expect(await undoRows(first.reader, rig.owner)).toMatchObject({ kind: 'conflict', conflictCount: 1 });
    expect(await undoRows(second.reader, rig.owner)).toMatchObject({ kind: 'undone' });
    expect(await undoRows(first.reader, rig.owner)).toMatchObject({ kind: 'undone' });
    expect(await undoRows(first.reader, rig.owner)).toMatchObject({
      kind: 'conflict',
      conflicts: [{ because: 'the row is already as it was before the act' }],
    });
  });

  test.each(['owner', 'replica'] as const)(
    'an undo that would leave a foreign key broken changes nothing (%s)',
    async (who) => {
      await shop(`
        CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE);
        INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2)`);
      const inserted = await act(rig.writer, 'INSERT INTO parent VALUES (3)');
      const deleted = await act(rig.writer, 'DELETE FROM child WHERE id = 2');
      await rig.owner.script('INSERT INTO shop.child VALUES (9, 3); DELETE FROM shop.parent WHERE id = 2');
      const before = await sums();
      // The cascade would take the row that came later.
      await expect(undoRows(inserted.reader, rig[who])).rejects.toMatchObject({ code: 'UNDO_FAILED' });
      await expect(undoRows(deleted.reader, rig[who])).rejects.toMatchObject({ code: 'UNDO_FAILED' });
      await expect(checkRows(deleted.reader, rig[who])).rejects.toMatchObject({ code: 'UNDO_FAILED' });
      expect(await sums()).toEqual(before);
    },
  );

  test('an undo that sets a cascade in motion changes nothing, unless foreign keys can be kept from acting', async () => {
    await shop(`
      CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);
      CREATE TABLE child (id int PRIMARY KEY, code text REFERENCES parent (code) ON UPDATE CASCADE);
      INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1, 'a'), (2, 'b')`);
    const before = await sums();
    // One code moves to where the other was: putting it back would take along the children of both.
    const draft = await act(
      rig.writer,
      "UPDATE parent SET code = 'c' WHERE id = 2; UPDATE parent SET code = 'b' WHERE id = 1",
    );
    const after = await sums();
    await expect(undoRows(draft.reader, rig.owner)).rejects.toMatchObject({
      code: 'UNDO_FAILED',
      hint: expect.stringContaining('session_replication_role'),
    });
    expect(await sums()).toEqual(after);
    expect(await undoRows(draft.reader, rig.replica)).toMatchObject({ kind: 'undone' });
    expect(await sums()).toEqual(before);
  });

  test('an undo after which a row is not as it was kept changes nothing', async () => {
    await shop(
      `CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO t VALUES (1)`,
    );
    const draft = await act(rig.writer, 'DELETE FROM t');
    await rig.owner.script(
      'ALTER TABLE shop.t DROP COLUMN twice; ALTER TABLE shop.t ADD COLUMN twice int GENERATED ALWAYS AS (id * 3) STORED',
    );
    const before = await sums();
    await expect(undoRows(draft.reader, rig.owner)).rejects.toThrow('1 rows of shop.t would not be as they were');
    expect(await sums()).toEqual(before);
  });

  test('of the table: a new column is left alone, one that is gone or altered makes it not undoable', async () => {
    await shop(TABLE);
    const before = await rows();
    const draft = await act(rig.writer, "DELETE FROM t WHERE id = 1; UPDATE t SET v = 'x' WHERE id = 2");
    await rig.owner.script('ALTER TABLE shop.t ADD COLUMN extra int DEFAULT 5');
    expect(await undoRows(draft.reader, rig.owner)).toMatchObject({ kind: 'undone' });
    expect(await rows()).toEqual(before);
    const again = await act(rig.writer, 'DELETE FROM t WHERE id = 1');
    await rig.owner.script('ALTER TABLE shop.t ALTER v TYPE varchar(9)');
    await expect(undoRows(again.reader, rig.owner)).rejects.toMatchObject({ code: 'NOT_UNDOABLE' });
    await rig.owner.script('DROP TABLE shop.t');
    await expect(checkRows(again.reader, rig.owner)).rejects.toMatchObject({
      message: 'the table shop.t is no longer there',
    });
  });

  test('the connection is lost while the undo is committed: nobody knows, and it says so', async () => {
    await shop(TABLE);
    const draft = await act(rig.writer, 'DELETE FROM t');
    const failing = {
      query: (text: string, values?: readonly (string | null)[]) =>
        text === 'COMMIT' ? Promise.reject(new Error('connection reset')) : rig.owner.query(text, values),
    };
    await expect(undoRows(draft.reader, failing)).rejects.toMatchObject({ code: 'UNDO_UNCERTAIN' });
    await rig.owner.query('ROLLBACK');
  });

  test('a part that has fewer rows than it says is damage, and nothing is changed', async () => {
    await shop(TABLE);
    const { reader } = await act(rig.writer, 'DELETE FROM t');
    const before = await sums();
    const cut = { ...reader, part: async function* () {} };
    await expect(undoRows({ ...cut, contents: reader.contents }, rig.owner)).rejects.toMatchObject({
      code: 'SNAPSHOT_DAMAGED',
    });
    await expect(undoRows({ ...reader, contents: { kind: 'rows' } }, rig.owner)).rejects.toMatchObject({
      code: 'SNAPSHOT_DAMAGED',
    });
    expect(await sums()).toEqual(before);
  });
});

describe('an act that tries not to be kept is refused', () => {
  const TABLE =
    'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int); INSERT INTO t SELECT generate_series(1, 9)';
  const T = [{ schema: 'shop', name: 't' }];
  const cursor = "(SELECT name FROM pg_cursors WHERE name LIKE 'firebreak%')";

  test('a cursor that the act has closed or replaced keeps nothing', async () => {
    await shop(TABLE);
    await expect(runKept(rig.writer, 'DELETE FROM t; CLOSE ALL', T)).rejects.toMatchObject({
      code: 'SNAPSHOT_UNWRITABLE',
    });
    const replace = `DO $$ DECLARE c text := ${cursor}; BEGIN
      EXECUTE 'CLOSE ' || c; DELETE FROM t; EXECUTE 'DECLARE ' || c || ' SCROLL CURSOR FOR SELECT ctid, false, id FROM t'; END $$`;
    await expect(runKept(rig.writer, replace, T)).rejects.toMatchObject({ code: 'SNAPSHOT_UNWRITABLE' });
  });

  test('one that it has moved is rewound', async () => {
    await shop(TABLE);
    const before = await sums();
    const move = `DELETE FROM t WHERE id > 3; DO $$ DECLARE c refcursor := ${cursor}; BEGIN MOVE FORWARD ALL FROM c; END $$`;
    const draft = await runKept(rig.writer, move, T);
    expect(await undoRows(draft.reader, rig.owner)).toMatchObject({ kind: 'undone' });
    expect(await sums()).toEqual(before);
  });

  test('a cursor WITH HOLD runs its query at COMMIT, when nothing is kept any more, so it refuses the act', async () => {
    await shop(`${TABLE}; CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN DELETE FROM shop.t; RETURN 1; END $$`);
    await expect(runKept(rig.writer, 'DECLARE late CURSOR WITH HOLD FOR SELECT shop.wipe()', T)).rejects.toThrow(
      'WITH HOLD',
    );
  });

  test('a table of which some rows could not be seen is not kept at all, and then nothing runs', async () => {
    await shop(`${TABLE}; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 3)`);
    const before = await sums();
    await expect(runKept(rig.writer, 'DELETE FROM t', T)).rejects.toMatchObject({ code: 'NOT_UNDOABLE' });
    expect(await sums()).toEqual(before);
  });

  test('a change of a table that nobody watched refuses the whole act', async () => {
    await shop(TABLE);
    await expect(runKept(rig.writer, 'DELETE FROM t; INSERT INTO u VALUES (1)', T)).rejects.toThrow(
      'shop.u was changed too, and its rows were not kept',
    );
  });

  test('rows are kept only from the beginning of a transaction that sees one snapshot throughout', async () => {
    await shop(TABLE);
    for (const begun of [
      'BEGIN ISOLATION LEVEL READ COMMITTED',
      'BEGIN ISOLATION LEVEL REPEATABLE READ; DELETE FROM t',
    ]) {
      await rig.writer.script(begun);
      await expect(watchRows(rig.writer, T)).rejects.toMatchObject({ code: 'NOT_UNDOABLE' });
      await rig.writer.script('ROLLBACK');
    }
  });
});

describe('before anybody approves, it is called undoable or not, in words', () => {
  test('yes: rows of ordinary tables; sequences and temporary tables do not count', async () => {
    await shop('CREATE TABLE t (id serial PRIMARY KEY, v text); CREATE UNLOGGED TABLE u (id int)');
    const { undoable } = await dryRun(
      rig.writer,
      "INSERT INTO t (v) VALUES ('a'), ('b'); DELETE FROM t; INSERT INTO u VALUES (1)",
    );
    expect(undoable).toEqual({ answer: 'yes', because: [] });
  });

  test('what keeping rows does not cover is called not undoable in words', async () => {
    await shop(
      'CREATE TABLE t (id int); CREATE TABLE secret (id int); CREATE TABLE half (a int, b int); INSERT INTO half VALUES (1, 2)',
    );
    await rig.owner.script(`
      ALTER TABLE shop.secret ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON shop.secret USING (id > 0);
      REVOKE SELECT ON shop.half FROM shop_writer; GRANT SELECT (a) ON shop.half TO shop_writer`);
    await rig.superuser.script(`CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
      CREATE FOREIGN TABLE shop.far (id int) SERVER nowhere; CREATE VIEW shop.v AS SELECT 1`);
    expect((await dryRun(rig.writer, 'INSERT INTO t VALUES (1); INSERT INTO secret VALUES (1)')).undoable).toEqual({
      answer: 'partly',
      because: ['row security may hide rows of shop.secret from the role that runs the act'],
    });
    expect((await dryRun(rig.writer, 'UPDATE half SET b = 3')).undoable).toEqual({
      answer: 'no',
      because: ['the role that runs the act may not read all of shop.half'],
    });
    await expect(
      runKept(rig.writer, 'UPDATE half SET b = 3', [{ schema: 'shop', name: 'half' }]),
    ).rejects.toMatchObject({
      code: 'NOT_UNDOABLE',
    });
    expect((await dryRun(rig.writer, 'SELECT lo_create(0); INSERT INTO t VALUES (1)')).undoable).toEqual({
      answer: 'partly',
      because: ['large objects change, and they are not kept'],
    });
    expect((await dryRun(rig.owner, 'ALTER TABLE shop.t ADD COLUMN b int')).undoable.answer).toBe('no');

    const table = (name: string) => ({ schema: 'shop', name, inserted: 1, updated: 0, deleted: 0 });
    const asked = { ...NOTHING_MEASURED, tables: ['far', 'v', 'gone'].map(table), exclusive: ['shop.t'] };
    await rig.writer.query('BEGIN');
    expect(await coverage(rig.writer, asked)).toEqual({
      answer: 'no',
      because: [
        'shop.far is a foreign table: its rows are on another server',
        'shop.v is no ordinary table',
        'shop.gone is made by the act itself, or cannot be seen',
        'shop.t is locked against every other use, as TRUNCATE and ALTER do: keeping rows does not cover that',
      ],
    });
    const small = await coverage(rig.writer, { ...NOTHING_MEASURED, tables: [table('t')] }, { mostTableBytes: -1 });
    expect(small.because[0]).toMatch(/^shop\.t has 0 GB, and tables over/);
    await rig.writer.query('ROLLBACK');
    await rig.superuser.script('DROP FOREIGN DATA WRAPPER nowhere CASCADE');
  });
});
