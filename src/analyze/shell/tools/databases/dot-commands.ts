import { exactly, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { OwnCommand, SqlSource } from './sql-text.js';

/** Dot commands that show something or change how it is shown (sqlite3(1), `.help`; duckdb). */
const SHOWS =
  /^(?:auth|bail|binary|cd|changes|check|columns|connection|constant|databases|dbconfig|dbinfo|dbtotxt|dump|echo|edit|eqp|exit|expert|explain|fullschema|headers?|help|highlight\w*|indexes|indices|intck|keyword\w*|large_\w+|last|limit|lint|log|maxrows|maxwidth|mode|multiline|nonce|nullvalue|open|parameter|print|progress|prompt|quit|recover|render\w*|rows|scanstats|schema|selftest|separator|session|sha3sum|show|singleline|stats|tables|testctrl|thousand_sep|timeout|timer|trace|unmodule|version|vfsinfo|vfslist|vfsname|width)$/u;

/** A command of sqlite3 or duckdb that begins with a dot. */
export function dotCommand(line: string, source: SqlSource): OwnCommand {
  const { by, file } = source;
  const [, name = '', rest = ''] = /^\.(\w+)\s*([\s\S]*)$/u.exec(line) ?? [];
  const words = [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/gu)].map(
    ([, one, two, three]) => one ?? two ?? three ?? '',
  );
  const target = words.filter((word) => !word.startsWith('-')).at(-1) ?? '';
  switch (name) {
    case 'shell':
    case 'system':
    case 'sh':
      return { findings: [{ kind: 'shell', text: argument(rest), by }] };
    case 'read':
      if (rest.startsWith('|')) return { findings: [{ kind: 'shell', text: argument(rest.slice(1)), by }] };
      return {
        findings: [{ kind: 'script', path: argument(target), language: 'sql', dialect: source.dialect, args: [], by }],
      };
    case 'output':
    case 'once':
    case 'excel':
      return { findings: written(target, by) };
    case 'backup':
    case 'save':
    case 'clone':
      return { findings: [{ kind: 'files', act: 'place', path: argument(target), recursive: false }] };
    case 'restore':
      return file === undefined
        ? { findings: [] }
        : { findings: [{ kind: 'files', act: 'overwrite', path: file, recursive: false }] };
    case 'open':
      return words.includes('--new')
        ? { findings: [{ kind: 'files', act: 'overwrite', path: argument(target), recursive: false }] }
        : { findings: [] };
    case 'import':
      return rest.includes('"|') || rest.includes("'|")
        ? { findings: [{ kind: 'shell', text: argument(words[0]?.slice(1) ?? ''), by }] }
        : { findings: [], sql: `INSERT INTO "${target}" VALUES (1);` };
    case 'load':
      return { findings: [{ kind: 'opaque', explain: `loads the extension ${target} into ${by}` }] };
    case 'archive':
    case 'ar':
      return { findings: [] };
    default:
      // Not one of its commands: nothing, or a statement with a dot too many.
      return SHOWS.test(name) ? { findings: [] } : { findings: [], sql: `${name} ${rest};` };
  }
}

function written(target: string, by: string): readonly Finding[] {
  if (target === '' || target === 'stdout' || target === 'off') return [];
  if (target.startsWith('|')) return [{ kind: 'shell', text: argument(target.slice(1)), by }];
  return [{ kind: 'files', act: 'overwrite', path: argument(target), recursive: false }];
}

function argument(text: string) {
  return text.includes(UNKNOWN_PART)
    ? ({ text, certainty: 'unknown', written: text.replaceAll(UNKNOWN_PART, '...') } as const)
    : exactly(text);
}
