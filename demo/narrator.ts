/** What the replay shows of an agent's output: on a terminal, lines that fit it; elsewhere, every line as it is. */
import type { Paint } from './paint.js';

export interface Narrator {
  /** One line of the agent's output, or of ours. */
  line(text: string): void;
}

export interface NarratorOptions {
  readonly print: (line: string) => void;
  readonly paint: Paint;
  /** The terminal's width; undefined when there is none. */
  readonly columns: number | undefined;
  /** The output of these commands was shown in the act before. */
  readonly seenBefore?: boolean;
}

/** Commands that only look around: once is enough. */
const LOOKS_AROUND = /^ {2}\$ (ls|cat|grep)\b/;
/** What Firebreak, or PostgreSQL, says to the agent. */
const SPOKEN = /^ {4}(NOTICE|ERROR|HINT|psql: error|\{"error")/;

export function createNarrator({ print, paint, columns, seenBefore = false }: NarratorOptions): Narrator {
  const show = (text: string, painted: string) => {
    for (const row of painted.split('\n')) print(paint.agent(row, text));
  };
  if (columns === undefined) return { line: (text) => show(text, text) };
  let folded = false;
  return {
    line(text) {
      if (text.startsWith('  $ ')) folded = seenBefore && LOOKS_AROUND.test(text);
      else if (folded && text.startsWith('    ')) {
        if (text.startsWith('    [exit')) print(paint.faint('    (as before)'));
        return;
      } else if (text === '    [exit 0]' || text.startsWith('    DETAIL:')) return;
      const most = SPOKEN.test(text) || !text.startsWith('  ') ? 3 : text.startsWith('  $ ') ? 2 : 1;
      show(text, wrapped(inWords(text), columns - 1, most).join('\n'));
    },
  };
}

/**
 * Calls of the provider without what all of them have; a refusal at the HTTPS door as its message, for it says everything
 * twice: as GraphQL clients and as others read it.
 */
function inWords(text: string): string {
  if (text.startsWith('  $ curl ')) return text.replace(/https:\S+ -H "Authorization: /, '... -H "');
  const found = /^ {4}\{"error":\{"code":"(\w+)","message":"((?:[^"\\]|\\.)*)"/.exec(text);
  return found === null ? text : `    ${found[1]}: ${found[2]}`;
}

/**
 * A text in rows of at most `width`, broken between words, the further ones as far in as the text is; what does not fit on
 * `most` rows ends with an ellipsis.
 */
export function wrapped(text: string, width: number, most: number): readonly string[] {
  const indent = /^ *(\* |\$ )?/.exec(text)?.[0].length ?? 0;
  const rows: string[] = [];
  let rest = text;
  while (rest.length > width && rows.length + 1 < most) {
    const space = rest.lastIndexOf(' ', width);
    const cut = space > indent ? space : width;
    rows.push(rest.slice(0, cut).trimEnd());
    rest = ' '.repeat(indent) + rest.slice(cut).trimStart();
  }
  rows.push(rest.length > width ? `${rest.slice(0, width - 1)}…` : rest);
  return rows;
}
