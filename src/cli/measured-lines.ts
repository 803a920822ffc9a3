/** What an action did when it was tried out, as lines for a terminal. */
import {
  HOW_COUNTED,
  type MeasuredView,
  numeral,
  type RowCounts,
  type SampleView,
  sampleInWords,
  totalInWords,
} from '#action/measured-view';

/** @param columns the terminal's width: tables are cut to it, words are not. */
export function measuredLines(measured: MeasuredView, columns: number): readonly string[] {
  const { tables, total, samples, notes } = measured;
  const counts = [
    ['TABLE', 'DELETED', 'UPDATED', 'INSERTED'],
    ...tables.map((table) => [table.name, ...cells(table)]),
    ...(tables.length > 1 ? [[`all ${tables.length} tables`, ...cells(total)]] : []),
  ];
  return [
    `  ${totalInWords(measured)}`,
    `  (${HOW_COUNTED})`,
    ...(tables.length === 0 ? [] : ['', ...indented(numbers(counts, columns - INDENT))]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `  ${note}`)]),
    ...samples.flatMap((sample) => ['', ...sampleLines(sample, columns)]),
  ];
}

const INDENT = 4;
/** Below it a column says nothing. */
const NARROWEST = 3;

const indented = (lines: readonly string[]) => lines.map((line) => ' '.repeat(INDENT) + line);

function cells({ deleted, updated, inserted }: RowCounts): readonly string[] {
  return [deleted, updated, inserted].map((count) => (count === 0 ? '-' : numeral(count)));
}

/** The first column as text, the others as numbers. */
function numbers(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const widths = widthsOf(rows);
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const first = Math.max(NARROWEST, Math.min(widths[0] ?? 0, columns - rest));
  return rows.map(([name = '', ...figures]) =>
    [padded(cut(name, first), first), ...figures.map((figure, i) => figure.padStart(widths[i + 1] ?? 0))].join('  '),
  );
}

function sampleLines(sample: SampleView, columns: number): readonly string[] {
  const rows = [sample.columns, ...sample.rows.map((row) => row.map((value) => value ?? 'NULL'))];
  const widths = shared(widthsOf(rows), columns - INDENT);
  const lines = rows.map((row) =>
    row
      .slice(0, widths.length)
      .map((cell, i) => padded(cut(cell, widths[i] ?? 0), widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const left = sample.columns.length - widths.length;
  return [
    `  ${sampleInWords(sample)}:`,
    ...indented(lines),
    ...(left > 0 ? [`    (${left} more ${left === 1 ? 'column' : 'columns'} on the approval page)`] : []),
  ];
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return rows.reduce<number[]>((widths, row) => row.map((cell, i) => Math.max(widths[i] ?? 0, widthOf(cell))), []);
}

/** Widths that fit: the widest columns give first; columns at the end that nothing is left for are left out. */
function shared(wanted: readonly number[], columns: number): readonly number[] {
  const widths = wanted.slice(0, Math.max(1, Math.floor((columns + 2) / (NARROWEST + 2))));
  const room = columns - 2 * (widths.length - 1);
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** East Asian wide characters and emoji take two columns (Unicode TR 11, roughly). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function widthOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) >= width) break;
    kept += character;
  }
  return `${kept}…`;
}
