/** Knowledge as data: what the calls of the languages' own libraries do, by their full names. */
import type { Language } from '../finding.js';
import { JAVASCRIPT } from './known-javascript.js';
import { OTHER, PHP } from './known-php-others.js';
import { PYTHON } from './known-python.js';
import { DOINGS, type Doing, type Rows } from './known-rows.js';
import { PERL, RUBY } from './known-ruby-perl.js';

const TABLES: Readonly<Partial<Record<Language, ReadonlyMap<string, Doing>>>> = {
  python: compiled(PYTHON),
  javascript: compiled(JAVASCRIPT),
  ruby: compiled(RUBY),
  perl: compiled(PERL),
  php: compiled(PHP),
  other: compiled(OTHER),
};

export interface Known {
  readonly doing: Doing;
  /** It is done to what the method is called on. */
  readonly method: boolean;
}

/**
 * What a call does; undefined when nothing is known of it. In the table `*.name` is a method of anything, and `+.name` a
 * function whose module is not known, with a name that nothing else has.
 */
export function doingOf(language: Language, path: string): Known | undefined {
  const table = TABLES[language];
  if (table === undefined) return undefined;
  const plain = table.get(path);
  if (plain !== undefined) return { doing: plain, method: false };
  const dot = path.lastIndexOf('.');
  if (dot < 0) return undefined;
  const method = table.get(`*${path.slice(dot)}`);
  if (method !== undefined) return { doing: method, method: true };
  const anywhere = table.get(`+${path.slice(dot)}`);
  return anywhere === undefined ? undefined : { doing: anywhere, method: false };
}

/** Modules from which a name that nobody knows may be anything. */
export const DANGEROUS_MODULE =
  /^(?:os|shutil|subprocess|builtins|__builtins__|fs|child_process|FileUtils|File|Kernel|Dir|Process|Open3|Deno|rimraf|globalThis|pathlib)\.\?$/u;

function compiled(rows: Rows): ReadonlyMap<string, Doing> {
  const table = new Map<string, Doing>();
  for (const doing of DOINGS) for (const path of rows[doing] ?? []) table.set(path, doing);
  return table;
}
