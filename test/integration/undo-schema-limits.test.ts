import { afterAll, beforeAll, expect, test } from 'vitest';
import { beforeSchema } from '../../src/protect/postgres/schema/keep.js';
import { schemaUndo } from '../../src/protect/postgres/schema/undo.js';
import type { TestConnection } from '../support/pg-connection.js';
import { SHOP } from '../support/schema-shop.js';
import { differences, keepAndAct, type SchemaServer, startSchemaServer, stateOf } from '../support/schema-undo-rig.js';

let server: SchemaServer;
beforeAll(async () => {
  server = await startSchemaServer('system');
  await server.template('shop', SHOP);
});
afterAll(() => server.stop());

const inShop = (work: (connection: TestConnection) => Promise<void>) => () => server.database('shop', work);

async function answerTo(connection: TestConnection, act: string) {
  return (await keepAndAct(connection, act)).undoable;
}

test(
  'whatever has no rules is not slight, unless it is listed: the act is not undoable, in words',
  inShop(async (connection) => {
    await connection.script(`CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int); CREATE TYPE span AS RANGE (subtype = int);
      CREATE COLLATION german FROM "C"; CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)`);
    for (const [act, words] of [
      ['DROP AGGREGATE total (int)', 'aggregate public.total(integer) cannot be put back'],
      ['DROP TYPE span', 'permission denied for language internal'],
      ['DROP COLLATION german', 'collation public.german cannot be put back'],
      ['DROP TEXT SEARCH CONFIGURATION words', 'text search configuration public.words cannot be put back'],
    ] as const) {
      const { answer, because } = await answerTo(connection, act);
      expect([act, answer, because.join('; ')]).toEqual([act, 'no', expect.stringContaining(words)]);
    }
  }),
);

test(
  'extensions, event triggers, foreign tables and roles are not undoable, also for a superuser',
  inShop(async (connection) => {
    const admin = await server.adminOf(connection);
    await admin.script(`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (id int) SERVER s;
      CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watching ON sql_drop EXECUTE FUNCTION watch()`);
    for (const act of [
      'DROP FOREIGN TABLE far',
      'DROP EVENT TRIGGER watching',
      'ALTER ROLE other CREATEDB',
      'DROP EXTENSION plpgsql CASCADE',
    ])
      expect([act, (await answerTo(admin, act)).answer]).toEqual([act, 'no']);
    await admin.close();
  }),
);

test(
  'an undo that was tried and did not give the same definitions is no undo',
  inShop(async (connection) => {
    const admin = await server.adminOf(connection);
    await admin.script(
      `CREATE FUNCTION inner_one(float8) RETURNS float8 LANGUAGE internal IMMUTABLE AS 'dsqrt'; ALTER FUNCTION inner_one OWNER TO owner`,
    );
    await admin.close();
    expect(await answerTo(connection, 'DROP FUNCTION inner_one')).toEqual({
      answer: 'no',
      because: [
        'function public.inner_one(double precision) cannot be put back: permission denied for language internal',
      ],
    });
  }),
);

test(
  'what carries no data may be left out, and is named: labels, publications, owners that cannot be given back',
  inShop(async (connection) => {
    const admin = await server.adminOf(connection);
    await admin.script(
      'CREATE PUBLICATION news FOR TABLE cats; ALTER TABLE orders OWNER TO owner; ALTER VIEW bigger OWNER TO other; GRANT other TO owner',
    );
    await admin.script('REVOKE other FROM owner; GRANT SELECT ON big TO other');
    await admin.close();
    expect(await answerTo(connection, `ALTER TYPE mood ADD VALUE 'new'; DROP RULE quiet ON billing.audit`)).toEqual({
      answer: 'partly',
      because: ['type public.mood keeps its new labels'],
    });
    const before = await stateOf(connection);
    const { undoable, snapshot } = await keepAndAct(connection, 'DROP TABLE cats');
    expect(undoable).toEqual({
      answer: 'partly',
      because: ['publication of table public.cats in publication news cannot be put back as it was'],
    });
    expect(await schemaUndo.undo(snapshot.reader(), connection)).toMatchObject({
      kind: 'undone',
      left: undoable.because,
    });
    expect(differences(before, await stateOf(connection))).toEqual([]);
    const view = await keepAndAct(connection, 'DROP VIEW big CASCADE');
    expect(view.undoable).toEqual({
      answer: 'partly',
      because: ['the rights of TABLE public.bigger cannot be put back as it was'],
    });
    expect(await schemaUndo.undo(view.snapshot.reader(), connection)).toMatchObject({ kind: 'undone' });
  }),
);

