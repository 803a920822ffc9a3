/** Text for a terminal: lines that are too wide go on below, under where their text begins. */

/** Exact bytes of an action stand behind this mark; they are never broken by us. */
const EXACT = '    | ';

/** @param columns the terminal's width; undefined leaves the text as it is. */
export function fitted(text: string, columns: number | undefined): string {
  if (columns === undefined || columns < 40) return text;
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(EXACT) ? [line] : rows(line, columns)))
    .join('\n');
}

function rows(line: string, columns: number): readonly string[] {
  const least = (/^ */.exec(line)?.[0].length ?? 0) + 2;
  const usual = lastColumn(line, columns) ?? least;
  const found: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const begin = /\S/.exec(rest)?.index ?? 0;
    const space = rest.lastIndexOf(' ', columns);
    // A word that is wider than the terminal is the terminal's own to break, so that it can be copied whole.
    const cut = space > begin ? space : rest.indexOf(' ', columns);
    if (cut < 0) break;
    found.push(rest.slice(0, cut).trimEnd());
    const after = rest.slice(cut).trimStart();
    const [word = ''] = after.split(' ', 1);
    rest = ' '.repeat(usual + word.length > columns ? least : usual) + after;
  }
  return [...found, rest];
}

/** Where the last column of a table, or the text behind a label, begins; undefined for prose. */
function lastColumn(line: string, columns: number): number | undefined {
  const gaps = [...line.slice(0, columns * 0.6).matchAll(/\S {2,}(?=\S)/g)];
  const last = gaps.at(-1);
  return last && last.index + last[0].length;
}
