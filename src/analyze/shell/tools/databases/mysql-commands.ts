import { exactly } from '../../argument.js';
import type { OwnCommand } from './sql-text.js';

/** A command of the mysql client itself. Source: MySQL reference manual, "mysql Client Commands". */
export function mysqlCommand(line: string, by: string): OwnCommand {
  const [, name = '', rest = ''] = /^(\\[!.]|\w+)\s*([\s\S]*?);?\s*$/u.exec(line) ?? [];
  switch (name.toLowerCase()) {
    case '\\!':
    case 'system':
      return { findings: [{ kind: 'shell', text: exactly(rest), by }] };
    case 'pager':
      return { findings: rest === '' ? [] : [{ kind: 'shell', text: exactly(rest), by }] };
    case '\\.':
    case 'source':
      return { findings: [{ kind: 'script', path: exactly(rest), language: 'sql', dialect: 'mysql', args: [], by }] };
    case 'tee':
      return { findings: [{ kind: 'files', act: 'append', path: exactly(rest), recursive: false }] };
    default:
      return { findings: [] };
  }
}
