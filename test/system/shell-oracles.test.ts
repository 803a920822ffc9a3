// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell scripts.
/**
 * The walk against two independent readers of shell scripts. Bash itself runs generated scripts, and every command that it
 * runs must have been come by, with the words that it was given where the walk claims to know them. shfmt reads the same
 * scripts, and every command name that it sees must have been come by. FIREBREAK_SHELL_CASES and FIREBREAK_SHELL_SEED make
 * it longer, and another.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Argument, exactly } from '#analyze/shell/argument';
import { Scope } from '#analyze/shell/scope';
import { DIRECTLY } from '#analyze/shell/via';
import { Walk } from '#analyze/shell/walk';

const CASES = Number(process.env['FIREBREAK_SHELL_CASES'] ?? 200);
const SEED = Number(process.env['FIREBREAK_SHELL_SEED'] ?? 20_261_120);

/** Names of commands that do not exist but as functions that write down how they were called. */
const NAMES = ['aa', 'bb', 'cc', 'dd', 'ee'];

interface Walked {
  readonly starts: readonly (readonly Argument[])[];
  /** It said that something cannot be read: then nothing is claimed. */
  readonly gaveUp: boolean;
}

function walked(text: string): Walked {
  const starts: (readonly Argument[])[] = [];
  let gaveUp = false;
  const giveUp = () => {
    gaveUp = true;
  };
  const walk = new Walk({
    started: ({ program, args }) => starts.push([program, ...args]),
    redirected: () => undefined,
    landing: (folder) => folder,
    rootOf: () => undefined,
    assigned: () => undefined,
    opaque: giveUp,
    unreadable: giveUp,
  });
  walk.text(exactly(text), Scope.begin({ folder: '.', home: '/home/dana' }), DIRECTLY);
  return { starts, gaveUp };
}

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('x', 'y1', '-f', 'a/b', "'q r'", '"s t"', 'z\\ w', "$'\\x41b'", '""') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '$v',
      '"$v"',
      '${v}',
      '${w:-d}',
      '"${v%x}"',
      '$1',
      '"$@"',
      '{p,q}',
      '$((1+2))',
      'k{1..2}',
    ),
  },
);

/** A script out of pieces that nest. */
const script = fc.letrec<{ list: string; command: string; simple: string; arg: string }>((tie) => ({
  arg: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: word },
    { weight: 1, arbitrary: tie('list').map((list) => `$(${list})`) },
    { weight: 1, arbitrary: tie('list').map((list) => `"m$(${list})n"`) },
    { weight: 1, arbitrary: tie('simple').map((simple) => `\`${simple.replaceAll('`', '')}\``) },
    { weight: 1, arbitrary: tie('list').map((list) => `<(${list})`) },
  ),
  simple: fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.array(tie('arg'), { maxLength: 3 }),
      fc.constantFrom('', '', '', ' >/dev/null', ' 2>&1', ' <<< "h"', ' </dev/null'),
    )
    .map(([name, args, redirect]) => `${name}${args.map((one) => ` ${one}`).join('')}${redirect}`),
  command: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 6, arbitrary: tie('simple') },
    { weight: 1, arbitrary: tie('list').map((list) => `( ${list} )`) },
    { weight: 1, arbitrary: tie('list').map((list) => `{ ${list}; }`) },
    { weight: 1, arbitrary: fc.tuple(tie('simple'), tie('simple')).map(([a, b]) => `${a} | ${b}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('list'), tie('list'), tie('list'))
        .map(([a, b, c]) => `if ${a}; then ${b}; else ${c}; fi`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), tie('list'))
        .map(([words, list]) => `for v in ${words.join(' ')}; do ${list}; done`),
    },
    { weight: 1, arbitrary: fc.tuple(tie('list'), tie('list')).map(([a, b]) => `case $v in x) ${a};; *) ${b};; esac`) },
    { weight: 1, arbitrary: tie('list').map((list) => asFunction(list)) },
    { weight: 1, arbitrary: tie('simple').map((simple) => `eval '${simple.replaceAll("'", '')}'`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('v=x', 'w=$v', 'v="a b"', 'set -- p q', 'unset v', 'v=$(echo hello)', 'export v=e'),
    },
    { weight: 1, arbitrary: tie('simple').map((simple) => `cat <<EOF >/dev/null\ntext $(${simple}) more\nEOF\n:`) },
    { weight: 1, arbitrary: tie('simple').map((simple) => `[[ -n "$(${simple})" ]] && ${'bb'} t`) },
    { weight: 1, arbitrary: tie('simple').map((simple) => `! ${simple}`) },
  ),
  list: fc
    .array(fc.tuple(tie('command'), fc.constantFrom('; ', ' && ', ' || ', '\n')), { minLength: 1, maxLength: 4 })
    .map((parts) =>
      parts
        .map(([command, between], index) =>
          index + 1 < parts.length ? command + (command.endsWith(':') ? '\n' : between) : command,
        )
        .join(''),
    ),
})).list;

