/** Turns a statement's tokens into ones that PostgreSQL's parser reads, where they mean the same for what is destroyed. */
import { isHarmlessFunction } from './sql-reads.js';
import type { Dialect, SqlToken } from './sql-tokens.js';

type Tokens = readonly SqlToken[];

export function rewritten(given: Tokens, dialect: Exclude<Dialect, 'postgres'>): Tokens {
  let tokens = given;
  if (is(tokens, 'FROM')) tokens = [...words('SELECT *'), ...tokens];
  if (is(tokens, 'EXPLAIN', 'ANALYZE')) tokens = tokens.slice(2);
  if (is(tokens, 'CREATE')) return created(tokens);
  if (is(tokens, 'REPLACE')) tokens = [...words('INSERT'), ...tokens.slice(1)];
  if (is(tokens, 'INSERT') || is(tokens, 'UPDATE')) tokens = withoutManners(tokens);
  if (is(tokens, 'INSERT')) tokens = inserted(tokens);
  if (is(tokens, 'RENAME', 'TABLE') && is(tokens.slice(3), 'TO')) {
    return [...words('ALTER TABLE'), ...tokens.slice(2, 3), ...words('RENAME TO'), ...tokens.slice(4)];
  }
  if (is(tokens, 'LOAD', 'DATA')) return loaded(tokens);
  if (is(tokens, 'TRUNCATE', 'DATABASE')) return given;
  if (is(tokens, 'DROP')) return dropped(tokens);
  if (is(tokens, 'DELETE') || is(tokens, 'UPDATE')) tokens = withoutLimit(withoutManners(tokens));
  return tokens.flatMap((token, index) => plain(tokens, token, index, dialect));
}

function is(tokens: Tokens, ...expected: readonly string[]): boolean {
  return expected.every((word, index) => isWord(tokens[index], word));
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}

function words(text: string): Tokens {
  return text.split(' ').map((word) => ({ kind: word === '*' ? 'sign' : 'word', text: word }));
}

function word(text: string): SqlToken {
  return { kind: 'word', text };
}

const OPERATORS: Readonly<Record<string, string>> = {
  '<=>': '=',
  '&&': 'AND',
  REGEXP: '~',
  RLIKE: '~',
  GLOB: 'LIKE',
  MATCH: 'LIKE',
  DIV: '/',
  '==': '=',
};

/** What may stand anywhere in a statement. */
function plain(tokens: Tokens, token: SqlToken, index: number, dialect: Dialect): Tokens {
  const before = tokens[index - 1];
  const next = tokens[index + 1];
  const upper = token.text.toUpperCase();
  if (token.kind === 'string' && (isWord(before, 'FROM') || isWord(before, 'JOIN') || isWord(before, 'AS'))) {
    return [{ kind: 'name', text: token.text }];
  }
  if (token.kind === 'sign' || token.kind === 'word') {
    const operator = Object.hasOwn(OPERATORS, upper) ? OPERATORS[upper] : undefined;
    if (operator !== undefined && !(next?.text === '(' && token.kind === 'word'))
      return [{ kind: 'sign', text: operator }];
  }
  if (token.text === ',' && isWord(tokens[index - 2], 'LIMIT')) return [word('LIMIT')];
  if (dialect === 'other' && isWord(before, 'TOP') && isWord(tokens[index - 2], 'SELECT')) return [];
  if (token.kind !== 'word') return [token];
  // Variables are values: `@@version`, `@total`.
  if (token.text.startsWith('@')) return [{ kind: 'number', text: '1' }];
  if (next?.text === '(' && isHarmlessFunction(token.text)) return [word('coalesce')];
  if (upper === 'SEPARATOR') return [{ kind: 'sign', text: ',' }];
  if (upper === 'LIMIT' && tokens[index + 2]?.text === ',') {
    // `LIMIT 10, 20` is `OFFSET 10 LIMIT 20`: the comma is turned at its own place.
    return [word('OFFSET')];
  }
  if (dialect === 'other') {
    if (upper === 'ALLOW' && isWord(next, 'FILTERING')) return [];
    if (upper === 'FILTERING' && isWord(before, 'ALLOW')) return [];
    if (upper === 'FORMAT' && index > 2 && next?.kind === 'word' && index + 2 === tokens.length) return [];
    if (isWord(before, 'FORMAT') && index > 3 && index + 1 === tokens.length) return [];
    if (upper === 'TOP' && isWord(before, 'SELECT')) return [];
  }
  if (token.text.startsWith('#')) return [{ kind: 'name', text: token.text }];
  return [token];
}

