// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell scripts.
import { describe, expect, test } from 'vitest';
import { exactly } from './argument.js';
import { Scope } from './scope.js';
import { DIRECTLY } from './via.js';
import { Walk } from './walk.js';

/** Every start of a program, as words; `…` for what nobody knows; `!` and the reason for what cannot be read. */
function starts(text: string): readonly string[] {
  const lines: string[] = [];
  const walk = new Walk({
    started: ({ program, args, folder, input }) => {
      const words = [program, ...args].map((one) => one.text.replaceAll('\0', '…'));
      const where = folder === '.' ? '' : `  [${folder ?? '?'}]`;
      const reads = input.kind === 'text' ? `  <${JSON.stringify(input.text.text.replaceAll('\0', '…'))}` : '';
      lines.push(words.join(' ') + where + reads);
    },
    landing: (folder) => folder,
    rootOf: () => undefined,
    assigned: () => undefined,
    redirected: ({ kind, target }) => lines.push(`${kind} ${target.text.replaceAll('\0', '…')}`),
    opaque: (explain) => lines.push(`! ${explain}`),
    unreadable: (_, why) => lines.push(`! it ${why}`),
  });
  walk.text(exactly(text), Scope.begin({ folder: '.', home: '/home/dana' }), DIRECTLY);
  return lines;
}

describe('every command is come by', () => {
  test.each([
    ['a; b && c || d & e', ['a', 'b', 'c', 'd', 'e']],
    ['a | b |& c', ['a', 'b', 'c']],
    ['(a; (b)); { c; }', ['a', 'b', 'c']],
    ['if a; then b; elif c; then d; else e; fi', ['a', 'b', 'c', 'd', 'e']],
    ['while a; do b; done; until c; do d; done', ['a', 'b', 'c', 'd']],
    ['case x in a) b;; *) c;& d) e;; esac', ['b', 'c', 'e']],
    ['for ((i=0; i<$(a); i++)); do b; done', ['a', 'b']],
    ['x=$(a) y=`b` c "$(d)" ${z:-$(e)}', ['a', 'b', 'd', 'e', 'c … …']],
    ['a <(b) > >(c)', ['b', 'c', 'a /dev/fd/*']],
    ['[[ -n $(a) && $(b) == c ]]', ['a', 'b']],
    ['(( x = $(a) + 1 )); echo $(( $(b) ))', ['a', 'b']],
    ['a[$(b)]=1; c', ['b', 'c']],
    ['coproc a { b; }', ['b']],
    ['! time -p a', ['a']],
    ['cat <<EOF; b\n$(a)\nEOF', ['a', 'cat  <"…\\n"', 'b']],
    ["cat <<'EOF'\n$(a)\nEOF", ['cat  <"$(a)\\n"']],
    ['trap "a" EXIT; b', ['a', 'b']],
    ['eval "a; b"', ['a', 'b']],
    ['f() { a "$1"; b; }; f x; f y', ['a x', 'b', 'a y', 'b']],
    ['function f { a; }; c', ['c']],
    ['select x in 1 2; do a $x; done', ['a 1', 'a 2']],
    ['exec a b; command c d; builtin e', ['a b', 'c d', 'e']],
  ])('%s', (text, wanted) => {
    expect(starts(text)).toEqual(wanted);
  });
});

describe('words are what the shell would make of them', () => {
  test.each([
    ['a b"c"\'d\'\\e', 'a bcde'],
    ["a $'x\\ty'", 'a x\ty'],
    ['a {b,c}d {1..3}', 'a bd cd 1 2 3'],
    ['a ~/x ~ "~/x" ~bob/y', 'a /home/dana/x /home/dana ~/x /home/bob/y'],
    ['X=b; a $X ${X} "$X"c', 'a b b bc'],
    ['X="b c"; a $X "$X"', 'a b c b c'],
    ['X=; a $X "$X"', 'a '],
    ['a $X/y', 'a …/y'],
    ['A=(b c); a "${A[@]}" ${A[1]}', 'a b c c'],
    ['X=abc.txt; a ${X%.txt} ${X#a} ${X/b/c} ${X^^}', 'a abc bc.txt acc.txt ABC.TXT'],
    ['a ${X:-b}', 'a …'],
    ['X=c; a ${X:-b} ${X:+d}', 'a c d'],
    ['X=b Y=$X; a $Y', 'a b'],
    ['set -- x y; a "$@" $2', 'a x y y'],
    ['a "$(echo b c)"', 'a b c'],
    ['a $(printf "%s-%s" b c)', 'a b-c'],
    ['r""m x', 'rm x'],
    ['\\rm x', 'rm x'],
    ['$(echo rm) x', 'rm x'],
    ['X=rm; $X x', 'rm x'],
    ['export X=b; a $X', 'a b'],
    ['a *.log', 'a *.log'],
    ['if x; then X=b; else X=c; fi; a $X', 'a …'],
    ['X=b; if x; then X=b; fi; a $X', 'a b'],
    ['while x; do a $X; X=b; done', 'a …'],
    ['read X; a $X', 'a …'],
  ])('%s', (text, wanted) => {
    expect(starts(text).at(-1)).toBe(wanted);
  });
});

