import { describe, expect, test } from 'vitest';
import { exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { invoke } from '../../invocation.case.js';
import type { Input } from '../../invocation.js';
import { INTERPRETER_TOOLS } from './index.js';
import { judgeBun } from './javascript.js';

const TOOLS = new Map(INTERPRETER_TOOLS.flatMap((tool) => tool.names.map((name) => [name, tool] as const)));

function say(finding: Finding): string {
  switch (finding.kind) {
    case 'code':
      return `${finding.language}: ${finding.text.text.replaceAll(UNKNOWN_PART, '?')}`;
    case 'script':
      return `script ${finding.path.text} ${finding.args.map(({ text }) => text).join(' ')}`.trim();
    case 'command':
      return `command ${finding.words.map(({ text }) => text).join(' ')}`;
    case 'shell':
      return `shell ${finding.text.text.replaceAll(UNKNOWN_PART, '?')}`;
    case 'files':
      return `${finding.act} ${finding.path.text}`;
    default:
      return finding.kind;
  }
}

function judged(line: string, input?: Input): readonly string[] {
  const invocation = invoke(line, input === undefined ? {} : { input });
  const tool = TOOLS.get(invocation.name);
  if (tool === undefined) throw new Error(`no tool for ${line}`);
  return tool.judge(invocation).map(say);
}

test.each<readonly [string, ...string[]]>([
  ["python -c 'print(1)'", 'python: print(1)'],
  ["python3 -Ic 'print(1)' a b", 'python: print(1)'],
  ['python3 -u clean.py --all', 'script clean.py --all'],
  ["python -- -c 'print(1)'", 'script -c print(1)'],
  ['python --version'],
  ['python -V'],
  ['python3 -m pip uninstall -y x', 'command pip uninstall -y x'],
  ['python3 -m http.server'],
  ['python3 -m pytest tests'],
  ["python3 -m timeit 'x()'", 'python: x()'],
  ['python3 -m pdb a.py', 'script a.py'],
  ['python manage.py flush --no-input', 'command manage.py flush --no-input'],
  ["node -e 'x()'", 'javascript: x()'],
  ["node --eval 'x()' a", 'javascript: x()'],
  ["node -pe '1 + 1'", 'javascript: 1 + 1'],
  ["node -p '1 + 1'", 'javascript: 1 + 1'],
  ['node --check a.js'],
  ['node -r dotenv/config a.js', 'script a.js'],
  ['node --test'],
  ["tsx -e 'x()'", 'javascript: x()'],
  ['ts-node clean.ts', 'script clean.ts'],
  ["deno eval 'x()'", 'javascript: x()'],
  ['deno run -A clean.ts', 'script clean.ts'],
  ['deno test'],
  ["ruby -e 'a' -e 'b'", 'ruby: a\nb'],
  ['ruby -run -e httpd', 'ruby: httpd'],
  ['ruby bin/rails db:drop', 'command rails db:drop'],
  ["perl -e 'unlink 1'", 'perl: unlink 1'],
  ["perl -ne 'print' a.txt", 'perl: print'],
  ["perl -pi -e 's/a/b/' a.txt b.txt", 'perl: s/a/b/', 'edit a.txt', 'edit b.txt'],
  ["perl -i.bak -pe 's/a/b/' a.txt", 'perl: s/a/b/', 'edit a.txt'],
  ["perl -0777 -pi -e 's/a/b/' a.txt", 'perl: s/a/b/', 'edit a.txt'],
  ["perl -lane 'print $F[0]' a.txt", 'perl: print $F[0]'],
  ["perl -MFile::Path -e 'rmtree(1)'", 'perl: rmtree(1)'],
  ['perl -c a.pl'],
  ["php -r 'unlink(1);'", 'php: unlink(1);'],
  ['php -l a.php'],
  ['php artisan migrate:fresh', 'command artisan migrate:fresh'],
  ['php a.php', 'script a.php'],
  ["lua -e 'os.remove(1)'", 'other: os.remove(1)'],
  ["Rscript -e 'unlink(1)'", 'other: unlink(1)'],
  ["elixir -e 'x'", 'other: x'],
  ["awk '{ print $1 }' a.txt"],
  ['awk \'BEGIN { system("rm x") }\'', 'shell rm x'],
  ['awk -F: -v a=1 \'{ print > "b" }\' c', 'overwrite b'],
  ['awk -f a.awk b', 'script a.awk b'],
  ["gawk -i inplace '{ print }' a", 'edit a'],
  ['jq .a b.json'],
  ['java -jar a.jar'],
])('%s', (line, ...expected) => {
  expect(judged(line)).toEqual(expected);
});

describe('code on the standard input', () => {
  test.each<readonly [string, Input, readonly string[]]>([
    ['python3', { kind: 'text', text: exactly('print(1)\n') }, ['python: print(1)\n']],
    ['python3 - a', { kind: 'text', text: exactly('print(1)') }, ['python: print(1)']],
    ['node', { kind: 'file', path: exactly('a.js') }, ['script a.js']],
    ['node', { kind: 'inherited' }, []],
    ['perl', { kind: 'pipe', from: ['cat'] }, []],
    ["python3 -c 'x'", { kind: 'pipe', from: ['curl'] }, ['python: x']],
  ])('%s with %j', (line, input, expected) => {
    expect(judged(line, input)).toEqual(expected);
  });

  test('a program out of the network, or decoded, could do anything: opaque', () => {
    expect(judged('python3', { kind: 'pipe', from: ['curl'] })).toEqual(['opaque']);
    expect(judged('node -', { kind: 'pipe', from: ['base64'] })).toEqual(['opaque']);
  });
});

test('bun runs code and files, and what else it does is left to the package managers', () => {
  expect(judgeBun(invoke("bun -e 'x()'"))?.map(say)).toEqual(['javascript: x()']);
  expect(judgeBun(invoke('bun run clean.ts --all'))?.map(say)).toEqual(['script clean.ts --all']);
  expect(judgeBun(invoke('bun run clean'))).toBeUndefined();
  expect(judgeBun(invoke('bun add x'))).toBeUndefined();
});
