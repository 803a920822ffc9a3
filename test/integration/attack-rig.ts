/** A guarded shop in which every corner of PostgreSQL that can run code hides a deletion, and how an attack is judged. */
import { Client, type QueryResult } from 'pg';
import { expect } from 'vitest';
import type { Hold } from '#action/hold';
import { type AgentClient, type GuardedOptions, type GuardedRig, startGuarded } from './guarded-rig.js';

/** Made by the owner, long before the agent came. Each way to `wipe` deletes all orders with the owner's rights. */
const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, visits int NOT NULL DEFAULT 0);
  CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers ON DELETE CASCADE, total numeric);
  CREATE TABLE audit (what text);
  CREATE TABLE staging (id int, customer int, total numeric);
  INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 20) n;
  INSERT INTO orders (customer, total) SELECT 1 + n % 20, n FROM generate_series(1, 60) n;
  INSERT INTO audit VALUES ('opened');

  CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN DELETE FROM orders; RETURN 1; END $$;
  CREATE FUNCTION wipe_stable() RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN wipe(); END $$;
  CREATE FUNCTION wipe_immutable(int) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS
    $$ BEGIN RETURN $1 + 0 * wipe(); END $$;
  CREATE FUNCTION wipe_ok(int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN wipe() = 1; END $$;
  CREATE FUNCTION wipe_two(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS
    $$ BEGIN RETURN wipe() = 1; END $$;
  CREATE FUNCTION wipe_rows() RETURNS SETOF int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN NEXT wipe(); END $$;
  CREATE FUNCTION wipe_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN PERFORM wipe(); RETURN NEW; END $$;
  CREATE FUNCTION wipe_cautiously() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN BEGIN DELETE FROM orders; EXCEPTION WHEN OTHERS THEN RETURN 0; END; RETURN 1; END $$;
  CREATE FUNCTION wipe_by_text(text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE $1; END $$;
  CREATE PROCEDURE wipe_and_commit() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM orders; COMMIT; END $$;
  CREATE FUNCTION plain(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN $1 + 1; END $$;

  CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = wipe_two);
  CREATE TYPE sly AS (n int);
  CREATE FUNCTION sly_int(sly) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN wipe(); END $$;
  CREATE CAST (sly AS int) WITH FUNCTION sly_int(sly) AS IMPLICIT;
  CREATE DOMAIN sly_domain AS int CHECK (wipe_ok(VALUE));
  CREATE FUNCTION sly_step(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN $1 + wipe(); END $$;
  CREATE AGGREGATE sly_sum(int) (SFUNC = sly_step, STYPE = int, INITCOND = '0');
  CREATE FUNCTION nick(customers) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN wipe(); END $$;
  CREATE VIEW sly_view AS SELECT wipe() AS n;
  CREATE VIEW sly_settings AS SELECT set_config('transaction_read_only', 'off', true) AS a,
    set_config('default_transaction_read_only', 'off', false) AS b, wipe() AS n;
  CREATE VIEW sly_cautious AS SELECT wipe_cautiously() AS n;
  CREATE VIEW ruled AS SELECT id FROM customers;
  CREATE RULE ruled_insert AS ON INSERT TO ruled DO INSTEAD DELETE FROM orders;
  CREATE VIEW triggered AS SELECT id FROM customers;
  CREATE TRIGGER sly INSTEAD OF UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION wipe_trigger();
  CREATE TABLE defaulted (id int, n int DEFAULT wipe());
  CREATE TABLE checked (id int CHECK (wipe_ok(id)));
  CREATE TABLE indexed (id int);
  CREATE INDEX ON indexed (wipe_immutable(id));
  CREATE TABLE deferring (id int);
  CREATE CONSTRAINT TRIGGER sly AFTER INSERT ON deferring DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wipe_trigger();
  CREATE TABLE secured (id int);
  INSERT INTO secured VALUES (1);
  ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
  CREATE POLICY sly ON secured USING (wipe_ok(id));

  CREATE FUNCTION hidden_truncate() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN TRUNCATE audit; END $$;
  CREATE FUNCTION hidden_drop() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DROP TABLE audit; END $$;
  CREATE FUNCTION hidden_grant() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN GRANT TRUNCATE ON orders TO PUBLIC; RETURN 1; END $$;
  CREATE VIEW granting AS SELECT hidden_grant() AS n;
  CREATE FUNCTION hidden_setval() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT setval('orders_id_seq', 1) $$;
  CREATE FUNCTION make_object() RETURNS oid LANGUAGE sql AS $$ SELECT lo_create(0) $$;

  CREATE SCHEMA evil;
  GRANT USAGE ON SCHEMA evil TO PUBLIC;
  CREATE FUNCTION evil.lies(oid, oid) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE FUNCTION evil.lies(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE FUNCTION evil.lies(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE FUNCTION evil.lies(int, int) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE FUNCTION evil.lies("char", "char") RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE FUNCTION evil.lies(name, name) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
  CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.lies);
  CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.lies);
  CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.lies);
  CREATE OPERATOR evil.> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.lies);
  CREATE OPERATOR evil.> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.lies);
  CREATE OPERATOR evil.= ("leftarg" = "char", RIGHTARG = "char", FUNCTION = evil.lies);
  CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.lies);
  CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN DELETE FROM public.orders; RETURN $1; END $$;
  CREATE FUNCTION evil.pg_stat_get_xact_tuples_deleted(oid) RETURNS bigint LANGUAGE sql AS $$ SELECT 0::bigint $$;
  CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