describe('the folder is followed', () => {
  test.each([
    ['cd src && a', 'a  [src]'],
    ['cd src/../.. && a', 'a  [..]'],
    ['cd /; a', 'a  [/]'],
    ['cd; a', 'a  [/home/dana]'],
    ['cd "$X" && a', 'a  [?]'],
    ['cd - && a', 'a  [?]'],
    ['(cd src); a', 'a'],
    ['pushd src; a', 'a  [src]'],
    ['cd src || exit 1; a', 'a  [src]'],
  ])('%s', (text, wanted) => {
    expect(starts(text).at(-1)).toBe(wanted);
  });
});

describe('what nobody can tell is not run unasked', () => {
  test.each([
    ['FAIL-CLOSED: a command whose name nobody knows waits for a person', '$X y', /\$X/],
    ['a computed command', 'eval "$X"', /computed command/],
    ['a name from a transformation', '${x@P}', /nobody can tell/],
    ['an unterminated quote', 'a "b', /unterminated/],
    ['an error inside of a substitution', 'a $(b "c)', /error|unreadable/],
    ['a NUL', 'a\0b', /unterminated|NUL|nobody|variable/],
    ['a lone surrogate', 'a \ud800', /Unicode/],
    ['a text that is too long', `a ${'b'.repeat(300_000)}`, /longer/],
    ['a riddle of groups', `${'('.repeat(100)}a${')'.repeat(100)}`, /deep/],
    ['a function that calls itself', 'f() { f; f; }; f', /follow/],
    ['FAIL-CLOSED: what is too long to follow waits for a person', 'a;'.repeat(4000), /more commands/],
  ])('%s', (_name, text, wanted) => {
    expect(
      starts(text)
        .filter((line) => line.startsWith('!'))
        .join(),
    ).toMatch(wanted);
  });
});

describe('what may not happen is not relied on', () => {
  test.each([
    ['a && X=b; c $X', 'c …'],
    ['X=b && c $X', 'c b'],
    ['a || X=b; c $X', 'c …'],
    ['a && f() { b; }; f', 'f'],
    ['a && f() { X=b; }; f; c $X', 'c …'],
    ['rm() { :; }; command rm x', 'rm x'],
    ['rm() { :; }; unset -f rm; rm x', 'rm x'],
    ['if a; then rm() { :; }; fi; rm x', 'rm x'],
    ['rm() { :; }; rm x; b', 'b'],
    ['{ X=b; } & c $X', 'c …'],
    ['X=b | true; c $X', 'c …'],
  ])('%s', (text, wanted) => {
    expect(starts(text).at(-1)).toBe(wanted);
  });
});

test('aliases are followed as well as the program of their name', () => {
  expect(starts('alias ll="rm -rf x"; ll y')).toEqual(['rm -rf x y', 'll y']);
});

test('a loop over a pattern has names that fit, and one over a pipe has whatever comes', () => {
  expect(starts('for f in *.o; do a "$f"; done')).toEqual(['a *.o']);
  expect(starts('find src | while read f; do a "$f"; done')).toEqual(['find src', 'a src']);
  expect(starts('b | while read f; do a "$f"; done')).toEqual(['b', 'a …']);
});

test('input is told: here-documents, here-strings, and what echo and printf say', () => {
  expect(starts('a <<< "x y"')).toEqual(['a  <"x y\\n"']);
  expect(starts('echo -e "x\\ny" | a')).toEqual(['a  <"x\\ny\\n"']);
  expect(starts("printf '%s\\n' x y | cat | a")).toEqual(['cat  <"x\\ny\\n"', 'a  <"x\\ny\\n"']);
});

test('redirections are told', () => {
  expect(starts('a > b 2>> c < d 2>&1 &> e >| f')).toEqual([
    'overwrite b',
    'append c',
    'read d',
    'overwrite e',
    'overwrite f',
    'a',
  ]);
});