/** `INSERT IGNORE`, `INSERT OR REPLACE`, `DELETE LOW_PRIORITY`: how it goes about it. */
function withoutManners(tokens: Tokens): Tokens {
  const [first, ...others] = tokens;
  let rest: Tokens = others;
  while (/^(?:LOW_PRIORITY|HIGH_PRIORITY|DELAYED|IGNORE|QUICK|OVERWRITE)$/iu.test(rest[0]?.text ?? ''))
    rest = rest.slice(1);
  if (isWord(rest[0], 'OR')) rest = rest.slice(2);
  if (first === undefined) return tokens;
  const into = isWord(first, 'INSERT') && !isWord(rest[0], 'INTO') ? words('INTO') : [];
  return [first, ...into, ...rest];
}

function inserted(tokens: Tokens): Tokens {
  const at = tokens.findIndex((_, index) => is(tokens.slice(index), 'ON', 'DUPLICATE', 'KEY'));
  return at < 0 ? tokens : tokens.slice(0, at);
}

/** What is made takes nothing away, whatever its columns are. */
function created(tokens: Tokens): Tokens {
  const replaces = is(tokens, 'CREATE', 'OR', 'REPLACE');
  const at = tokens.findIndex(
    (token) =>
      isWord(token, 'TABLE') || isWord(token, 'DATABASE') || isWord(token, 'SCHEMA') || isWord(token, 'KEYSPACE'),
  );
  if (at < 0 || at > 4) return tokens.flatMap((token, index) => plain(tokens, token, index, 'other'));
  let rest = tokens.slice(at + 1);
  if (is(rest, 'IF', 'NOT', 'EXISTS')) rest = rest.slice(3);
  const name = rest.slice(0, nameLength(rest));
  const kind = isWord(tokens[at], 'TABLE') ? 'TABLE' : 'SCHEMA';
  if (replaces) return [...words(`DROP ${kind}`), ...name];
  const select = tokens.findIndex((token) => isWord(token, 'SELECT'));
  if (kind === 'TABLE' && select > 0) {
    const query = tokens.slice(select);
    return [
      ...words('CREATE TABLE'),
      ...name,
      ...words('AS'),
      ...query.flatMap((token, index) => plain(query, token, index, 'other')),
    ];
  }
  return kind === 'TABLE'
    ? [...words('CREATE TABLE'), ...name, { kind: 'sign', text: '(' }, { kind: 'sign', text: ')' }]
    : [...words('CREATE SCHEMA'), ...name.slice(-1)];
}

/** `a`, `a.b`, `a.b.c` */
function nameLength(tokens: Tokens): number {
  let length = 1;
  while (tokens[length]?.text === '.') length += 2;
  return length;
}

/** `DROP INDEX i ON t`, `DROP KEYSPACE k`, `DROP TRIGGER t`. */
function dropped(tokens: Tokens): Tokens {
  const kind = tokens[1]?.text.toUpperCase() ?? '';
  let rest = tokens.slice(2);
  if (kind === 'KEYSPACE') return [...words('DROP SCHEMA'), ...rest];
  const exists = is(rest, 'IF', 'EXISTS') ? rest.slice(0, 2) : [];
  rest = rest.slice(exists.length);
  const name = rest.slice(0, nameLength(rest));
  if (kind === 'INDEX') return [...words('DROP INDEX'), ...exists, ...name];
  if (kind === 'TRIGGER' && !isWord(rest[name.length], 'ON')) {
    return [...words('DROP TRIGGER'), ...exists, ...name.slice(-1), ...words('ON something_unknown')];
  }
  return tokens;
}

/** `DELETE ... ORDER BY x LIMIT 5`: fewer rows, none that anybody can name. */
function withoutLimit(tokens: Tokens): Tokens {
  let depth = 0;
  for (const [index, { text }] of tokens.entries()) {
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    const ends = is(tokens.slice(index, index + 2), 'ORDER', 'BY') || isWord(tokens[index], 'LIMIT');
    if (depth === 0 && ends) return tokens.slice(0, index);
  }
  return tokens;
}

/** `LOAD DATA LOCAL INFILE 'x' INTO TABLE t`: rows are added. With `REPLACE` it stays unread. */
function loaded(tokens: Tokens): Tokens {
  const into = tokens.findIndex((token, index) => isWord(token, 'INTO') && isWord(tokens[index + 1], 'TABLE'));
  if (into < 0 || tokens.slice(0, into).some((token) => isWord(token, 'REPLACE'))) return tokens;
  const name = tokens.slice(into + 2);
  return [...words('COPY'), ...name.slice(0, nameLength(name)), ...words('FROM STDIN')];
}
