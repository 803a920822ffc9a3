/** Generated schemas: tables of every shape that undo must put back, with what acts on their rows. */
import type { Random } from './undo-random.js';
import { anyValue, COLUMN_TYPES, type ColumnType, OWN_TYPES } from './undo-values.js';

export interface GeneratedTable {
  /** As SQL writes it, without the schema. */
  readonly name: string;
  readonly shape: 'plain' | 'partitioned' | 'inherited';
  /** A column of integers that is filled from 1 upwards. */
  readonly id: string;
  readonly key: 'primary' | 'identity' | 'composite' | 'unique' | 'nullable' | 'none';
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: number;
  /** Columns that refer to another table's `id`, or its own. */
  readonly references: readonly string[];
}

export interface GeneratedSchema {
  readonly tables: readonly GeneratedTable[];
  /** Run by the owner, with `search_path` set to the schema. */
  readonly definition: string;
  /** Run by the owner afterwards, command by command: some cannot run in a transaction. */
  readonly history: readonly string[];
}

const NAMES = ['"select"', '"a b"', '"Ünï"', '"quo""te"', 'plain', '"order"', '"x.y"', '"r"', '"n"', '"img"', '"at"'];
const ACTIONS = ['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT'] as const;

/** @param version of the server: virtual generated columns came with 18. */
export function anySchema(random: Random, schema: string, version: number): GeneratedSchema {
  const tables = Array.from({ length: random.int(2, 4) }, (_, at) => anyTable(random, at));
  const definition = [
    OWN_TYPES,
    'CREATE TABLE log (at timestamptz DEFAULT clock_timestamp(), what text)',
    ...tables.map((table) => define(random, table, version)),
    ...tables.map((table) => fill(random, table)),
    ...tables.flatMap((table, at) => table.references.map((column) => refer(random, table, column, tables, at))),
    ...tables.flatMap((table) => extras(random, table, schema)),
    ...tables.map(({ name }) => `CREATE VIEW all_${name.replaceAll(/\W/g, '')} AS SELECT id, grp FROM ${name}`),
  ];
  return { tables, definition: `${definition.join(';\n')};`, history: history(random, tables) };
}

function anyTable(random: Random, at: number): GeneratedTable {
  const shape = random.pick(['plain', 'plain', 'plain', 'partitioned', 'inherited'] as const);
  const key = random.pick([
    'primary',
    'primary',
    'primary',
    'identity',
    'composite',
    'unique',
    'nullable',
    'none',
  ] as const);
  const columns = Array.from({ length: random.int(1, 4) }, (_, column) => ({
    name: random.chance(0.3) ? (NAMES[(at * 3 + column) % NAMES.length] ?? `c${column}`) : `c${column}`,
    type: random.pick(COLUMN_TYPES),
  }));
  return {
    name: random.chance(0.2) ? `"T ${at}"` : `t${at}`,
    shape,
    id: 'id',
    key: shape === 'partitioned' && key === 'identity' ? 'primary' : key,
    columns: columns.filter(({ name }, place) => columns.findIndex((other) => other.name === name) === place),
    rows: random.int(3, 25),
    references: random.chance(0.75) ? (random.chance(0.25) ? ['ref', 'ref2'] : ['ref']) : [],
  };
}

