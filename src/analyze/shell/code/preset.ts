import { posix } from 'node:path';
import type { Argument } from '../argument.js';
import type { Language } from '../finding.js';
import { textValue, type Value } from './value.js';

/** Names by which a program knows its own file and folder. Code that was typed stands in no file: its folder is where it runs. */
export function presetOf(
  language: Language,
  file: string | undefined,
  args: readonly Argument[] = [],
): readonly (readonly [string, Value])[] {
  const folder = file === undefined ? undefined : posix.dirname(file);
  const here: readonly (readonly [string, string | undefined])[] = (() => {
    switch (language) {
      case 'python':
        return [['__file__', file]];
      case 'javascript':
        return [
          ['__filename', file],
          ['__dirname', folder ?? '.'],
          ['import.meta.dirname', folder ?? '.'],
          ['import.meta.dir', folder ?? '.'],
          ['import.meta.filename', file],
          ['import.meta.url', file],
        ];
      case 'ruby':
        return [
          ['__FILE__', file],
          ['__dir__', folder ?? '.'],
        ];
      case 'php':
        return [
          ['__FILE__', file],
          ['__DIR__', folder ?? '.'],
        ];
      case 'perl':
        return [['__FILE__', file]];
      default:
        return [];
    }
  })();
  const given = args.map((argument): Value => ({ kind: 'text', argument }));
  const list = GIVEN[language];
  return [
    ...here.flatMap(([name, path]) => (path === undefined ? [] : [[name, textValue(path)] as const])),
    ...(list === undefined || given.length === 0
      ? []
      : [[list.name, { kind: 'list', items: [...list.before.map(textValue), ...given] }] as const]),
  ];
}

/** Where a program finds the words that it was started with, and what stands before them. */
const GIVEN: Readonly<Partial<Record<Language, { readonly name: string; readonly before: readonly string[] }>>> = {
  python: { name: 'sys.argv', before: ['-c'] },
  javascript: { name: 'process.argv', before: ['node'] },
  ruby: { name: 'ARGV', before: [] },
  perl: { name: 'ARGV', before: [] },
  php: { name: 'argv', before: ['-'] },
};
