import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyAction } from '../../test/support/any-action.js';
import { DROPS_USERS, sampleHold } from '../../test/support/sample-hold.js';
import type { Action, SqlParameter } from './action.js';
import { exactText, viewHold } from './hold-view.js';

const sql = (text: string, ...parameters: SqlParameter[]): Action => ({
  kind: 'sql',
  statements: [{ text, parameters }],
});
const textual = (text: string): SqlParameter => ({ typeOid: 25, format: 0, value: Buffer.from(text) });
const http = (rest: Partial<Extract<Action, { kind: 'http' }>> = {}): Action => ({
  kind: 'http',
  method: 'POST',
  url: 'https://api.example.com/v2',
  headers: [['content-type', 'application/json']],
  body: Buffer.from('{"query":"mutation { volumeDelete }"}'),
  credential: { kind: 'none' },
  ...rest,
});

describe('the exact text', () => {
  test('of a shell command, with its folder', () => {
    expect(exactText({ kind: 'shell', text: 'rm -rf ./data\nls', cwd: '/repo' })).toBe('# in /repo\nrm -rf ./data\nls');
    expect(exactText({ kind: 'shell', text: 'ls', cwd: '/repo\nrm -rf /' })).toBe('# in /repo\\u{a}rm -rf /\nls');
  });

  test('of statements, with their parameters: texts, NULL, and bytes', () => {
    const action = sql(
      'update users set name = $1, photo = $2, note = $3 where id = $4',
      textual('O\u202eBrien\n-- $2 = harmless'),
      { typeOid: 17, format: 1, value: new Uint8Array([0, 255]) },
      { typeOid: 25, format: 0, value: null },
      { typeOid: 25, format: 0, value: new Uint8Array([0xff]) },
    );
    expect(exactText(action).split('\n').slice(1)).toEqual([
      '-- $1 = O\\u{202e}Brien\\u{a}-- $2 = harmless',
      '-- $2 is \\x00ff (binary, type 17)',
      '-- $3 is NULL',
      '-- $4 is \\xff (not UTF-8)',
    ]);
  });

  test('tells the text NULL from NULL, and a text that looks like bytes from bytes', () => {
    const nothing = sql('select $1', { typeOid: 25, format: 0, value: null });
    const bytes = sql('select $1', { typeOid: 25, format: 1, value: Buffer.from('A') });
    expect(exactText(sql('select $1', textual('NULL')))).not.toBe(exactText(nothing));
    expect(exactText(sql('select $1', textual('\\x41 (binary, type 25)')))).not.toBe(exactText(bytes));
  });

  test('of several statements, and says when strings end elsewhere than they seem to', () => {
    const statements = ['begin', 'drop table users'].map((text) => ({ text, parameters: [] }));
    expect(exactText({ kind: 'sql', statements })).toBe('begin\n;\ndrop table users');
    expect(exactText({ kind: 'sql', statements, standardConformingStrings: false })).toBe(
      '-- standard_conforming_strings = off\nbegin\n;\ndrop table users',
    );
  });

  test('of a request: first line, headers, and the body as text', () => {
    expect(exactText(http())).toBe(
      'POST https://api.example.com/v2\ncontent-type: application/json\n\n{"query":"mutation { volumeDelete }"}',
    );
    expect(exactText(http({ headers: [], body: new Uint8Array() }))).toBe('POST https://api.example.com/v2');
  });

  test('a header cannot imitate another header or the body', () => {
    expect(exactText(http({ headers: [['x', 'a\n\nGET / instead']] })).split('\n')[1]).toBe(
      'x: a\\u{a}\\u{a}GET / instead',
    );
  });

  test('a body that is not UTF-8 is shown in hexadecimal, whole', () => {
    const body = new Uint8Array(5_000).fill(0xfe);
    expect(exactText(http({ body }))).toContain(
      `(5000 bytes that are not UTF-8, in hexadecimal)\n\\x${'fe'.repeat(5_000)}`,
    );
  });

  test('a byte order mark and NUL in a body are shown', () => {
    expect(exactText(http({ body: Buffer.from('\ufeff{}\0') }))).toContain('\n\n\\u{feff}{}\\u{0}');
  });

  test('of a tool call, with hidden text in its arguments made visible, and the definition', () => {
    const action: Action = {
      kind: 'tool',
      server: 'github',
      name: 'delete_file',
      arguments: JSON.parse('{"path":"a\u200bb","__proto__":{"force":true}}'),
      definition: { description: 'deletes' },
    };
    expect(exactText(action)).toContain('"path": "a\\u{200b}b"');
    expect(exactText(action)).toContain('"force": true');
    expect(exactText(action)).toContain('"description": "deletes"');
  });

  test('of a completion and of a deployment', () => {
    expect(exactText({ kind: 'completion', model: 'm', request: { max: 1 } })).toBe('m {\n  "max": 1\n}');
    expect(exactText({ kind: 'deploy', target: 'production', revision: 'abc\n' })).toBe('abc\\u{a} to production');
  });

  test('is never shortened', () => {
    const long = `select '${'x'.repeat(300_000)}'`;
    expect(exactText(sql(long))).toBe(long);
    expect(exactText(http({ body: Buffer.from('y'.repeat(300_000)) }))).toContain('y'.repeat(300_000));
  });

  test('has nothing hidden in it, whatever the action', () => {
    fc.assert(
      fc.property(anyAction, (action) => {
        expect(exactText(action)).not.toMatch(/[^\P{C}\t\n]|\p{Default_Ignorable_Code_Point}|[\u2028\u2029\u00a0]/u);
      }),
    );
  });
});

describe('the view of a hold', () => {
  const hold = {
    ...sampleHold({
      effects: [
        { ...DROPS_USERS, explain: 'drops\u001b[2K', resource: { kind: 'table', name: 'a\nb' } },
        { ...DROPS_USERS, environments: ['staging', 'production'] },
      ],
    }),
    id: 'H-7',
    state: 'rejected',
    approvals: [{ approver: 'dana', factor: 'totp', digest: 'sha256:x', at: 1 }],
    endedBy: 'lee\u202e',
    endReason: 'no\u0007',
  } as const;

  test('shows the digest in words that can be compared by eye', () => {
    const view = viewHold(hold);
    expect(view.digest).toBe(hold.digest);
    expect(view.digestWords.replaceAll(' ', '')).toBe(hold.digest.slice(7, 23));
    expect(view.digestWords).toMatch(/^[0-9a-f]{4}( [0-9a-f]{4}){3}$/);
  });

  test('names every environment once, and who approved', () => {
    expect(viewHold(hold)).toMatchObject({
      environments: ['production', 'staging'],
      approvedBy: ['dana'],
      approversNeeded: 1,
      kind: 'sql',
      state: 'rejected',
    });
  });

  test('is plain JSON in which no text hides anything', () => {
    const view = viewHold({
      ...hold,
      session: { ...hold.session, agent: 'a\u001b]0;x', intent: 'i\u200b' },
      verdict: { ...hold.verdict, reason: 'r\u202e' },
    });
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    const texts = JSON.stringify(view);
    for (const hidden of ['\\u001b', '\\u0007', '\u202e', '\u200b']) expect(texts).not.toContain(hidden);
    expect(view.effects[0]?.resource.name).toBe('a\\u{a}b');
    expect(view.endedBy).toBe('lee\\u{202e}');
  });
});
