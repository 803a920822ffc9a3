// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as texts
// Long because it is a table: what programs would do. `kind:what`, `?` for an unknown part.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNKNOWN_PART } from '../argument.js';
import type { Finding, Language } from '../finding.js';
import { analyzeCode } from './analyze-code.js';

function say(finding: Finding): string {
  const show = (text: string) => text.replaceAll(UNKNOWN_PART, '?');
  switch (finding.kind) {
    case 'files':
      return `${finding.act}${finding.recursive ? '*' : ''} ${show(finding.path.text)}${finding.path.certainty === 'pattern' ? ' (pattern)' : ''}`;
    case 'shell':
      return `shell ${show(finding.text.text)}`;
    case 'command':
      return `command ${finding.words.map(({ text }) => show(text)).join(' ')}`;
    case 'code':
      return `code ${show(finding.text.text)}`;
    case 'script':
      return `script ${show(finding.path.text)}`;
    case 'sql':
      return `${finding.dialect} ${show(finding.text.text)}`;
    case 'http':
      return `${finding.method} ${show(finding.url.text)} ${show(finding.body?.text ?? '')}`.trim();
    case 'effect':
      return `${finding.verb} ${finding.resource.kind}`;
    default:
      return finding.kind;
  }
}

type Row = readonly [code: string, ...findings: string[]];

