import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlCourse } from '#action/course';
import { NO_ANSWERS } from '../../pipeline/understand.js';
import { analyzeSql } from './analyze-sql.js';
import { loadSqlParser } from './parser.js';
import { splitSql } from './split.js';

beforeAll(() => loadSqlParser());

function courseOf(text: string): SqlCourse {
  const { course } = analyzeSql(
    { kind: 'sql', statements: [{ text, parameters: [] }], resource: 'orders-db' },
    NO_ANSWERS,
    { resources: new Map(), environments: ['production'] },
  );
  if (course === undefined) throw new Error('a SQL action has a course');
  return course;
}

describe('the lane', () => {
  test.each([
    ['select 1', 'read'],
    ['select * from orders where id = 1', 'read'],
    ['explain select * from orders', 'read'],
    ['copy orders to stdout', 'read'],
    ['with w as (select 1) select * from w', 'read'],
    ['show work_mem', 'read'],
    ['set work_mem = 1000', 'read'],
    ['insert into orders values (1)', 'write'],
    ['with d as (delete from orders returning *) select * from d', 'write'],
    ['explain analyze delete from orders', 'write'],
    ['select my_function()', 'write'],
    ['do $$ begin end $$', 'write'],
    ['call refresh()', 'write'],
    ['merge into a using b on a.id = b.id when matched then delete', 'write'],
    ['copy orders from stdin', 'write'],
    ['set role app', 'write'],
    ['create temp table mine (a int)', 'write'],
    ['drop table pg_temp.mine', 'write'],
    ['create table orders2 (a int)', 'owner'],
    ['select * into copied from orders', 'owner'],
    ['create table copied as select * from orders', 'owner'],
    ['explain analyze create table copied as select 1', 'owner'],
    ['truncate orders', 'owner'],
    ['drop table orders', 'owner'],
    ['alter table orders add column a int', 'owner'],
    ['grant select on orders to public', 'owner'],
    ['create index on orders (id)', 'owner'],
    ['vacuum orders', 'owner'],
    ['comment on table orders is $$x$$', 'owner'],
    ['select 1; drop table orders', 'owner'],
  ])('of `%s` is %s', (text, lane) => {
    expect(courseOf(text).lane).toBe(lane);
  });
});

describe('what belongs to the session', () => {
  test.each([
    'set work_mem = 1000',
    'prepare p as select 1',
    'deallocate all',
    'declare c cursor with hold for select 1',
    'fetch c',
    'listen channel',
    'discard temp',
    'select currval($$s$$)',
    'select current_user',
    'select pg_backend_pid()',
    'select pg_advisory_lock(1)',
    'select * from pg_cursors',
    'create temp table mine (a int)',
  ])('includes `%s`', (text) => expect(courseOf(text).session).toBe(true));

  test.each(['select now()', 'select * from orders', 'select count(*) from pg_class'])(
    'does not include `%s`',
    (text) => expect(courseOf(text).session).toBe(false),
  );
});

test('what a rollback does not take back must not be tried out', () => {
  for (const text of [
    'copy orders to program $$curl x$$',
    'select pg_read_file($$/etc/passwd$$)',
    'do language plpython3u $$ pass $$',
    'this is not SQL',
  ]) {
    expect(courseOf(text).outside, text).toBeTypeOf('string');
  }
  for (const text of ['select my_function()', 'do $$ begin end $$', 'call refresh()', 'delete from orders']) {
    expect(courseOf(text).outside, text).toBeUndefined();
  }
  expect(courseOf('select my_function()').unknown).toBe(true);
  expect(courseOf('delete from shop.orders')).toMatchObject({ unknown: false, tables: ['shop.orders'] });
});

test('what the server refuses inside a transaction block is known', () => {
  for (const text of [
    'vacuum',
    'create database x',
    'drop database x',
    'alter system set work_mem = 1',
    'create index concurrently on orders (id)',
    'drop index concurrently i',
    'reindex database x',
    'reindex (concurrently) table orders',
    'create tablespace t location $$/x$$',
    'create subscription s connection $$x$$ publication p',
    'discard all',
    'alter database x set tablespace t',
  ]) {
    expect(courseOf(text).transactional, text).toBe(false);
  }
  for (const text of ['analyze orders', 'create index on orders (id)', 'reindex table orders', 'drop table a']) {
    expect(courseOf(text).transactional, text).toBe(true);
  }
});

describe('a text is split where its commands stand', () => {
  const parts = (text: string) =>
    splitSql(text)?.map(({ start, end, offset, control }) => [text.slice(start, end).trim(), offset, control]);

  test('with their positions in characters, also behind characters of several bytes or units', () => {
    expect(parts("select 'é😀'; delete from a; -- end")).toEqual([
      ["select 'é😀'", 0, undefined],
      ['delete from a', 13, undefined],
    ]);
    expect(parts('')).toEqual([]);
    expect(parts('-- nothing')).toEqual([]);
    expect(parts('select from where')).toBeUndefined();
  });

  test.each([
    ['begin', 'begin'],
    ['start transaction read only', 'begin'],
    ['commit', 'commit'],
    ['end', 'commit'],
    ['rollback', 'rollback'],
    ['abort', 'rollback'],
    ['savepoint a', 'savepoint'],
    ['rollback to a', 'savepoint'],
    ['release a', 'savepoint'],
    ['set transaction isolation level serializable', 'modes'],
    ['prepare transaction $$x$$', 'two-phase'],
    ['commit prepared $$x$$', 'two-phase'],
    ['discard all', 'alone'],
    ['set session characteristics as transaction read write', undefined],
    ['select 1', undefined],
  ])('`%s` says %s of the transaction', (text, control) => {
    expect(splitSql(text)?.map((piece) => piece.control)).toEqual([control]);
  });
});