function define(random: Random, { name, shape, key, columns, references }: GeneratedTable, version: number): string {
  const dropped = random.chance(0.3);
  const stored = random.chance(0.5) && version >= 18 ? 'VIRTUAL' : 'STORED';
  const lines = [
    key === 'identity' ? `id int GENERATED ${random.pick(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY` : 'id int',
    ...(dropped ? ["gone text DEFAULT 'x'"] : []),
    'grp int DEFAULT 1',
    ...columns.map((column) => `${column.name} ${column.type.type}`),
    ...references.map((column) => `${column} int DEFAULT 1`),
    ...(random.chance(0.3) ? [`twice int GENERATED ALWAYS AS (grp * 2) ${stored}`] : []),
  ];
  const unique = shape === 'partitioned' ? 'id, grp' : 'id';
  const deferrable = random.chance(0.15) ? ' DEFERRABLE INITIALLY DEFERRED' : '';
  if (key === 'primary' || key === 'identity') lines.push(`PRIMARY KEY (${unique})${deferrable}`);
  if (key === 'composite') lines.push('PRIMARY KEY (grp, id)');
  const commands = [
    `CREATE TABLE ${name} (${lines.join(', ')})${shape === 'partitioned' ? ' PARTITION BY LIST (grp)' : ''}`,
  ];
  if (key === 'unique')
    commands.push(`ALTER TABLE ${name} ALTER id SET NOT NULL, ALTER grp SET NOT NULL, ADD UNIQUE (${unique})`);
  if (key === 'nullable') commands.push(`ALTER TABLE ${name} ADD UNIQUE (${unique})${deferrable}`);
  if (dropped) commands.push(`ALTER TABLE ${name} DROP COLUMN gone`);
  if (shape === 'partitioned') {
    commands.push(
      `CREATE TABLE ${part(name, 1)} PARTITION OF ${name} FOR VALUES IN (0, 1)`,
      // A partition whose columns lie in another order than its parent's.
      `CREATE TABLE ${part(name, 2)} (LIKE ${name} INCLUDING DEFAULTS INCLUDING GENERATED)`,
      `ALTER TABLE ${name} ATTACH PARTITION ${part(name, 2)} FOR VALUES IN (2)`,
      `CREATE TABLE ${part(name, 3)} PARTITION OF ${name} DEFAULT`,
    );
  }
  if (shape === 'inherited')
    commands.push(`CREATE TABLE ${part(name, 1)} (own text DEFAULT 'child') INHERITS (${name})`);
  return commands.join(';\n');
}

const part = (name: string, number: number): string =>
  name.startsWith('"') ? `${name.slice(0, -1)} p${number}"` : `${name}_p${number}`;

function fill(random: Random, { name, shape, columns, references, rows, key }: GeneratedTable): string {
  const names = ['id', 'grp', ...columns.map((column) => column.name), ...references];
  const values = [
    // Equal rows, where nothing forbids them.
    key === 'none' && random.chance(0.5) ? 'i / 3' : 'i',
    'i % 4',
    ...columns.map((column) => (key === 'none' && random.chance(0.5) ? 'NULL' : anyValue(random, column.type))),
    ...references.map(() => random.pick(['NULL', 'i % 3 + 1', 'CASE WHEN i > 2 THEN i - 1 END', '1'])),
  ];
  const insert = (into: string, from: number, to: number) =>
    `INSERT INTO ${into} (${names.join(', ')}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM generate_series(${from}, ${to}) i`;
  const child = shape === 'inherited' ? `;\n${insert(part(name, 1), rows + 1, rows + 5)}` : '';
  return insert(name, 1, rows) + child;
}

function refer(
  random: Random,
  table: GeneratedTable,
  column: string,
  tables: readonly GeneratedTable[],
  at: number,
): string {
  // Mostly an earlier table or itself, sometimes a later one: then there are cycles.
  const targets = tables.filter(
    (target, place) =>
      (place <= at || random.chance(0.3)) &&
      (target.key === 'primary' || target.key === 'identity' || target.key === 'unique' || target.key === 'nullable'),
  );
  if (targets.length === 0) return `ALTER TABLE ${table.name} ALTER ${column} DROP DEFAULT`;
  const target = random.pick(targets);
  // The key of a partitioned table has the column by which it is partitioned.
  const partitioned = target.shape === 'partitioned';
  const deferred = random.pick(['', '', '', ' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED']);
  // A deferrable key cannot be referred to, and rows that refer to nothing may be kept by others: then there is no such key.
  return `DO $$ BEGIN
      DELETE FROM ${table.name} x WHERE x.${column} IS NOT NULL AND NOT EXISTS (
        SELECT FROM ${partitioned ? '' : 'ONLY '}${target.name} y WHERE y.id = x.${column}${partitioned ? ' AND y.grp = x.grp' : ''});
      ALTER TABLE ${table.name} ADD FOREIGN KEY (${column}${partitioned ? ', grp' : ''})
        REFERENCES ${target.name} (id${partitioned ? ', grp' : ''})
        ON DELETE ${random.pick(ACTIONS)} ON UPDATE ${random.pick(ACTIONS)}${deferred};
    EXCEPTION WHEN integrity_constraint_violation OR object_not_in_prerequisite_state OR invalid_foreign_key
      OR foreign_key_violation OR restrict_violation OR object_in_use THEN NULL;
    END $$`;
}