const TABLE: Readonly<Partial<Record<Language, readonly Row[]>>> = {
  python: [
    ["print('rm -rf /')"],
    ["import os\nos.remove('a.txt')", 'delete a.txt'],
    ["import os as o; o.unlink('a')", 'delete a'],
    ["from os import remove as r\nr('a')", 'delete a'],
    ["from shutil import rmtree as r\nr('build/x')", 'delete* build/x'],
    ["import shutil; shutil.rmtree('/home/dana')", 'delete* /home/dana'],
    ["import shutil\np = '/data'\nshutil.rmtree(p)", 'delete* /data'],
    ['import shutil, sys\nshutil.rmtree(sys.argv[1])', 'delete* ?'],
    ["import os\nos.remove(os.path.join('a', 'b'))", 'delete a/b'],
    ["from pathlib import Path\nPath('a.txt').unlink(missing_ok=True)", 'delete a.txt'],
    ["from pathlib import Path\np = Path('a') / 'b.txt'\np.write_text('x')", 'overwrite a/b.txt'],
    ["import pathlib\nfor p in pathlib.Path('.').glob('*.pyc'):\n    p.unlink()", 'delete *.pyc (pattern)'],
    ["import glob, os\n[os.remove(f) for f in glob.glob('*.log')]", 'delete *.log (pattern)'],
    ["import os\nfor f in os.listdir('out'):\n  os.remove(os.path.join('out', f))", 'delete out/* (pattern)'],
    ["open('a.txt', 'w').write('drop table users')", 'overwrite a.txt'],
    ["with open('a.txt', mode='a') as f:\n  f.write('x')", 'append a.txt'],
    ["print(open('.env').read())", 'read .env'],
    ["import sys\nwith open(sys.argv[1], 'w') as f: f.write('')"],
    ["import os; os.system('rm -rf x')", 'shell rm -rf x'],
    ["import os\nd = 'x'\nos.system(f'rm -rf {d}/y')", 'shell rm -rf x/y'],
    ["import os\nos.system('rm -rf ' + d)", 'shell rm -rf ?'],
    ["import os\nos.system('rm -rf %s' % d)", 'shell rm -rf ?'],
    ['import os\nos.system(cmd)', 'opaque'],
    ["import subprocess\nsubprocess.run(['git', 'push', '--force'])", 'command git push --force'],
    ["import subprocess as sp\nsp.check_output('ls | wc', shell=True)", 'shell ls | wc'],
    ["import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pytest'])", 'command python3 -m pytest'],
    ["import os\ngetattr(os, 'rem' + 'ove')('a')", 'delete a'],
    ["import os\ngetattr(os, name)('a')", 'opaque'],
    ["__import__('os').system('ls')", 'shell ls'],
    ["__import__('os').__dict__[x]('ls')"],
    ["import importlib\nimportlib.import_module('shutil').rmtree('a')", 'delete* a'],
    ["exec('import os')", 'code import os'],
    ["import base64\nexec(base64.b64decode('cHJpbnQoMSk='))", 'code print(1)'],
    ['import base64, sys\nexec(base64.b64decode(sys.argv[1]))', 'opaque'],
    ["exec(open('setup.py').read())", 'read setup.py', 'script setup.py'],
    ["import os\nlist(map(os.remove, ['a', 'b']))", 'delete a', 'delete b'],
    ["def clean(path):\n    shutil.rmtree(path)\nimport shutil\nclean('a')\nclean('b')", 'delete* a', 'delete* b'],
    ['import tempfile, shutil\nd = tempfile.mkdtemp()\nshutil.rmtree(d)', 'delete* /tmp/* (pattern)'],
    ["# os.remove('a')\nx = 'os.remove(1)'\n'''\nos.system('rm')\n'''"],
    ["cur.execute('DROP TABLE users')", 'postgres DROP TABLE users'],
    ["import sqlite3\nc = sqlite3.connect('a.db')\nc.execute('DELETE FROM t')", 'sqlite DELETE FROM t'],
    ["for q in ['SELECT 1', 'DROP TABLE x']:\n  cur.execute(q)", 'postgres SELECT 1', 'postgres DROP TABLE x'],
    ["cur.execute(f'DROP TABLE {t}')", 'postgres DROP TABLE ?'],
    ["q = build()\nx = 'DROP TABLE y'\ncur.execute(q)", 'postgres DROP TABLE y'],
    ['pool.execute(task)'],
    ["import boto3\nboto3.client('s3').delete_bucket(Bucket='b')", 'destroy cloud'],
    ["import boto3\ns3 = boto3.resource('s3')\ns3.Bucket('b').objects.all().delete()", 'destroy database'],
    ["import boto3\nprint(boto3.client('s3').list_buckets())"],
    ['User.objects.all().delete()', 'destroy database'],
    ["items.remove('a'); d.pop('b'); df.drop(columns=['a'])"],
    ["import requests\nrequests.delete('https://api.example.com/x')", 'DELETE https://api.example.com/x'],
    ["import requests\nrequests.get('https://api.example.com/x')"],
    [
      "import requests\nrequests.post('https://x.example/g', json={'query': 'mutation { volumeDelete(volumeId: \"v\") }'})",
      'POST https://x.example/g {"query":"mutation { volumeDelete(volumeId: \\"v\\") }"}',
    ],
    ["import json; print(json.dumps({'a': 1}))"],
    ["import re\nprint(re.sub(r'[\"\\']', '', 'x'))"],
    ["os.rename('a', 'b')", 'move a', 'place b'],
    ["os.remove('a' if x else 'b')", 'delete ?'],
    ["(lambda o: o.system('ls'))(__import__('os'))", 'shell ls'],
    [
      "cur.execute('SELECT * FROM t WHERE id = %s AND a = \\'?\\'', (1,))",
      "postgres SELECT * FROM t WHERE id = $1 AND a = '?'",
    ],
    ["import re, asyncio\npool.execute(job); re.compile('drop table')"],
    ["import ast\ncompile(open('x.py').read(), 'x.py', 'exec')", 'read x.py'],
    ["exec(compile(open('x.py').read(), 'x.py', 'exec'))", 'read x.py', 'script x.py'],
    ["import os\nfor root, dirs, files in os.walk('.'):\n  print(open(os.path.join(root, files[0])).read())"],
    ['print(f"{os.remove(\'a\')}")', 'delete a'],
  ],
  javascript: [
    ["console.log('rm -rf /')"],
    ["console.log(`rm -rf / ${'x'}`)"],
    ["require('child_process').execSync('rm -rf x')", 'shell rm -rf x'],
    ["const { execSync: run } = require('node:child_process')\nrun(`rm -rf ${'x'}`)", 'shell rm -rf x'],
    ["import { rm as r } from 'node:fs/promises'\nawait r('dist/x', { recursive: true })", 'delete* dist/x'],
    ["const fs = require('fs'); fs.rmSync('a', {recursive: true, force: true})", 'delete* a'],
    ["fs.promises.unlink('a')", 'delete a'],
    ["const {rmSync} = require('fs')\nrmSync('/')", 'delete* /'],
    ["const fs = await import('node:fs'); fs.writeFileSync('a.txt', 'x')", 'overwrite a.txt'],
    ["require('fs')['rm' + 'Sync']('a')", 'delete* a'],
    ["require('fs')[process.argv[2]]('a')", 'opaque'],
    ["const p = require('path').join(__dirname, 'a'); fs.unlinkSync(p)", 'delete a'],
    ["['a', 'b'].forEach(f => fs.unlinkSync(f))", 'delete a', 'delete b'],
    ["for (const f of ['a', 'b']) { fs.unlinkSync(f) }", 'delete a', 'delete b'],
    ["fs.readdirSync('.').map((f) => fs.unlinkSync(f))", 'delete * (pattern)'],
    ["const { spawn } = require('child_process'); spawn('git', ['clean', '-fdx'])", 'command git clean -fdx'],
    ["import { $ } from 'bun'; await $`rm -rf ${dir}/x`", 'shell rm -rf ?/x'],
    ["await Deno.remove('a', { recursive: true })", 'delete* a'],
    ["new Deno.Command('git', { args: ['push'] })", 'command git push'],
    ["eval('fs.rmSync(1)')", 'code fs.rmSync(1)'],
    ["eval(atob('ZnMucm1TeW5jKDEp'))", 'code fs.rmSync(1)'],
    ['new Function(x)()', 'opaque'],
    ["fetch('https://x.example/y', { method: 'DELETE' })", 'DELETE https://x.example/y'],
    ["fetch('https://x.example/y')"],
    [
      "await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ a: 1 }) })",
      'POST ? {"a":1}',
    ],
    ["axios.delete('https://x.example/y')", 'DELETE https://x.example/y'],
    ['await prisma.user.deleteMany()', 'destroy database'],
    ["await client.query('DROP TABLE users')", 'postgres DROP TABLE users'],
    ["const sql = 'TRUNCATE users';\nawait pool.query(sql)", 'postgres TRUNCATE users'],
    ['await sql`DELETE FROM users`', 'postgres DELETE FROM users'],
    ["s3.send(new DeleteBucketCommand({ Bucket: 'b' }))", 'destroy cloud'],
    ["const re = /'/; console.log(re.test(\"fs.rmSync('a')\"))"],
    ["map.delete('a'); set.clear(); list.remove(1); element.remove()"],
    ["// fs.rmSync('a')\n/* fs.rmSync('b') */"],
    ["import('fs').then(({ rmSync }) => rmSync('a'))", 'delete* a'],
    ["const path = require('path'); console.log(path.join('a', 'b'))"],
    ["fs.readFile('.env', (error, text) => console.log(text))", 'read .env'],
    ['rm -rf /', 'opaque'],
    ['const f = (p) => fs.unlinkSync(p)', 'delete ?'],
    ["describe('fs.rmSync', () => { it('works', () => { expect(1).toBe(1) }) })"],
  ],
  ruby: [
    ["puts 'rm -rf /'"],
    ["system 'rm -rf x'", 'shell rm -rf x'],
    ["system('rm', '-rf', 'x')", 'command rm -rf x'],
    ['`rm -rf #{dir}`', 'shell rm -rf ?'],
    ['%x(rm -rf x)', 'shell rm -rf x'],
    ["require 'fileutils'; FileUtils.rm_rf('x')", 'delete* x'],
    ["FileUtils.rm_rf 'x' if true", 'delete* x'],
    ["File.delete('a', 'b')", 'delete a', 'delete b'],
    ["Dir.glob('*.log').each { |f| File.delete(f) }", 'delete *.log (pattern)'],
    ["Dir['*.log'].each do |f|\n  File.delete f\nend", 'delete *.log (pattern)'],
    ['%w(a b).each { |f| File.delete(f) }', 'delete a', 'delete b'],
    ["File.write('a', 'x')", 'overwrite a'],
    ["File.open('a', 'w') { |f| f.puts 'x' }", 'overwrite a'],
    ["send(:system, 'ls')", 'shell ls'],
    ["Object.send(name, 'ls')", 'opaque'],
    ["ActiveRecord::Base.connection.execute('DROP TABLE users')", 'postgres DROP TABLE users'],
    ['User.delete_all', 'destroy database'],
    ['User.where(active: false).destroy_all', 'destroy database'],
    ['puts User.count'],
    ['eval(ARGV[0])', 'opaque'],
    ['text = <<~EOS\n  rm -rf /\nEOS\nputs text'],
    ['# system(\'rm\')\nputs "a"'],
    ["puts 'x' if system('true')", 'shell true'],
  ],
  perl: [
    ["print 'rm -rf /'"],
    ["system('rm -rf x')", 'shell rm -rf x'],
    ["system 'rm', '-rf', 'x'", 'command rm -rf x'],
    ["unlink 'a' or die", 'delete a'],
    ["unlink glob('*.log')", 'delete *.log (pattern)'],
    ['unlink <*.log>', 'delete *.log (pattern)'],
    ["use File::Path; rmtree('x')", 'delete* x'],
    ['my $d = "x"; `rm -rf $d`', 'shell rm -rf x'],
    ['my $x = qx{ls};', 'shell ls'],
    ["open(my $f, '>', 'a') or die", 'overwrite a'],
    ["open(F, '| sh')", 'shell sh'],
    ["open F, '>a'", 'overwrite a'],
    ['s/a/b/g; print if m/rm -rf/ and m{x}i'],
    ['s/x/unlink("a")/e', 'delete a'],
    ['$dbh->do("DELETE FROM t")', 'postgres DELETE FROM t'],
    ['eval { die }; print $@'],
    ['eval $code', 'opaque'],
    ['for my $f (glob("*.o")) { unlink $f }', 'delete *.o (pattern)'],
    ['print "$ENV{HOME}\\n"; print -s $file, y => 1'],
  ],
  php: [
    ["echo 'rm -rf /';"],
    ["<?php unlink('a'); ?> it's <?php exec('rm x');", 'delete a', 'shell rm x'],
    ["shell_exec('rm -rf x');", 'shell rm -rf x'],
    ['$d = "x"; system("rm -rf $d");', 'shell rm -rf x'],
    ['echo `rm -rf x`;', 'shell rm -rf x'],
    ["file_put_contents('a', 'x');", 'overwrite a'],
    ["$pdo->exec('DROP TABLE users');", 'postgres DROP TABLE users'],
    ["array_map('unlink', glob('*.log'));", 'delete *.log (pattern)'],
    ["$f = 'system'; $f('ls'); call_user_func('exec', 'pwd');", 'shell ls', 'shell pwd'],
    ["foreach (glob('*.log') as $f) { unlink($f); }", 'delete *.log (pattern)'],
    ["\\Illuminate\\Support\\Facades\\DB::statement('TRUNCATE users');", 'postgres TRUNCATE users'],
    ["DB::table('users')->truncate();", 'destroy database'],
    ['eval(base64_decode($x));', 'opaque'],
    ["echo date('Y');"],
  ],
  awk: [
    ['{ print $1 }'],
    ['/rm -rf/ { print "rm -rf /" }'],
    ['{ system("rm " $1) }', 'shell rm ?'],
    ['BEGIN { system("rm -rf x") }', 'shell rm -rf x'],
    ['{ print > "out.txt" }', 'overwrite out.txt'],
    ['{ print $1 | "sh" }', 'shell sh', 'opaque'],
    ['BEGIN { while (("ls" | getline x) > 0) print x }', 'shell ls'],
    ['{ print ($1 > 2) }'],
    ['$3 > 10 { print $0 }'],
    ['{ print > $1 ".txt" }', 'overwrite ?.txt'],
  ],
  other: [
    ["os.execute('rm -rf x')", 'shell rm -rf x'],
    ["os.remove('a')", 'delete a'],
    ["print('os.remove')"],
    ['unlink("a", recursive = TRUE)', 'delete* a'],
    ['File.rm_rf!("x")', 'delete* x'],
    ['System.cmd("rm", ["-rf", "x"])', 'command rm -rf x'],
    ['"rm -rf x".execute()', 'shell rm -rf x'],
    ['new File("a").delete()', 'delete a'],
    ['cat("it works\\n") # it\'s fine'],
  ],
  powershell: [
    [
      "Remove-Item -Recurse -Force 'a b'; Get-ChildItem",
      'command Remove-Item -Recurse -Force a b',
      'command Get-ChildItem',
    ],
    ['# Remove-Item x\nWrite-Host "Remove-Item"', 'command Write-Host Remove-Item'],
    ['iex $x', 'opaque'],
  ],
  applescript: [
    ['do shell script "rm -rf x"', 'shell rm -rf x'],
    ['display dialog "do shell script"'],
    ['tell application "Finder" to delete file "a"', 'destroy application'],
  ],
};

