import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, jsonb, pgTable, serial, text } from 'drizzle-orm/pg-core';
import knex from 'knex';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GuardedRig, startGuarded } from './guarded-rig.js';

// A normal day's work of real clients on a protected database: nothing waits for anybody, until something is deleted.

let rig: GuardedRig;
const atEnd: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  rig = await startGuarded({
    schema: `
      CREATE TYPE mood AS ENUM ('glad', 'sad');
      CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[] NOT NULL DEFAULT '{}', extra jsonb,
        mood mood, at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE visits (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person int NOT NULL REFERENCES people ON DELETE CASCADE, place text);
      CREATE TABLE readings (n int PRIMARY KEY, filler text);
      CREATE VIEW names AS SELECT name FROM people;
      CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch int, migration_time timestamptz);
      CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked int);
      INSERT INTO knex_migrations_lock (is_locked) VALUES (0);
      INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('1_people.js', 1, now());
      INSERT INTO people (name, tags, extra, mood) SELECT 'person ' || n, ARRAY['a', 'b'], '{"n": 1}', 'glad' FROM generate_series(1, 50) n;
      INSERT INTO visits (person, place) SELECT 1 + n % 50, 'place ' || n FROM generate_series(1, 100) n;
      INSERT INTO readings SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
    `,
  });
}, 60_000);

afterEach(async () => {
  for (const end of atEnd.splice(0)) await end();
  expect(rig.reports).toEqual([]);
});

afterAll(() => rig.stop());

