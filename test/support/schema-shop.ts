/** A shop with one of nearly everything. */
export const SHOP = `
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