for (const [language, rows] of Object.entries(TABLE)) {
  describe(language, () => {
    test.each(rows.map((row) => [row[0], row.slice(1)] as const))('%s', (code, findings) => {
      expect(analyzeCode(language as Language, code).map(say)).toEqual(findings);
    });
  });
}

const LANGUAGES: readonly Language[] = [
  'python',
  'javascript',
  'ruby',
  'perl',
  'php',
  'awk',
  'other',
  'powershell',
  'applescript',
];

test('what is too long to read is opaque', () => {
  expect(analyzeCode('python', `print('${'a'.repeat(70_000)}')`).map(say)).toEqual(['opaque']);
});

test('a text that cannot be read, and holds words that destroy, is opaque', () => {
  expect(analyzeCode('python', "os.system('rm -rf x").map(say)).toContain('opaque');
  expect(analyzeCode('python', "print('hello").map(say)).toEqual([]);
});

test('what is nested too deeply is opaque when it holds words that destroy', () => {
  const deep = `${'('.repeat(3_000)}os.system('rm -rf x')${')'.repeat(3_000)}`;
  expect(analyzeCode('python', deep).map(say)).toContain('opaque');
});

test('a program knows its own file', () => {
  const code = "from pathlib import Path\nimport shutil\nshutil.rmtree(Path(__file__).parent.parent / 'build')";
  expect(analyzeCode('python', code).map(say)).toEqual(['delete* ?/build']);
  expect(analyzeCode('python', code, { file: '/w/tools/clean.py' }).map(say)).toEqual(['delete* /w/build']);
  const script = "fs.rmSync(path.join(__dirname, '..', 'dist'), { recursive: true })";
  expect(analyzeCode('javascript', script, { file: 'tools/clean.js' }).map(say)).toEqual(['delete* dist']);
});