/** Runs, and fails at once when something is held. */
async function unheld<T>(work: () => Promise<T>): Promise<T> {
  const before = rig.recorder.of('held').length;
  const controller = new AbortController();
  const held = (async () => {
    while (!controller.signal.aborted) {
      if (rig.recorder.of('held').length > before) {
        const [hold] = await rig.desk.list();
        throw new Error(`held: ${hold?.effects.map(({ explain }) => explain).join('; ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return new Promise<never>(() => {});
  })();
  try {
    return await Promise.race([work(), held]);
  } finally {
    controller.abort();
  }
}

/** Deletes one person with a hold and an approval. */
async function approved<T>(work: Promise<T>): Promise<T> {
  const hold = await rig.nextHold(work);
  await rig.approve(hold);
  return work;
}

const INTROSPECTION = [
  `SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  `SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_name = 'people'`,
  `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.pg_get_expr(d.adbin, d.adrelid)
     FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
     WHERE a.attrelid = 'people'::regclass AND a.attnum > 0`,
  `SELECT conname, pg_catalog.pg_get_constraintdef(oid, true) FROM pg_catalog.pg_constraint WHERE conrelid = 'visits'::regclass`,
  `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'`,
  `SELECT t.typname, e.enumlabel FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid`,
  `SELECT obj_description('people'::regclass), pg_relation_size('people'), pg_size_pretty(pg_total_relation_size('people'))`,
  `SELECT version(), current_database(), current_schema(), current_setting('server_version_num')::int`,
  `SELECT proname, pg_get_function_identity_arguments(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  `SHOW server_version`,
  `EXPLAIN SELECT * FROM people WHERE name = 'x'`,
];

test('node-postgres: a day of reads and writes is not held, a deletion waits', async () => {
  const client = await rig.client();
  await unheld(async () => {
    for (const text of INTROSPECTION) expect((await client.query(text)).rows).toBeDefined();
    const { rows } = await client.query('INSERT INTO people (name, tags, extra) VALUES ($1, $2, $3) RETURNING *', [
      'pg one',
      ['x', 'y,z', '"q"'],
      { deep: [1, null, 'ü'] },
    ]);
    expect(rows).toMatchObject([{ name: 'pg one', tags: ['x', 'y,z', '"q"'], extra: { deep: [1, null, 'ü'] } }]);
    expect(rows[0]?.at).toBeInstanceOf(Date);
    expect(
      (await client.query('UPDATE people SET mood = $2 WHERE name = $1 RETURNING mood', ['pg one', 'sad'])).rows,
    ).toEqual([{ mood: 'sad' }]);
    const named = { name: 'by-name', text: 'SELECT id FROM people WHERE name = ANY($1)' };
    for (const names of [['person 1'], ['person 2', 'person 3'], []]) {
      expect((await client.query({ ...named, values: [names] })).rows).toHaveLength(names.length);
    }
    await client.query('BEGIN');
    await client.query('INSERT INTO visits (person, place) VALUES (1, $1)', ['kept']);
    await client.query('SAVEPOINT s');
    await expect(client.query('INSERT INTO visits (person, place) VALUES (0, $1)', ['bad'])).rejects.toMatchObject({
      code: '23503',
      constraint: 'visits_person_fkey',
    });
    await client.query('ROLLBACK TO SAVEPOINT s');
    await client.query('INSERT INTO visits (person, place) VALUES (2, $1)', ['kept']);
    await client.query('RELEASE s');
    await client.query('COMMIT');
    expect((await client.query("SELECT count(*)::int AS n FROM visits WHERE place = 'kept'")).rows).toEqual([{ n: 2 }]);
    await client.query('BEGIN');
    await client.query("INSERT INTO visits (person, place) VALUES (1, 'gone')");
    await client.query('ROLLBACK');
    expect((await client.query("SELECT 1 FROM visits WHERE place = 'gone'")).rows).toEqual([]);
    await expect(client.query("INSERT INTO people (name) VALUES ('pg one')")).rejects.toMatchObject({ code: '23505' });
    const many = await client.query('SELECT * FROM readings ORDER BY n');
    expect(many.rows).toHaveLength(20_000);
    expect(many.rows.at(-1)?.n).toBe(20_000);
    const binary = await client.query({
      text: 'SELECT $1::int AS n, $2::bytea AS b',
      values: [7, Buffer.from([0, 255])],
    });
    expect(binary.rows).toEqual([{ n: 7, b: Buffer.from([0, 255]) }]);
  });
  expect((await approved(client.query('DELETE FROM people WHERE name = $1', ['pg one']))).rowCount).toBe(1);
});

test('postgres.js: pipelines, transactions, arrays, JSON and cursors work without a hold, a deletion waits', async () => {
  const db = postgres(rig.connectionString(), { max: 3, onnotice: () => {}, idle_timeout: 5 });
  atEnd.push(() => db.end({ timeout: 1 }));
  await unheld(async () => {
    for (const text of INTROSPECTION) expect(await db.unsafe(text)).toBeDefined();
    const [one] =
      await db`INSERT INTO people ${db({ name: 'js one', tags: ['p', 'q'], extra: db.json({ k: [1, 2] }) })} RETURNING *`;
    expect(one).toMatchObject({ name: 'js one', tags: ['p', 'q'], extra: { k: [1, 2] } });
    const rows = ['js two', 'js three'].map((name) => ({ name }));
    expect((await db`INSERT INTO people ${db(rows)} RETURNING id`).count).toBe(2);
    expect(await db`SELECT name FROM people WHERE name IN ${db(['js two', 'js three'])} ORDER BY name`).toEqual([
      { name: 'js three' },
      { name: 'js two' },
    ]);
    const counted = await db.begin(async (tx) => {
      await tx`INSERT INTO visits (person, place) VALUES (3, 'js')`;
      await tx
        .savepoint(async (inner) => {
          await inner`INSERT INTO visits (person, place) VALUES (4, 'js')`;
          throw new Error('only this part');
        })
        .catch(() => undefined);
      return tx`SELECT count(*)::int AS n FROM visits WHERE place = 'js'`;
    });
    expect(counted).toEqual([{ n: 1 }]);
    // All sent at once, answered in order.
    const answers = await db.begin((tx) => [1, 2, 3].map((n) => tx`SELECT ${n}::int AS n`));
    expect(answers.map(([row]) => row?.['n'])).toEqual([1, 2, 3]);
    let seen = 0;
    await db`SELECT n FROM readings ORDER BY n`.cursor(3_000, (part) => {
      seen += part.length;
    });
    expect(seen).toBe(20_000);
    let streamed = 0;
    for await (const part of db`SELECT n FROM readings`.cursor(7_000)) streamed += part.length;
    expect(streamed).toBe(20_000);
    const copy = await db`COPY (SELECT n FROM readings WHERE n < 4 ORDER BY n) TO STDOUT`.readable();
    let text = '';
    for await (const part of copy) text += part;
    expect(text).toBe('1\n2\n3\n');
    expect(await db`UPDATE people SET extra = extra || '{"seen": true}' WHERE name = 'js one' RETURNING extra`).toEqual(
      [{ extra: { k: [1, 2], seen: true } }],
    );
  });
  expect((await approved(db`DELETE FROM people WHERE name LIKE 'js %'`.execute())).count).toBe(3);
});

test('knex: builder, transactions, schema questions and the state of migrations work without a hold, a deletion waits', async () => {
  const db = knex({ client: 'pg', connection: rig.connectionString(), pool: { min: 0, max: 2 } });
  atEnd.push(() => db.destroy());
  await unheld(async () => {
    expect(await db.schema.hasTable('people')).toBe(true);
    expect(await db.schema.hasColumn('people', 'tags')).toBe(true);
    expect(Object.keys(await db('people').columnInfo())).toContain('extra');
    const [inserted] = await db('people')
      .insert({ name: 'knex one', tags: ['t'] })
      .returning(['id', 'name']);
    expect(inserted).toMatchObject({ name: 'knex one' });
    await db('people').insert({ name: 'knex one' }).onConflict('name').merge({ mood: 'glad' });
    expect(await db('people').where({ name: 'knex one' }).first('mood')).toEqual({ mood: 'glad' });
    expect(await db('people').where('name', 'knex one').update({ mood: 'sad' })).toBe(1);
    await db.transaction(async (tx) => {
      const person = await tx('people').where({ name: 'knex one' }).forUpdate().first('id');
      await tx('visits').insert({ person: person?.id, place: 'knex' });
      await tx.transaction((inner) => inner('visits').insert({ person: person?.id, place: 'knex' }));
    });
    expect(await db('visits').where({ place: 'knex' }).count({ n: '*' })).toEqual([{ n: '2' }]);
    const [done, open] = await db.migrate.list({ migrationSource: MIGRATIONS });
    expect([done.map(({ name }: { name: string }) => name), open]).toEqual([['1_people.js'], ['2_more.js']]);
    expect(await db.migrate.status({ migrationSource: MIGRATIONS })).toBe(-1);
    expect(await db('readings').select('n')).toHaveLength(20_000);
  });
  expect(
    await approved(
      db('people')
        .where({ name: 'knex one' })
        .delete()
        .then((count) => count),
    ),
  ).toBe(1);
});

const MIGRATIONS = {
  getMigrations: async () => ['1_people.js', '2_more.js'],
  getMigrationName: (name: string) => name,
  getMigration: async () => ({ up: async () => {}, down: async () => {} }),
};

const people = pgTable('people', {
  id: serial('id').primaryKey(),
  name: text('name').notNull(),
  tags: text('tags').array(),
  extra: jsonb('extra'),
});
const visits = pgTable('visits', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  person: integer('person').notNull(),
  place: text('place'),
});

test('drizzle: typed queries, relations and transactions work without a hold, a deletion waits', async () => {
  const db = drizzle(await rig.client(), { schema: { people, visits } });
  await unheld(async () => {
    const [one] = await db
      .insert(people)
      .values({ name: 'drizzle one', tags: ['d'], extra: { a: 1 } })
      .returning();
    expect(one).toMatchObject({ name: 'drizzle one', tags: ['d'], extra: { a: 1 } });
    await db.insert(people).values({ name: 'drizzle one' }).onConflictDoNothing();
    await db
      .update(people)
      .set({ extra: { a: 2 } })
      .where(eq(people.name, 'drizzle one'));
    expect(await db.query.people.findFirst({ where: eq(people.name, 'drizzle one') })).toMatchObject({
      extra: { a: 2 },
    });
    await db.transaction(async (tx) => {
      await tx.insert(visits).values({ person: one?.id ?? 0, place: 'drizzle' });
      await tx.transaction((inner) => inner.insert(visits).values({ person: one?.id ?? 0, place: 'drizzle' }));
    });
    const joined = await db
      .select({ name: people.name, n: sql<number>`count(*)::int` })
      .from(people)
      .innerJoin(visits, eq(visits.person, people.id))
      .where(eq(visits.place, 'drizzle'))
      .groupBy(people.name);
    expect(joined).toEqual([{ name: 'drizzle one', n: 2 }]);
    const prepared = db
      .select({ id: people.id })
      .from(people)
      .where(eq(people.name, sql.placeholder('name')))
      .prepare('by_name');
    expect(await prepared.execute({ name: 'drizzle one' })).toEqual([{ id: one?.id }]);
    expect(await prepared.execute({ name: 'nobody' })).toEqual([]);
  });
  expect(
    (
      await approved(
        db
          .delete(people)
          .where(eq(people.name, 'drizzle one'))
          .then((done) => done),
      )
    ).rowCount,
  ).toBe(1);
});