test(
  'a materialized view that lags, and rows that are changed one by one besides, are named',
  inShop(async (connection) => {
    await connection.script('UPDATE orders SET parent = NULL; DELETE FROM orders WHERE id = 120');
    expect(await answerTo(connection, 'DROP MATERIALIZED VIEW counted')).toEqual({
      answer: 'partly',
      because: ['the materialized view public.counted is filled anew, and was not up to date'],
    });
    const kept = await keepAndAct(connection, 'DROP VIEW bigger; DELETE FROM orders WHERE id > 100');
    expect(kept.undoable).toEqual({
      answer: 'partly',
      because: [
        'the rows that it changes in orders are not kept with the schema',
        'the rows that it changes in billing.audit are not kept with the schema',
      ],
    });
    expect(kept.changedRows).toEqual(['orders', 'audit']);
  }),
);

test(
  'with an older snapshot rows that were committed before the lock would be lost unseen: it is refused',
  inShop(async (connection) => {
    await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await expect(beforeSchema(connection, () => connection.script('TRUNCATE billing.audit'))).rejects.toMatchObject({
      code: 'NOT_UNDOABLE',
      hint: 'begin it with ISOLATION LEVEL READ COMMITTED',
    });
    await connection.script('ROLLBACK');
  }),
);

test(
  'what another session changed in the schema between the rehearsal and the locks was not rehearsed: it is refused',
  inShop(async (connection) => {
    const other = await server.adminOf(connection);
    await connection.script('BEGIN');
    const act = async () => {
      await other.script('ALTER TABLE cats ALTER claws SET DEFAULT 9');
      await connection.script('DROP TABLE cats');
    };
    await expect(beforeSchema(connection, act)).rejects.toMatchObject({
      code: 'NOT_UNDOABLE',
      message: '`default public.cats.claws` was changed by another session meanwhile',
    });
    await connection.script('ROLLBACK');
    await other.close();
  }),
);

test(
  'nobody writes a row between the copy and the act, and readers are not kept out',
  inShop(async (connection) => {
    const other = await server.adminOf(connection);
    await connection.script('BEGIN');
    await beforeSchema(connection, () => connection.script('TRUNCATE billing.audit'));
    await other.script(`SET lock_timeout = '50ms'`);
    await expect(other.query(`INSERT INTO billing.audit VALUES (1, 'late')`)).rejects.toMatchObject({
      sqlState: '55P03',
    });
    expect((await other.query('SELECT count(*) FROM billing.audit')).rows).toEqual([['120']]);
    await connection.script('ROLLBACK');
    await other.close();
  }),
);

test(
  'an act that fails gives its own error, and the transaction goes on',
  inShop(async (connection) => {
    await connection.script('BEGIN');
    await expect(beforeSchema(connection, () => connection.script('DROP TABLE nowhere'))).rejects.toMatchObject({
      sqlState: '42P01',
    });
    expect((await connection.query('SELECT 1')).rows).toEqual([['1']]);
    await connection.script('ROLLBACK');
  }),
);

test(
  'an object of that name exists now: nothing is changed, unless the side `before` wins',
  inShop(async (connection) => {
    const before = await stateOf(connection);
    const { snapshot } = await keepAndAct(connection, 'DROP TABLE cats');
    await connection.script(`CREATE TABLE cats (other text); INSERT INTO cats VALUES ('new')`);
    const now = await stateOf(connection);
    const conflict = expect.objectContaining({
      key: 'table public.cats',
      because: 'an object of that name exists now',
    });
    expect(await schemaUndo.check(snapshot.reader(), connection)).toMatchObject({
      tables: [{ table: 'cats', inserted: 1 }],
      conflicts: expect.arrayContaining([conflict]),
    });
    for (const side of [undefined, 'current'] as const)
      expect(await schemaUndo.undo(snapshot.reader(), connection, side)).toMatchObject({
        kind: 'conflict',
        conflicts: expect.arrayContaining([conflict]),
      });
    expect(differences(now, await stateOf(connection))).toEqual([]);
    expect(await schemaUndo.undo(snapshot.reader(), connection, 'before')).toMatchObject({ kind: 'undone' });
    expect(differences(before, await stateOf(connection))).toEqual([]);
  }),
);

