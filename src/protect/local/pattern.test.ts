import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { pathOfText } from './byte-path.js';
import { startPace } from './pace.js';
import { expandPattern } from './pattern.js';

const NAMES = [
  'a',
  'b.txt',
  'B.txt',
  '.hidden',
  '..odd',
  '[x]',
  'x-y',
  '*',
  'a b',
  'ü.txt',
  'new\nline',
  '1',
  '^',
  '!',
  '-',
  ']',
  'ab',
  'abc',
];
const pace = startPace(new AbortController().signal, undefined);

let folder: string;
beforeAll(() => {
  const clear: (() => void)[] = [];
  folder = temporaryFolder((one) => clear.push(one));
  for (const one of ['', 'sub', '.dot']) {
    mkdirSync(join(folder, one), { recursive: true });
    for (const name of NAMES) writeFileSync(join(folder, one, name), '');
  }
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff])]), '');
  return () => {
    for (const one of clear) one();
  };
});

/** What bash gives to a command, sorted. Each pattern is one line. */
function bashSays(patterns: readonly string[]): readonly (readonly string[])[] {
  const script = patterns
    .map((pattern) => `printf '%s\\0' ${pattern.replaceAll(/[^\w*?[\]!^/.:-]/g, (char) => `\\${char}`)}; printf '\\1'`)
    .join('\n');
  const output = execFileSync('bash', ['--norc', '-c', script], {
    cwd: folder,
    encoding: 'latin1',
    env: { LC_ALL: 'C.UTF-8' },
  });
  return output
    .split('\u0001')
    .slice(0, -1)
    .map((text) => text.split('\0').slice(0, -1).sort());
}

async function weSay(pattern: string): Promise<readonly string[]> {
  const found = await expandPattern(pathOfText(`${folder}/${pattern}`), pace);
  return found.map((path) => path.slice(folder.length + 1)).sort();
}

test('a pattern stands for what bash makes of it', async () => {
  const patterns = [
    '*',
    '.*',
    '?',
    '*.txt',
    '[ab]*',
    '[!a]*',
    '[^a-y]',
    '[]x]',
    '[-x]*',
    '*/*',
    'sub/[[:upper:]]*',
    '[[:digit:]]',
    '.d*/a*',
    '[*]',
    'no-such-*',
    '*[',
    '[a',
    '??',
    '*b*',
    '.??*',
    '[!.]*',
    'a?',
  ];
  const expected = bashSays(patterns);
  for (const [index, pattern] of patterns.entries()) {
    // Bash matches `.` and `..` with `.*`, and no command deletes them.
    const bash = (expected[index] ?? []).filter((name) => !/^\.{1,2}$/.test(name));
    expect([pattern, await weSay(pattern)]).toEqual([pattern, bash]);
  }
});

test('whatever is written, nothing that bash would find is left out', async () => {
  const piece = fc.constantFrom('*', '?', '[', ']', '!', '^', '-', 'a', 'b', '.', 'x', '/', '[:alpha:]', 'ü');
  const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
  const all = fc
    .sample(pattern, 300)
    .filter((text) => !text.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)|\/\/|\/$|^-/.test(text));
  const expected = bashSays(all);
  for (const [index, text] of all.entries()) {
    const bash = (expected[index] ?? []).filter((name) => !/(^|\/)\.{1,2}$/.test(name));
    const found = new Set(await weSay(text));
    // What fits nothing is the word itself.
    const missing = bash.filter((name) => !found.has(name) && name !== pathOfText(text));
    expect([text, missing]).toEqual([text, []]);
  }
});
