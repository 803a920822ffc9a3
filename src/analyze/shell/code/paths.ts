/** Full names: what a call is looked up by. */
import type { Language } from '../finding.js';
import type { Value } from './value.js';

const LONGEST = 160;

/** Modules that need no import: `node -e` has Node's own as globals. */
const ABBREVIATED: Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>> = {
  javascript: { fsp: 'fs', fsPromises: 'fs', fse: 'fs', cp: 'child_process', childProcess: 'child_process' },
};

/** A name that nothing in the program defines. */
export function nameOfModule(language: Language, name: string): string {
  const known = ABBREVIATED[language];
  return known !== undefined && Object.hasOwn(known, name) ? (known[name] ?? name) : name;
}

/** The name of a module as its import says it: `node:fs/promises` is `fs`. */
export function moduleName(language: Language, name: string): string {
  if (language !== 'javascript') return name;
  return name.replace(/^node:/u, '').replace(/^(?:fs\/promises|fs-extra|graceful-fs|mz\/fs)$/u, 'fs');
}

/** The full name of a member of this value. */
export function memberPath(value: Value, name: string): string {
  const base = baseOf(value);
  const path = name === '' ? base : `${base}.${name}`;
  return path.length > LONGEST ? `?.${name}` : path;
}

function baseOf(value: Value): string {
  if (value.kind === 'name') return value.path;
  if (value.kind === 'made') return `${value.call.path}()`;
  return '?';
}

/** The same name for the same thing: no `globalThis`, no `.promises`, no namespace of PHP. */
export function canonical(language: Language, path: string): string {
  switch (language) {
    case 'javascript':
      return path
        .replace(/^(?:globalThis|window|global|self)\./u, '')
        .replace(/\.(?:default|promises)(?=\.|$)/gu, '')
        .replace(/\.(?:call|apply|bind)$/u, '');
    case 'php':
      return path.replace(/^.*\\/su, '');
    case 'ruby':
      return path.replace(/^(?:Kernel|self|::)\./u, '').replace(/\.(?:call|to_proc)$/u, '');
    case 'perl':
      return path.replace(/^(?:CORE|CORE\.GLOBAL|File\.Path|File\.Copy|POSIX|File\.Copy\.Recursive)\./u, '');
    default:
      return path;
  }
}
