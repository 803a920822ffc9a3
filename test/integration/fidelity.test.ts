import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type Exception, kindOf, type Script, startTwins, type Twins } from '../support/fidelity-run.js';
import { OWN_STATEMENTS } from '../support/fidelity-statements.js';

// Statements through the door of an unprotected database, and directly on a twin: rows, descriptions, tags, notices, errors
// with positions, parameter reports and ReadyForQuery are the same, message by message. The long form takes a file of
// statements, a JSON object with `text` on each line: FIREBREAK_FIDELITY_FILE=... npx vitest run --config vitest.guard.config.ts fidelity

const EXCEPTIONS: readonly Exception[] = [
  {
    reason: 'its value is random',
    matches: (statement) => /\brandom\(\)/i.test(statement),
  },
  {
    reason:
      'rows of system catalogs without an order come as they lie on disk, and what was tried out has left gaps there',
    matches: (statement, difference) =>
      / D .* direct /.test(difference) &&
      (/\bpg_(class|attribute|type)\b/.test(statement) || /as_select1/.test(statement)),
  },
  {
    reason:
      'a context names a function with its schema when it ran first while the door tried out undoing, with a search_path of its own',
    matches: (_statement, difference) =>
      /where=PL\/pgSQL function public\..*direct.*where=PL\/pgSQL function /.test(difference),
  },
];

/** What waits for a person also on staging: it takes away what no copy can bring back. */
const HELD =
  /^(DROP (ROLE|USER|DATABASE|OWNED|OPERATOR|TEXT|SUBSCRIPTION|PUBLICATION|SCHEMA|FOREIGN|TYPE|INDEX)|ALTER TABLE)/;

const twins: Twins[] = [];
afterAll(() => Promise.all(twins.map((one) => one.stop())));

async function compare(scripts: readonly Script[], schema: string, protocol: 'simple' | 'extended') {
  const pair = await startTwins(schema);
  twins.push(pair);
  return pair.run(scripts, protocol, EXCEPTIONS);
}

test.each([
  ['simple', OWN_STATEMENTS, 300],
  // Trying out that definitions could be put back takes most of the time, and is the same in both protocols.
  ['extended', OWN_STATEMENTS.filter(({ name }) => name !== 'definitions'), 200],
] as const)(
  'every kind of command is answered as by the server itself: %s',
  async (protocol, scripts, atLeast) => {
    const report = await compare(scripts, 'SELECT 1', protocol);
    expect(report.differences).toEqual([]);
    expect(report.statements).toBeGreaterThan(atLeast);
    expect(report.statements - report.failedAlike).toBeGreaterThan(atLeast / 2);
    expect(report.held.filter(({ statement }) => !HELD.test(kindOf(statement)))).toEqual([]);
  },
  240_000,
);

const FILE = process.env['FIREBREAK_FIDELITY_FILE'];

/** So that more of them find what they need: first what makes, then rows, the others, and last what drops. */
function rank(statement: string): number {
  const kind = kindOf(statement);
  if (/^CREATE (ROLE|USER|SCHEMA|TYPE|DOMAIN|EXTENSION)/.test(kind)) return 0;
  if (/^CREATE (TEMP|TABLE|UNLOGGED|OR|FUNCTION)/.test(kind)) return 1;
  if (/^(CREATE|COMMENT)/.test(kind)) return 2;
  if (/^(INSERT|COPY)/.test(kind)) return 3;
  return /^DROP/.test(kind) ? 5 : 4;
}

function scriptsOf(file: string): readonly Script[] {
  const bySource = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const { text, source = '' }: { text: string; source?: string } = JSON.parse(line);
    const name = source.split('/').at(-1) ?? '';
    bySource.set(name, [...(bySource.get(name) ?? []), text]);
  }
  return [...bySource].map(([name, texts]) => ({ name, statements: texts.sort((a, b) => rank(a) - rank(b)) }));
}

/** A table that many of the statements of PostgreSQL's own tests read. */
const TENK1 = `CREATE TABLE tenk1 AS SELECT n AS unique1, (n * 7919) % 10000 AS unique2, n % 2 AS two, n % 4 AS four, n % 10 AS ten,
  n % 20 AS twenty, n % 100 AS hundred, n % 1000 AS thousand, n % 2000 AS twothousand, n % 5000 AS fivethous, n AS tenthous,
  n % 100 * 2 + 1 AS odd, n % 100 * 2 AS even, ('A' || n)::name AS stringu1, ('B' || n)::name AS stringu2, 'AAAAxx'::name AS string4
  FROM generate_series(0, 999) n`;

if (FILE !== undefined) {
  test.each(['simple', 'extended'] as const)(
    'the long form: %s',
    async (protocol) => {
      const report = await compare(scriptsOf(FILE), TENK1, protocol);
      const excepted = [...report.excepted].map(([reason, found]) => `${found.length} ${reason}`);
      const { statements, failedAlike, held, differences } = report;
      console.log(`${protocol}: ${statements} statements, ${failedAlike} failed alike, ${held.length} held`, excepted);
      expect(differences).toEqual([]);
      expect(held.filter(({ statement }) => !HELD.test(kindOf(statement)))).toEqual([]);
    },
    1_800_000,
  );
}
