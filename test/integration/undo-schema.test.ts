import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaUndo } from '../../src/protect/postgres/schema/undo.js';
import { differences, keepAndAct, type SchemaServer, startSchemaServer, stateOf } from '../support/schema-undo-rig.js';

/** A shop with one of nearly everything. */
const SHOP = `
  CREATE SCHEMA billing; COMMENT ON SCHEMA billing IS 'it''s \\ money';
  CREATE TYPE mood AS ENUM ('calm', 'it''s', 'wild'); CREATE TYPE billing.point AS (x int, "Y y" text);
  CREATE DOMAIN positive AS int DEFAULT 1 CONSTRAINT is_positive CHECK (VALUE > 0); COMMENT ON CONSTRAINT is_positive ON DOMAIN positive IS 'pos';
  CREATE SEQUENCE tickets START 7 INCREMENT 3; SELECT nextval('tickets');
  CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
  CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', "Odd ""col""" mood,
    parts int[][], at billing.point, raw bytea, n positive, doubled int GENERATED ALWAYS AS (twice(n)) STORED, t timestamptz, f float8,
    CONSTRAINT named CHECK (length(name) < 100) NOT VALID) WITH (fillfactor = 80, autovacuum_enabled = false);
  CREATE TABLE orders (id serial PRIMARY KEY WITH (fillfactor = 70), customer int REFERENCES customers ON DELETE CASCADE DEFERRABLE, parent int REFERENCES orders, note varchar(20),
    UNIQUE (customer, note) DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE billing.audit (id bigserial, what text); CREATE INDEX audit_what ON billing.audit (lower(what)) WHERE what <> '';
  CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO billing.audit (what) VALUES (TG_OP); RETURN NULL; END $$;
  CREATE TRIGGER audited AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION audit(); ALTER TABLE orders ENABLE ALWAYS TRIGGER audited;
  CREATE VIEW big AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer; CREATE VIEW bigger AS SELECT * FROM big;
  CREATE MATERIALIZED VIEW counted AS SELECT customer, count(*) AS n FROM orders GROUP BY 1; CREATE UNIQUE INDEX counted_by ON counted (customer);
  CREATE RULE quiet AS ON DELETE TO billing.audit DO INSTEAD NOTHING;
  ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY;
  CREATE POLICY mine ON customers FOR SELECT TO reader, "Odd ""Role""" USING (name = current_user);
  CREATE POLICY all_of ON customers AS PERMISSIVE USING (true) WITH CHECK (true);
  CREATE STATISTICS both_of ON customer, parent FROM orders; ALTER TABLE orders REPLICA IDENTITY FULL; ALTER TABLE orders ALTER note SET STATISTICS 77;
  GRANT SELECT ON orders TO reader; GRANT UPDATE (note) ON orders TO "Odd ""Role""" WITH GRANT OPTION; GRANT USAGE ON SCHEMA billing TO reader; REVOKE EXECUTE ON FUNCTION twice FROM PUBLIC;
  COMMENT ON TABLE orders IS 'what was ordered'; COMMENT ON COLUMN orders.note IS 'note'; COMMENT ON INDEX billing.audit_what IS 'ix'; COMMENT ON TRIGGER audited ON orders IS 'tr';
  CREATE TABLE events (at date NOT NULL, id int, v text, PRIMARY KEY (at, id), CHECK (v <> 'no')) PARTITION BY RANGE (at);
  CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); CREATE TABLE events_b PARTITION OF events DEFAULT PARTITION BY LIST (id);
  CREATE TABLE events_b1 PARTITION OF events_b FOR VALUES IN (1, 2); CREATE INDEX by_v ON events (v); CREATE INDEX only_a ON events_a (id);
  CREATE TABLE animals (id int PRIMARY KEY, name text CHECK (name <> '')); CREATE TABLE cats (claws int DEFAULT 4) INHERITS (animals);
  INSERT INTO customers (name, "Odd ""col""", parts, at, raw, n, t, f) SELECT 'c' || i, 'it''s'::mood, '{{1,2},{3,NULL}}'::int[], ROW(i, 'a,"b' || E'\\t\\\\N')::billing.point, '\\x00ff5c'::bytea, i, '2026-03-29 02:30+01'::timestamptz, 0.1 + i FROM generate_series(1, 50) i;
  INSERT INTO customers (name) VALUES (E'tab\\tnew\\nline\\\\'), ('\\N'), (''); UPDATE customers SET "Odd ""col""" = NULL WHERE id % 3 = 0;
  INSERT INTO orders (customer, note) SELECT 1 + i % 50, 'n' || i FROM generate_series(1, 120) i; UPDATE orders SET parent = 121 - id;
  INSERT INTO events SELECT date '2026-01-01' + i, 1 + i % 2, 'v' FROM generate_series(0, 60) i; INSERT INTO animals VALUES (1, 'a'); INSERT INTO cats VALUES (2, 'c', 3);
  REFRESH MATERIALIZED VIEW counted;`;

