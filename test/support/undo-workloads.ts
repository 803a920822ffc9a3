/** Generated acts on a generated schema: what destroys rows, in every dress. */
import type { Random } from './undo-random.js';
import type { GeneratedSchema, GeneratedTable } from './undo-schemas.js';
import { anyValue } from './undo-values.js';

/** An act, as the writer sends it: one or more commands without parameters. */
export function anyAct(random: Random, { tables }: GeneratedSchema, version: number): string {
  const count = random.pick([1, 1, 1, 2, 3]);
  return Array.from({ length: count }, () =>
    dressed(random, anyChange(random, random.pick(tables), tables, version)),
  ).join(';\n');
}

function anyChange(random: Random, table: GeneratedTable, tables: readonly GeneratedTable[], version: number): string {
  const { name, key } = table;
  const other = random.pick(tables);
  const where = anyCondition(random);
  const from = random.chance(0.2) ? `ONLY ${name}` : name;
  const changes = [
    `DELETE FROM ${from} WHERE ${where}`,
    `DELETE FROM ${from} WHERE ${where}`,
    `DELETE FROM ${name}`,
    `DELETE FROM ${name} AS d USING ${other.name} AS o WHERE d.id = o.id AND o.${where}`,
    `UPDATE ${from} SET ${assignments(random, table)} WHERE ${where}`,
    `UPDATE ${name} SET ${assignments(random, table)}`,
    `UPDATE ${name} SET grp = (grp + 1) % 5 WHERE ${where}`,
    `INSERT INTO ${name} (id, grp) OVERRIDING SYSTEM VALUE SELECT i, i % 4 FROM generate_series(1000, 1003) i; DELETE FROM ${name} WHERE id IN (2, 1001)`,
    `WITH gone AS (DELETE FROM ${name} WHERE ${where} RETURNING id) UPDATE ${other.name} SET grp = 2 WHERE id IN (SELECT id FROM gone)`,
    `SELECT id FROM ${name} FOR UPDATE; DELETE FROM ${name} WHERE ${where}`,
    `UPDATE ${name} SET grp = 3 WHERE ${where}; UPDATE ${name} SET grp = 1 WHERE ${where}; DELETE FROM ${name} WHERE id = 3`,
    `SAVEPOINT s; DELETE FROM ${name}; ROLLBACK TO s; UPDATE ${name} SET grp = 2 WHERE ${where}`,
    `DECLARE walk CURSOR FOR SELECT id FROM ONLY ${name} FOR UPDATE; FETCH 2 FROM walk; DELETE FROM ${name} WHERE CURRENT OF walk; CLOSE walk`,
    `PREPARE p AS DELETE FROM ${name} WHERE id = $1; EXECUTE p(1); EXECUTE p(4); DEALLOCATE p`,
    `UPDATE all_${name.replaceAll(/\W/g, '')} SET grp = 2 WHERE ${where}; DELETE FROM all_${name.replaceAll(/\W/g, '')} WHERE id = 2`,
    `SAVEPOINT s; DELETE FROM ${name} WHERE ${where}; RELEASE s; SELECT count(*) FROM ${name}`,
  ];
  if (key !== 'identity') {
    changes.push(
      `UPDATE ${name} SET id = id + 5000 WHERE ${where}`,
      `UPDATE ${name} SET id = id + 1`,
      `UPDATE ${name} SET id = -id WHERE ${where}`,
    );
  }
  const conflict = table.shape === 'partitioned' ? 'id, grp' : key === 'composite' ? 'grp, id' : 'id';
  if (key !== 'none') {
    changes.push(
      `INSERT INTO ${name} (id, grp) OVERRIDING SYSTEM VALUE SELECT i, i % 4 FROM generate_series(1, 40) i
       ON CONFLICT (${conflict}) DO UPDATE SET grp = ${name}.grp${random.chance(0.5) ? ` WHERE ${name}.id > 2` : ''}`,
    );
  }
  if (version >= 15) {
    changes.push(
      `MERGE INTO ${name} AS d USING (SELECT generate_series(1, 30) AS k) AS s ON d.id = s.k
       WHEN MATCHED AND s.k % 3 = 0 THEN DELETE WHEN MATCHED AND s.k % 3 = 1 THEN UPDATE SET grp = 2
       WHEN NOT MATCHED AND s.k > 27 THEN INSERT (id, grp) OVERRIDING SYSTEM VALUE VALUES (s.k + 2000, 1)`,
    );
  }
  return random.pick(changes);
}

const anyCondition = (random: Random): string =>
  random.pick([
    'id % 2 = 0',
    'id < 8',
    'id > 3',
    'id IN (1, 2, 5)',
    'grp IS DISTINCT FROM 2',
    'id = 4',
    'id BETWEEN 2 AND 9',
  ]);

function assignments(random: Random, { columns, references }: GeneratedTable): string {
  const set = random
    .some(columns, 0.7)
    .map(({ name, type }) => `${name} = ${anyValue(random, type).replaceAll(/\bi\b(?!')/g, '(id + 1)')}`);
  const moved = random.some(references, 0.5).map((column) => `${column} = ${random.pick(['NULL', '1', '2'])}`);
  const all = [...set, ...moved];
  return all.length > 0 ? all.join(', ') : 'grp = grp';
}

/** The same change, where a parser does not look. */
function dressed(random: Random, change: string): string {
  if (/SAVEPOINT|DECLARE|PREPARE/.test(change)) return change;
  const body = change.replaceAll(/(^|; )SELECT /g, '$1PERFORM ');
  const quoted = (text: string) => `$q$${text}$q$`;
  return random.pick([
    change,
    change,
    change,
    `DO $do$ BEGIN ${body}; END $do$`,
    `DO $do$ BEGIN EXECUTE ${quoted(change.slice(0, 3))} || ${quoted(change.slice(3))}; END $do$`,
    `SELECT run_as_owner(${quoted(change)})`,
    // A subtransaction that is rolled back, and one that is not.
    `DO $do$ BEGIN
       BEGIN ${body}; RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END;
       BEGIN ${body}; EXCEPTION WHEN raise_exception THEN NULL; END;
     END $do$`,
    `SELECT pg_advisory_xact_lock(1); /* nothing */ ${change}`,
  ]);
}