`;

/** The rows as they were, so that tests do not depend on each other. */
const SPARE = ['customers', 'orders', 'audit', 'staging', 'defaulted', 'checked', 'indexed', 'deferring', 'secured'];

/** Everything that a statement could leave behind, but for numbers of sequences: a trial burns them, and says so. */
const FINGERPRINT = `SELECT md5(string_agg(x, E'\\n' ORDER BY x)) FROM (
  SELECT c.relname || ' ' || (xpath('/row/m/text()', query_to_xml(format(
      'SELECT md5(string_agg(t::text, '','' ORDER BY t::text)) AS m FROM ONLY %I.%I t', n.nspname, c.relname), true, true, '')))[1]::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'spare')
  UNION ALL SELECT format('%s', row(c.oid, relname, relkind, relacl, relowner, relhastriggers, relrowsecurity, reloptions))
    FROM pg_class c WHERE relpersistence <> 't' AND relnamespace::regnamespace::text !~ '^pg_|^information_schema'
  UNION ALL SELECT format('%s', row(oid, proname, prosrc, proacl, proconfig, proowner)) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT format('%s', row(nspname, nspacl)) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast_temp)'
  UNION ALL SELECT format('%s', row(oid, attname, attacl)) FROM pg_attribute JOIN pg_class ON oid = attrelid
    WHERE relpersistence <> 't' AND attacl IS NOT NULL
  UNION ALL SELECT a::text FROM pg_authid a UNION ALL SELECT m::text FROM pg_auth_members m
  UNION ALL SELECT s::text FROM pg_db_role_setting s UNION ALL SELECT datname FROM pg_database
  UNION ALL SELECT 'large ' || oid FROM pg_largeobject_metadata UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
  UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts UNION ALL SELECT e.extname FROM pg_extension e
  UNION ALL SELECT name || setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf') AS all_of_it (x)`;

export interface Attacked {
  /** `held`: nothing was changed while it waited; it was rejected then. */
  readonly how: 'held' | 'refused' | 'done';
  readonly hold?: Hold;
  /** What the agent was told. */
  readonly error?: { readonly code: string | undefined; readonly message: string };
  readonly result?: QueryResult;
}

export interface AttackRig extends GuardedRig {
  /** Of everything that lasts, past the door. */
  fingerprint(): Promise<string>;
  /** As superuser, past the door: what the test needs of the server. */
  admin(sql: string): Promise<QueryResult>;
  /** Rows as they were. */
  reset(): Promise<void>;
  /** What the agent does, nobody approving: what waits is rejected, and nothing may have changed. */
  attack(work: (client: AgentClient) => Promise<unknown>, client?: AgentClient): Promise<Attacked>;
  /** The same with somebody who approves everything; something must have changed then. */
  approved(work: (client: AgentClient) => Promise<unknown>): Promise<{ readonly holds: number }>;
}

