import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bind, close, execute, flush, parse, query, sync } from '#wire/postgres/build';
import { Catalog } from './catalog.js';
import { PostgresDoorError } from './errors.js';
import { actionOf, readUnit } from './unit-reading.js';

function catalogWith(...texts: string[]): Catalog {
  const catalog = new Catalog();
  texts.forEach((text, index) => {
    catalog.prepared(`s${index}`, { text, typeOids: [] });
  });
  return catalog;
}

function texts(catalog: Catalog, ...messages: Buffer[]): string[] {
  return readUnit(Buffer.concat(messages), catalog).statements.map(({ text }) => text);
}

test('Execute names a portal, the portal a statement, the statement a text, by what the unit itself changes first', () => {
  const catalog = catalogWith('select 0', 'select 1');
  expect(texts(catalog, bind('p', 's1', []), bind('q', 's0', []), execute('q'), execute('p'), sync())).toEqual([
    'select 0',
    'select 1',
  ]);
  const rebound = [bind('p', 's0', []), execute('p'), close('portal', 'p'), bind('p', 's1', []), execute('p'), sync()];
  expect(texts(catalog, ...rebound)).toEqual(['select 0', 'select 1']);
  const again = [close('statement', 's0'), parse('s0', 'drop table x'), bind('', 's0', []), execute(''), sync()];
  expect(texts(catalog, ...again)).toEqual(['drop table x']);
});

test('what the unit itself closes is not there any more', () => {
  const catalog = catalogWith('select 0');
  expect(() => texts(catalog, close('statement', 's0'), bind('', 's0', []), sync())).toThrow('does not exist');
  expect(() => texts(catalog, bind('p', 's0', []), close('portal', 'p'), execute('p'), sync())).toThrow(
    'does not exist',
  );
});

test('a Bind whose portal the unit does not execute counts as an execution, because planning may run functions', () => {
  expect(texts(new Catalog(), parse('', 'select evil()'), bind('', '', []), sync())).toEqual(['select evil()']);
});

test.each(['deallocate s0', 'DISCARD ALL', '-- x\nprepare a as select 1', '/* /* x */ */ do $$ $$', 'call f()'])(
  'a named statement behind `%s` in the same unit is refused',
  (text) => {
    const first = [parse('', text), bind('', '', []), execute('')];
    const second = [bind('', 's0', []), execute(''), sync()];
    expect(() => texts(catalogWith('select 0'), ...first, ...second)).toThrow('may have changed');
  },
);

test('a batch of one named statement is not refused, whatever its own text', () => {
  const batch = Array.from({ length: 3 }, () => [bind('', 's0', []), execute('')]).flat();
  expect(texts(catalogWith('insert into calls (a) values (1) on conflict do nothing'), ...batch, sync())).toHaveLength(
    3,
  );
});

test('only what provably touches no prepared statement leaves the names certain', () => {
  const after = (text: string) => {
    const catalog = catalogWith('select 0');
    catalog.executed([{ text, parameters: [] }]);
    return catalog.isUncertain('s0');
  };
  for (const text of ['select a from t where b = $1', 'BEGIN', 'rollback', 'table t; '])
    expect(after(text)).toBe(false);
  for (const text of [
    'select f()',
    'select 1; deallocate s0',
    'deallocate s0',
    'execute x',
    'delete from t',
    'do $$ $$',
    '',
  ]) {
    expect(after(text)).toBe(true);
  }
});

test('what the catalogue keeps is counted, and forgotten when it is replaced, closed or its transaction ends', () => {
  const catalog = new Catalog();
  for (let count = 0; count < 50; count += 1) {
    catalog.prepared('a', { text: 'x'.repeat(1_000), typeOids: [1] });
    catalog.bound('p', { text: 'x', parameters: [{ typeOid: 0, format: 0, value: Buffer.alloc(1_000) }] });
  }
  expect(catalog.bytes).toBeLessThan(4_000);
  catalog.transactionEnded();
  catalog.dropStatement('a');
  expect([catalog.bytes, catalog.portal('p')]).toEqual([0, undefined]);
});

test('standard_conforming_strings is in the action only when it is not on', () => {
  const reading = readUnit(query('select 1'), new Catalog());
  expect(actionOf(reading, 'db', true)).toEqual({
    kind: 'sql',
    statements: [{ text: 'select 1', parameters: [] }],
    resource: 'db',
  });
  expect(actionOf(reading, 'db', false)).toMatchObject({ standardConformingStrings: false });
});

test('malformed bodies are refused in words, and never throw untyped', () => {
  const body = fc.uint8Array({ maxLength: 40 });
  const letters = fc.constantFrom(...'QPBEDCS');
  fc.assert(
    fc.property(fc.array(fc.tuple(letters, body), { maxLength: 5 }), (messages) => {
      const unit = messages.map(([letter, bytes]) => {
        const header = Buffer.from([letter.charCodeAt(0), 0, 0, 0, bytes.length + 4]);
        return Buffer.concat([header, bytes]);
      });
      try {
        readUnit(Buffer.concat([...unit, flush()]), new Catalog());
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PostgresDoorError);
      }
    }),
    { numRuns: 500 },
  );
});