/** Each is kept, done and undone: all definitions and rows must be as before. */
const EXACT: readonly (readonly [name: string, act: string])[] = [
  ['TRUNCATE', 'TRUNCATE billing.audit'],
  ['TRUNCATE of a table with row security', 'TRUNCATE customers CASCADE'],
  ['TRUNCATE with RESTART IDENTITY and CASCADE', 'TRUNCATE customers, events RESTART IDENTITY CASCADE'],
  ['TRUNCATE and other rows', `TRUNCATE billing.audit; INSERT INTO billing.audit VALUES (0, 'other')`],
  ['DROP TABLE', 'DROP TABLE billing.audit'],
  ['DROP TABLE with views and foreign keys on it', 'DROP TABLE customers CASCADE'],
  ['DROP TABLE hidden in DO', `DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders CASCADE'; END $$`],
  ['DROP TABLE of a partitioned table', 'DROP TABLE events'],
  ['DROP TABLE of a partition', 'DROP TABLE events_a'],
  ['DROP TABLE of a parent', 'DROP TABLE animals CASCADE'],
  ['DROP TABLE of a child', 'DROP TABLE cats'],
  ['DETACH PARTITION', 'ALTER TABLE events DETACH PARTITION events_a'],
  ['DROP VIEW', 'DROP VIEW big CASCADE'],
  ['CREATE OR REPLACE VIEW', 'CREATE OR REPLACE VIEW bigger AS SELECT id, name, 1 AS one FROM big'],
  ['DROP MATERIALIZED VIEW', 'DROP MATERIALIZED VIEW counted'],
  ['DROP FUNCTION', 'DROP FUNCTION audit() CASCADE'],
  ['DROP FUNCTION that a column is made with', 'DROP FUNCTION twice CASCADE'],
  [
    'CREATE OR REPLACE FUNCTION',
    `CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 3'`,
  ],
  ['DROP TYPE of a column', 'DROP TYPE mood CASCADE'],
  ['DROP TYPE, composite', 'DROP TYPE billing.point CASCADE'],
  ['DROP DOMAIN', 'DROP DOMAIN positive CASCADE'],
  ['DROP SEQUENCE', 'DROP SEQUENCE tickets'],
  ['DROP SEQUENCE of a serial column', 'DROP SEQUENCE orders_id_seq CASCADE'],
  ['DROP INDEX', 'DROP INDEX billing.audit_what'],
  ['DROP INDEX of a partitioned table', 'DROP INDEX by_v'],
  ['DROP TRIGGER', 'DROP TRIGGER audited ON orders'],
  [
    'DROP POLICY',
    'DROP POLICY mine ON customers; ALTER TABLE customers NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY',
  ],
  ['DROP RULE', 'DROP RULE quiet ON billing.audit'],
  ['DROP STATISTICS', 'DROP STATISTICS both_of'],
  ['DROP SCHEMA', 'DROP SCHEMA billing CASCADE'],
  ['DROP of everything', 'DROP SCHEMA public CASCADE; DROP SCHEMA billing CASCADE'],
  ['DROP OWNED', 'DROP OWNED BY CURRENT_USER'],
  ['DROP COLUMN', 'ALTER TABLE customers DROP COLUMN name CASCADE'],
  ['DROP COLUMN of a partitioned table', 'ALTER TABLE events DROP COLUMN v'],
  ['DROP COLUMN of a parent', 'ALTER TABLE animals DROP COLUMN name'],
  ['ALTER COLUMN TYPE', `ALTER TABLE orders ALTER note TYPE int USING id`],
  ['ALTER COLUMN TYPE that keeps the values', 'ALTER TABLE orders ALTER note TYPE varchar(300)'],
  ['DROP CONSTRAINT', 'ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE, DROP CONSTRAINT named'],
  ['DROP CONSTRAINT of a domain', 'ALTER DOMAIN positive DROP CONSTRAINT is_positive'],
  ['ALTER DOMAIN', 'ALTER DOMAIN positive DROP DEFAULT'],
  [
    'DROP NOT NULL and DEFAULT',
    'ALTER TABLE customers ALTER name DROP NOT NULL, ALTER name DROP DEFAULT, ALTER id DROP IDENTITY',
  ],
  [
    'SET NOT NULL and DEFAULT',
    'ALTER TABLE orders ALTER customer SET NOT NULL, ALTER note SET DEFAULT 1, ALTER note SET STORAGE PLAIN',
  ],
  ['RENAME of a table', 'ALTER TABLE orders RENAME TO sales'],
  ['RENAME of a column', 'ALTER TABLE orders RENAME customer TO buyer'],
  [
    'RENAME of two tables into each other',
    'ALTER TABLE orders RENAME TO x; ALTER TABLE customers RENAME TO orders; ALTER TABLE x RENAME TO customers',
  ],
  ['RENAME and a new table in its place', 'ALTER TABLE orders RENAME TO orders_old; CREATE TABLE orders (id int)'],
  [
    'RENAME of a schema, type, function, constraint, index',
    `ALTER SCHEMA billing RENAME TO "Bill ing"; ALTER TYPE mood RENAME TO moods; ALTER FUNCTION twice RENAME TO thrice;
    ALTER TABLE customers RENAME CONSTRAINT named TO n2; ALTER INDEX by_v RENAME TO by_w; ALTER TRIGGER audited ON orders RENAME TO a2`,
  ],
  ['SET SCHEMA', 'ALTER TABLE orders SET SCHEMA billing; ALTER FUNCTION twice SET SCHEMA billing'],
  ['RENAME VALUE of an enum', `ALTER TYPE mood RENAME VALUE 'calm' TO 'still'`],
  ['ALTER SEQUENCE', 'ALTER SEQUENCE tickets INCREMENT 5 RESTART WITH 1000'],
  [
    'GRANT and REVOKE',
    'GRANT ALL ON customers TO PUBLIC; REVOKE ALL ON orders FROM reader; REVOKE UPDATE (note) ON orders FROM "Odd ""Role"""; GRANT EXECUTE ON FUNCTION twice TO PUBLIC',
  ],
  ['COMMENT', `COMMENT ON TABLE orders IS NULL; COMMENT ON TABLE customers IS 'x'; COMMENT ON SCHEMA billing IS 'y'`],
  [
    'storage settings',
    'ALTER TABLE customers RESET (fillfactor); ALTER TABLE orders SET (fillfactor = 50), REPLICA IDENTITY DEFAULT, SET UNLOGGED',
  ],
  ['DISABLE TRIGGER', 'ALTER TABLE orders DISABLE TRIGGER USER'],
  [
    'CREATE TABLE and others',
    `CREATE TABLE new (id serial PRIMARY KEY, o int REFERENCES orders); CREATE VIEW new_view AS SELECT * FROM new; CREATE INDEX new_index ON orders (note);
    ALTER TABLE orders ADD COLUMN extra text DEFAULT 'x', ADD CONSTRAINT short CHECK (length(note) < 50); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA s; CREATE TYPE s.e AS ENUM ('a')`,
  ],
  [
    'ADD COLUMN GENERATED AS IDENTITY',
    'ALTER TABLE events_a ADD CHECK (id > 0); ALTER TABLE billing.audit ADD COLUMN k int GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  ],
];

describe.each(['system', 'embedded'] as const)('on PostgreSQL (%s)', (programs) => {
  let server: SchemaServer;
  beforeAll(async () => {
    server = await startSchemaServer(programs);
    await server.template('shop', SHOP);
  });
  afterAll(() => server.stop());

  test.each(EXACT)('%s is undone exactly', (_name, act) =>
    server.database('shop', async (connection) => {
      const before = await stateOf(connection);
      const { undoable, snapshot } = await keepAndAct(connection, act);
      expect(undoable).toEqual({ answer: 'yes', because: [] });
      expect(differences(before, await stateOf(connection))).not.toEqual([]);
      const outcome = await schemaUndo.undo(snapshot.reader(), connection);
      expect(outcome).toMatchObject({ kind: 'undone', left: [] });
      expect(differences(before, await stateOf(connection))).toEqual([]);
    }),
  );
});