export async function startAttacked(options: Partial<GuardedOptions> = {}): Promise<AttackRig> {
  const rig = await startGuarded({ ...options, schema: `${SHOP}${options.schema ?? ''}` });
  const superuser = new Client({ connectionString: rig.server.connectionString('orders') });
  superuser.on('error', () => {}); // The server stops first.
  await superuser.connect();
  const admin = (sql: string) => superuser.query(sql);
  await admin(
    `CREATE SCHEMA spare; ${SPARE.map((name) => `CREATE TABLE spare.${name} AS TABLE public.${name}`).join(';')}`,
  );
  const fingerprint = async () => {
    const { rows } = await superuser.query({ text: FINGERPRINT, rowMode: 'array' });
    return String(rows[0]?.[0]);
  };
  const more = {
    admin,
    fingerprint,
    async reset() {
      await admin(`SET session_replication_role = replica;
        ${SPARE.map((name) => `DELETE FROM public.${name}; INSERT INTO public.${name} SELECT * FROM spare.${name}`).join(';')};
        RESET session_replication_role`);
    },
    async attack(work: (client: AgentClient) => Promise<unknown>, given?: AgentClient): Promise<Attacked> {
      const client = given ?? (await rig.client());
      const before = await fingerprint();
      let over = false;
      const running = work(client).then(
        (result): Attacked => ({ how: 'done', result: result as QueryResult }), // What its tests look at.
        (error: { code?: string; message: string }): Attacked => ({
          how: 'refused',
          error: { code: error.code, message: error.message },
        }),
      );
      void running.finally(() => {
        over = true;
      });
      let hold: Hold | undefined;
      while (!over) {
        const [waiting] = await rig.desk.list();
        if (waiting === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 3));
          continue;
        }
        hold ??= waiting;
        expect(await fingerprint(), 'nothing lasts while it waits').toBe(before);
        expect(await locksOf(admin), 'no lock is kept while it waits').toBe(0);
        await rig.desk.reject(waiting.id, 'dana', 'no').catch(() => undefined); // It may have been withdrawn meanwhile.
      }
      const ended = await running;
      expect(await fingerprint(), 'nothing was changed without an approval').toBe(before);
      if (given === undefined) {
        // A new statement on the same connection, or on a new one when this one ended, is served.
        const next = await client.query('rollback').then(
          () => client,
          () => rig.client(),
        );
        expect((await next.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 60 }]);
        await client.end().catch(() => undefined);
        if (next !== client) await next.end();
      }
      return hold === undefined ? ended : { ...ended, how: 'held', hold };
    },
    async approved(work: (client: AgentClient) => Promise<unknown>) {
      const client = await rig.client();
      const before = await fingerprint();
      let over = false;
      const running = work(client).finally(() => {
        over = true;
      });
      running.catch(() => undefined);
      const seen = new Set<string>();
      while (!over) {
        const [waiting] = await rig.desk.list();
        if (waiting !== undefined && !seen.has(waiting.id)) {
          seen.add(waiting.id);
          await rig.approve(waiting);
        } else await new Promise((resolve) => setTimeout(resolve, 3));
      }
      await running;
      await client.end();
      expect(await fingerprint(), 'approved, it does change something').not.toBe(before);
      return { holds: seen.size };
    },
    async stop() {
      await superuser.end().catch(() => undefined);
      await rig.stop();
    },
  };
  return Object.assign(Object.create(rig), more);
}

/** Locks on tables of the shop that an agent's connection keeps; those of reading are no matter. */
async function locksOf(admin: AttackRig['admin']): Promise<number> {
  const { rows } = await admin(`SELECT count(*)::int AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE a.usename ~ '^fb_' AND (a.state ~ 'in transaction' OR l.mode ~ 'Exclusive') AND l.locktype IN ('relation', 'transactionid')`);
  return Number(rows[0]?.n);
}