test('a part that the shell computes is unknown where a value stands, and opaque where a statement does', () => {
  expect(analyzeCode('python', `print(${UNKNOWN_PART})`)).toEqual([]);
  expect(analyzeCode('python', `import os\nos.remove('${UNKNOWN_PART}')`).map(say)).toEqual(['delete ?']);
  expect(analyzeCode('python', `import os; ${UNKNOWN_PART}`).map(say)).toEqual(['opaque']);
});

test('a program in a file is judged by the commands that stand in it as texts', () => {
  const code = "import subprocess, sys\ncmd = build('rm -rf data')\nsubprocess.run(cmd)";
  expect(analyzeCode('python', code).map(say)).toEqual(['opaque']);
  expect(analyzeCode('python', code, { file: 'scripts/x.py' }).map(say)).toEqual(['shell rm -rf data']);
});

test('never throws and never hangs, whatever the text', () => {
  const piece = fc.constantFrom(
    ...[
      'os.remove(',
      "'a'",
      '"',
      "'",
      '`',
      '${',
      '#{',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '\n',
      '<<EOS',
      '<<~A\n',
      'q{',
      's/',
      '%w(',
      '=>',
      '->',
      '.',
      '=',
      ' ',
      ';',
      'for x in ',
      'def f(',
      'lambda ',
      'import os',
      '/*',
      '*/',
      '//',
      '#',
      '\\',
      '$x',
      '@y',
      '|',
      'do ',
      'f"{',
      '"""',
      'const {',
      'require(',
      ',',
      '0',
      'é',
      '\0',
    ],
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...LANGUAGES),
      fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 120 }),
      (language, pieces) => {
        expect(Array.isArray(analyzeCode(language, pieces.join('')))).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});

test.each(LANGUAGES)('the worst texts of %s take less than a second of the processor', (language) => {
  const worst = [
    '(',
    '[',
    '{',
    '`${',
    '"#{',
    "'",
    '<<EOS\n',
    's/',
    'a.',
    'a(',
    '=',
    '/*',
    '%w(',
    'f"{',
    '"\\',
    'x=>',
    '<*',
    'for x in ',
    '-> {',
    '"$a ',
    '$(',
    'lambda ',
  ];
  for (const piece of worst) {
    const text = piece.repeat(Math.floor(60_000 / piece.length));
    const begun = process.cpuUsage();
    analyzeCode(language, text);
    expect(process.cpuUsage(begun).user, piece).toBeLessThan(1_000_000);
  }
});