/** Its own name, so that none calls itself. */
function asFunction(list: string): string {
  const name = `fn${list.length}_${[...list].reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) % 99_991, 7)}`;
  return `${name}() { ${list}; }; ${name} 1 2`;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-shell-'));
  const functions = NAMES.map(
    (name, index) => `${name}() { printf '%s\\0' ${name} "$@" $'\\x1e' >&9; return ${index % 2}; }`,
  ).join('\n');
  writeFileSync(join(folder, 'names.sh'), `${functions}\nexport -f ${NAMES.join(' ')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let cases = 0;

/** The commands that Bash runs, with their words; undefined when it takes too long. */
function ran(text: string): readonly (readonly string[])[] | undefined {
  // Each has a file of its own: what one leaves running in the background must not write to the next.
  cases += 1;
  const log = join(folder, `log-${cases}`);
  writeFileSync(log, '');
  const begin = `exec 9>>'${log}'; . '${join(folder, 'names.sh')}'; PATH=/nowhere; cat() { while read -r; do :; done; }\n`;
  const options = { cwd: folder, env: {}, stdio: 'ignore' } as const;
  const done = spawnSync(
    '/usr/bin/timeout',
    ['-s', 'KILL', '1', '/bin/bash', '-c', `${begin}fbk=$1; set --; eval "$fbk"`, 'bash', text],
    options,
  );
  if (done.status === null || done.status === 137) return undefined;
  const bytes = execFileSync('/bin/cat', [log], { encoding: 'utf8' });
  return bytes
    .split('\0\x1e\0')
    .filter((line) => line !== '')
    .map((line) => line.split('\0'));
}

test('every command that Bash runs was come by, with the words that it is given', () => {
  let compared = 0;
  let gaveUp = 0;
  fc.assert(
    fc.property(script, (text) => {
      const mine = walked(text);
      if (mine.gaveUp) {
        gaveUp += 1;
        return;
      }
      const theirs = ran(text);
      if (theirs === undefined) return;
      compared += theirs.length;
      for (const words of theirs) {
        const found = mine.starts.some((start) => fits(start, words));
        if (!found) throw new Error(`Bash runs ${JSON.stringify(words)} in\n${text}`);
      }
    }),
    { numRuns: CASES, seed: SEED },
  );
  expect(compared).toBeGreaterThan(CASES);
  expect(gaveUp).toBeLessThan(CASES / 4);
});

/** True when these are the words, or the walk said that it does not know them. */
function fits(start: readonly Argument[], words: readonly string[]): boolean {
  if (start[0]?.text !== words[0]) return false;
  if (start.some(({ certainty }) => certainty !== 'exact')) return true;
  return start.length === words.length && start.every(({ text }, index) => text === words[index]);
}

test('every command name that shfmt sees was come by', () => {
  let compared = 0;
  fc.assert(
    fc.property(script, (text) => {
      const mine = walked(text);
      if (mine.gaveUp) return;
      const done = spawnSync('shfmt', ['--to-json'], {
        input: text,
        encoding: 'utf8',
        timeout: 5_000,
        maxBuffer: 256 * 1024 * 1024,
      });
      if (done.status !== 0) return;
      // A function that is never called, and a loop without turns, run nothing: the generator makes neither.
      const names = namesIn(JSON.parse(done.stdout)).filter((name) => NAMES.includes(name));
      const come = mine.starts.map(([program]) => program?.text);
      compared += names.length;
      expect(come).toEqual(expect.arrayContaining(names));
    }),
    { numRuns: CASES, seed: SEED + 1 },
  );
  expect(compared).toBeGreaterThan(CASES);
});

/** The first words of all simple commands of mvdan/sh's tree, where they are plain. */
function namesIn(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (typeof node !== 'object' || node === null) return [];
  const fields = new Map(Object.entries(node));
  const own: string[] = [];
  if (fields.get('Type') === 'CallExpr') {
    const [first] = (fields.get('Args') ?? []) as { readonly Parts: readonly { readonly Value?: string }[] }[]; // Its own form.
    const value = first?.Parts.length === 1 ? first.Parts[0]?.Value : undefined;
    if (value !== undefined) own.push(value);
  }
  return [...own, ...[...fields.values()].flatMap(namesIn)];
}

test('what Bash refuses to read as a whole, or reads otherwise, is never allowed for a lost part', () => {
  // Any cut of a script: we may give up, or see every command that Bash would run of it.
  fc.assert(
    fc.property(script, fc.nat(), fc.nat(), (text, from, length) => {
      const start = from % (text.length + 1);
      const cut = text.slice(0, start) + text.slice(start + (length % 5));
      const mine = walked(cut);
      if (mine.gaveUp) return;
      for (const words of ran(cut) ?? []) {
        if (!NAMES.includes(words[0] ?? '')) continue;
        if (!mine.starts.some((one) => fits(one, words)))
          throw new Error(`Bash runs ${JSON.stringify(words)} in\n${cut}`);
      }
    }),
    { numRuns: CASES, seed: SEED + 2 },
  );
});
