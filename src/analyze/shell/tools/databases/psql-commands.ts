import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { OwnCommand } from './sql-text.js';

/** A command of psql that begins with a backslash. Source: psql(1), "Meta-Commands". */
export function psqlCommand(line: string, by: string): OwnCommand {
  const [, name = '', rest = ''] = /^\\([a-zA-Z_?!]+\+?)\s*([\s\S]*)$/u.exec(line) ?? [];
  const findings: Finding[] = [];
  // What stands in backticks is run, whatever the command.
  if (name !== '!') {
    for (const [, command = ''] of rest.matchAll(/`([^`]*)`/gu))
      findings.push({ kind: 'shell', text: exactly(command), by });
  }
  const target = rest.trim().replace(/^'(.*)'$/su, '$1');
  switch (name.replace('+', '')) {
    case '!':
      return { findings: target === '' ? [] : [{ kind: 'shell', text: exactly(rest.trim()), by }] };
    case 'i':
    case 'ir':
    case 'include':
    case 'include_relative':
      return { findings: [...findings, { kind: 'script', path: exactly(target), language: 'sql', args: [], by }] };
    case 'gexec':
      // FAIL-CLOSED: the rows of the answer are run as SQL.
      return { findings: [...findings, { kind: 'opaque', explain: 'runs what a query gives as SQL' }] };
    case 'o':
    case 'out':
    case 'g':
    case 'gx':
    case 'w':
    case 'write':
    case 's':
      return { findings: [...findings, ...output(target.replace(/^\([^)]*\)\s*/u, ''), by)] };
    case 'copy':
      return {
        findings: [...findings, ...copied(rest, by)],
        sql: `;COPY ${rest.replace(/\b(from|to)\b[\s\S]*$/iu, (_, way: string) => (/from/iu.test(way) ? 'FROM STDIN' : 'TO STDOUT'))};`,
      };
    case 'lo_unlink':
      return {
        findings: [
          ...findings,
          {
            kind: 'effect',
            verb: 'destroy',
            resource: { kind: 'large-object', name: target },
            place: 'remote',
            explain: `deletes the large object ${target}`,
          },
        ],
      };
    case 'lo_import':
      return { findings };
    default:
      return { findings };
  }
}

function output(target: string, by: string): readonly Finding[] {
  if (target === '') return [];
  if (target.startsWith('|')) return [{ kind: 'shell', text: exactly(target.slice(1).trim()), by }];
  return [{ kind: 'files', act: 'overwrite', path: exactly(target), recursive: false }];
}

function copied(rest: string, by: string): readonly Finding[] {
  const [, way = '', program, quoted, bare] =
    /\b(from|to)\s+(?:(program)\s+)?(?:'((?:[^']|'')*)'|(\S+))/iu.exec(rest) ?? [];
  const target = quoted ?? bare ?? '';
  if (program !== undefined) return [{ kind: 'shell', text: exactly(target.replaceAll("''", "'")), by }];
  if (/^to$/iu.test(way) && !/^p?std(?:out|in)$/iu.test(target)) return output(target, by);
  return [];
}
