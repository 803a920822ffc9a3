/** Interpreters that are rarer in an agent's commands. Source: each one's manual page. */
import type { Tool } from '../../tool.js';
import { interpreter } from './interpreter.js';

export const OTHERS: readonly Tool[] = [
  interpreter({
    names: ['php', 'hhvm'],
    language: 'php',
    code: ['-r', '-B', '-R', '-E', '--run', '--process-code'],
    values: ['-d', '--define', '-c', '-S', '-t', '-z', '--php-ini'],
    shows: [
      '-v',
      '-h',
      '-i',
      '-m',
      '-l',
      '--info',
      '--ini',
      '--rf',
      '--rc',
      '--re',
      '--ri',
      '-s',
      '-w',
      '--syntax-check',
      '-S',
    ],
    // `php artisan` and `php bin/console` are programs of their own.
    judge: ({ args, name, input }) => {
      const [first, ...rest] = args;
      return first !== undefined &&
        /(?:^|\/)(?:artisan|console|phinx|doctrine|drush|occ|wp|spark|yii|please)$/u.test(first.text)
        ? [
            {
              kind: 'command',
              words: [{ ...first, text: first.text.replace(/^.*\//su, '') }, ...rest],
              input,
              by: name,
            },
          ]
        : undefined;
    },
  }),
  interpreter({
    names: ['lua', 'luajit', 'luau', 'texlua'],
    language: 'other',
    code: ['-e'],
    values: ['-l'],
    shows: ['-v'],
  }),
  interpreter({ names: ['Rscript', 'littler', 'r'], language: 'other', code: ['-e'], values: ['--default-packages'] }),
  interpreter({
    names: ['R'],
    language: 'other',
    code: ['-e'],
    values: ['-f', '--file', '-g', '--gui', '-d'],
    shows: ['CMD'],
  }),
  interpreter({
    names: ['groovy', 'groovysh'],
    language: 'other',
    code: ['-e'],
    values: ['-cp', '-c', '-D'],
    shows: ['-v', '-h'],
  }),
  interpreter({
    names: ['elixir', 'iex'],
    language: 'other',
    code: ['-e', '--eval', '--rpc-eval'],
    values: ['-r', '-S', '-pa', '-pr', '--name', '--sname', '--cookie', '--erl'],
    shows: ['-v', '-h'],
  }),
  interpreter({
    names: ['julia'],
    language: 'other',
    code: ['-e', '--eval', '-E', '--print'],
    values: ['-L', '-J', '-t', '-p', '--project'],
    shows: ['-v', '-h'],
  }),
  interpreter({
    names: ['erl'],
    language: 'other',
    code: ['-eval'],
    singleDash: true,
    values: ['-s', '-run', '-pa', '-sname', '-name'],
  }),
  interpreter({
    names: [
      'ghc',
      'runghc',
      'runhaskell',
      'clj',
      'clojure',
      'bb',
      'scala',
      'kotlin',
      'jshell',
      'guile',
      'racket',
      'sbcl',
      'ocaml',
      'swift',
      'dart',
      'nim',
      'crystal',
    ],
    language: 'other',
    code: ['-e', '--eval'],
    values: ['-m', '-i', '-l'],
    shows: ['-v', '-h'],
  }),
  // A program of the machine's own, whatever it does.
  { names: ['java', 'javac', 'jq', 'yq', 'dotnet-script'], judge: () => [] },
];
