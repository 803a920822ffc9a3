import { posix } from 'node:path';
import type { Language } from '../finding.js';
import { textValue, type Value } from './value.js';

/** Names by which a program knows its own file and folder. Code that was typed stands in no file: its folder is where it runs. */
export function presetOf(language: Language, file: string | undefined): readonly (readonly [string, Value])[] {
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
  return here.flatMap(([name, path]) => (path === undefined ? [] : [[name, textValue(path)] as const]));
}