test(
  'rows that were inserted since a TRUNCATE stay, unless a key is taken: then the side decides',
  inShop(async (connection) => {
    const count = async () => (await connection.query('SELECT count(*), min(name) FROM animals WHERE id < 3')).rows;
    await connection.script('ALTER TABLE cats NO INHERIT animals');
    const { snapshot } = await keepAndAct(connection, 'TRUNCATE animals');
    await connection.script(`INSERT INTO animals VALUES (2, 'since'), (1, 'taken')`);
    expect(await schemaUndo.undo(snapshot.reader(), connection)).toEqual({
      kind: 'conflict',
      conflictCount: 1,
      conflicts: [
        { table: 'animals', key: 'id = 1', because: 'a row with the same key was inserted since', fields: [] },
      ],
    });
    expect(await count()).toEqual([['2', 'since']]);
    expect(await schemaUndo.undo(snapshot.reader(), connection, 'current')).toMatchObject({
      tables: [{ inserted: 0, updated: 0 }],
    });
    expect(await count()).toEqual([['2', 'since']]);
    expect(await schemaUndo.undo(snapshot.reader(), connection, 'before')).toMatchObject({
      tables: [{ inserted: 0, updated: 1 }],
    });
    expect(await count()).toEqual([['2', 'a']]);
  }),
);

test(
  'a table that must be made anew and whose rows were changed since is a conflict',
  inShop(async (connection) => {
    const { snapshot } = await keepAndAct(connection, 'ALTER TABLE cats DROP COLUMN claws');
    await connection.script(`INSERT INTO cats VALUES (3, 'since')`);
    expect(await schemaUndo.undo(snapshot.reader(), connection)).toMatchObject({
      kind: 'conflict',
      conflicts: [{ table: 'public.cats', because: 'its rows were changed since, and it must be made anew' }],
    });
    expect(await schemaUndo.undo(snapshot.reader(), connection, 'before')).toMatchObject({ kind: 'undone' });
    expect((await connection.query('SELECT id, name, claws FROM cats')).rows).toEqual([['2', 'c', '3']]);
  }),
);

test(
  'an undo after which any definition differs from the one before the act is rolled back',
  inShop(async (connection) => {
    const { snapshot } = await keepAndAct(connection, 'ALTER TABLE cats DROP COLUMN claws');
    await connection.script('CREATE VIEW later AS SELECT id FROM cats');
    const now = await stateOf(connection);
    await expect(schemaUndo.undo(snapshot.reader(), connection)).rejects.toMatchObject({
      code: 'UNDO_FAILED',
      message: 'the undo would take `view public.later` along, which was made or changed after the act',
    });
    expect(differences(now, await stateOf(connection))).toEqual([]);
  }),
);

test(
  'a sequence that was restarted is set back, and one that has gone on further stays',
  inShop(async (connection) => {
    const { snapshot } = await keepAndAct(connection, 'ALTER SEQUENCE tickets RESTART');
    await connection.script(`SELECT nextval('tickets') FROM generate_series(1, 9)`);
    const other = await keepAndAct(connection, 'ALTER SEQUENCE orders_id_seq RESTART');
    await schemaUndo.undo(snapshot.reader(), connection);
    await schemaUndo.undo(other.snapshot.reader(), connection);
    expect((await connection.query(`SELECT nextval('tickets'), nextval('orders_id_seq')`)).rows).toEqual([
      ['34', '121'],
    ]);
  }),
);

test(
  'checking changes nothing, sequences included, and a damaged plan is refused',
  inShop(async (connection) => {
    const { snapshot } = await keepAndAct(connection, 'TRUNCATE orders RESTART IDENTITY');
    const now = await stateOf(connection);
    expect(await schemaUndo.check(snapshot.reader(), connection)).toEqual({
      tables: [{ table: 'orders', inserted: 120, updated: 0, deleted: 0 }],
      conflicts: [],
      conflictCount: 0,
    });
    expect(differences(now, await stateOf(connection))).toEqual([]);
    const damaged = {
      ...snapshot.reader(),
      part: async function* () {
        yield Buffer.from('{"steps":1}');
      },
    };
    await expect(schemaUndo.undo(damaged, connection)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' });
  }),
);

test(
  "a large object in the database is in nobody's way, and taking one away is not undoable",
  inShop(async (connection) => {
    const { rows } = await connection.query("SELECT lo_from_bytea(0, 'x')");
    expect((await answerTo(connection, 'ALTER TABLE customers ADD COLUMN more int')).answer).toBe('yes');
    expect((await answerTo(connection, `DO 'BEGIN PERFORM lo_unlink(${rows[0]?.[0]}); END'`)).answer).toBe('no');
  }),
);