/** Triggers, rules, row security, and constraints that are checked late. */
function extras(random: Random, { name, shape, key }: GeneratedTable, schema: string): readonly string[] {
  const made: string[] = [];
  const f = `${name.replaceAll(/\W/g, '')}_f`;
  if (random.chance(0.4)) {
    const definer = random.chance(0.5) ? ' SECURITY DEFINER' : '';
    const event = random.pick(['DELETE', 'UPDATE', 'INSERT OR DELETE', 'INSERT OR UPDATE OR DELETE']);
    const when = random.pick(['BEFORE', 'AFTER']);
    made.push(
      `CREATE FUNCTION ${f}() RETURNS trigger LANGUAGE plpgsql${definer} AS $f$ BEGIN
         INSERT INTO ${schema}.log (what) VALUES (TG_OP || coalesce(NEW.id, OLD.id));
         IF TG_OP = 'UPDATE' AND NEW.id % 2 = 0 THEN UPDATE ${schema}.log SET what = what || '!' WHERE what LIKE 'DELETE%'; END IF;
         RETURN coalesce(NEW, OLD);
       END $f$`,
      `CREATE TRIGGER act ${when} ${event} ON ${name} FOR EACH ROW EXECUTE FUNCTION ${f}()`,
    );
    if (random.chance(0.3)) made.push(`ALTER TABLE ${name} ENABLE ${random.pick(['ALWAYS', 'REPLICA'])} TRIGGER act`);
  }
  if (random.chance(0.15)) {
    made.push(
      `CREATE FUNCTION ${f}_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN
         INSERT INTO ${schema}.log (what) VALUES ('late ' || TG_OP); RETURN NULL; END $f$`,
      `CREATE CONSTRAINT TRIGGER late AFTER DELETE OR UPDATE ON ${name} DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION ${f}_late()`,
    );
  }
  if (random.chance(0.15)) {
    made.push(
      `CREATE RULE noted AS ON ${random.pick(['DELETE', 'INSERT'])} TO ${name} DO ALSO INSERT INTO ${schema}.log (what) VALUES ('rule')`,
    );
  }
  if (random.chance(0.06)) {
    made.push(
      `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
      `CREATE POLICY all_but_seven ON ${name} USING (id <> 7)`,
      ...(random.chance(0.5) ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`] : []),
    );
  }
  if (shape === 'plain' && key !== 'none' && random.chance(0.15)) {
    made.push(
      `ALTER TABLE ${name} ADD COLUMN span int4range`,
      `UPDATE ${name} SET span = int4range(id * 10, id * 10 + 10)`,
      'SET CONSTRAINTS ALL IMMEDIATE',
      `ALTER TABLE ${name} ADD EXCLUDE USING gist (span WITH &&)${random.chance(0.3) ? ' DEFERRABLE' : ''}`,
    );
  }
  return made;
}

/** What leaves its marks in the rows: locks, rolled-back deletions, subtransactions, freezing. */
function history(random: Random, tables: readonly GeneratedTable[]): readonly string[] {
  return tables.flatMap(({ name }) => {
    const lock = random.pick(['FOR UPDATE', 'FOR KEY SHARE', 'FOR SHARE', 'FOR NO KEY UPDATE']);
    return random.some(
      [
        `BEGIN; SELECT id FROM ONLY ${name} ${lock}; COMMIT`,
        `BEGIN; ALTER TABLE ${name} DISABLE TRIGGER USER; UPDATE ${name} SET grp = grp; ROLLBACK`,
        `BEGIN; SELECT id FROM ONLY ${name} ${lock}; SAVEPOINT a; SELECT id FROM ONLY ${name} FOR UPDATE; ROLLBACK TO a; COMMIT`,
        `VACUUM ${random.pick(['', '(FREEZE)'])} ${name}`,
        `ANALYZE ${name}`,
      ],
      0.4,
    );
  });
}
