import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FixtureLine {
  readonly section: string;
  /** What stands before the bar: what is expected. Empty when there is none. */
  readonly wanted: string;
  readonly command: string;
}

/**
 * Commands of a fixture, one a line: `# == section`, other comments after `#`, `wanted | command`. A command in double quotes
 * is a JSON text, for those of several lines.
 */
export function fixtureLines(name: string): readonly FixtureLine[] {
  let section = '';
  return readFileSync(join(import.meta.dirname, '..', 'fixtures', name), 'utf8')
    .split('\n')
    .flatMap((line) => {
      section = /^# == (.*)$/u.exec(line)?.[1] ?? section;
      const found = line.startsWith('#') ? null : /^(?:(free|kept|held|denied|stopped)\b([^|]*)\| )?(.+)$/u.exec(line);
      if (found === null) return [];
      const [, fate = '', more = '', text = ''] = found;
      const wanted = `${fate}${more}`.trim();
      return [{ section, wanted, command: text.startsWith('"') && text.endsWith('"') ? quoted(text) : text }];
    });
}

/** JSON, unless it is a command that begins and ends with quotes of its own. */
function quoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
