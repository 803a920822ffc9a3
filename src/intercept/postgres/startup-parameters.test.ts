import { expect, test } from 'vitest';
import { checkStartup, isUtf8 } from './startup-parameters.js';

function startup(parameters: Record<string, string>, major = 3, minor = 0) {
  return checkStartup({ kind: 'startup', major, minor, parameters: Object.entries(parameters) });
}

test('allowed settings are passed on by their lower-case names; user and database are not settings', () => {
  expect(
    startup({ user: 'u', database: 'd', DateStyle: 'ISO', application_name: 'a', client_encoding: 'utf-8' }),
  ).toEqual({
    user: 'u',
    database: 'd',
    settings: [
      ['datestyle', 'ISO'],
      ['application_name', 'a'],
      ['client_encoding', 'utf-8'],
    ],
    unknownProtocolOptions: [],
    negotiate: false,
  });
});

test('the database is the user name when none is given, as in PostgreSQL', () => {
  expect(startup({ user: 'orders' }).database).toBe('orders');
  expect(() => startup({ database: 'd' })).toThrow('no user name');
});

test('a replication connection is refused, whatever its spelling', () => {
  for (const value of ['database', 'true', 'ON', '1', 'yes', 't', '', 'fals']) {
    expect(() => startup({ user: 'u', replication: value })).toThrow('replication connections are not allowed');
  }
  expect(startup({ user: 'u', replication: 'false' }).settings).toEqual([]);
});

test('options, unknown settings and settings in disguise are refused by name', () => {
  expect(() => startup({ user: 'u', options: '-c a=b' })).toThrow('`options`');
  expect(startup({ user: 'u', options: ' ' }).settings).toEqual([]);
  for (const name of ['role', 'Standard_Conforming_Strings', 'Replication', 'session_replication_role', 'dblink.x']) {
    expect(() => startup({ user: 'u', [name]: 'x' })).toThrow(`\`${name}\` is not allowed`);
  }
});

test('another minor version and unknown protocol options ask for negotiation', () => {
  expect(startup({ user: 'u' }, 3, 2).negotiate).toBe(true);
  expect(startup({ user: 'u', '_pq_.x': '1' })).toMatchObject({ negotiate: true, unknownProtocolOptions: ['_pq_.x'] });
  expect(() => startup({ user: 'u' }, 2)).toThrow('protocol 2.0');
});

test('every spelling of UTF-8 that PostgreSQL knows is UTF-8, and nothing else', () => {
  expect(['UTF8', 'utf-8', 'Unicode', "'utf8'"].every(isUtf8)).toBe(true);
  expect(['SQL_ASCII', 'LATIN1', 'UTF16', ''].some(isUtf8)).toBe(false);
});
