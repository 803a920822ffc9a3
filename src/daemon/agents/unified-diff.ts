/** How a text changes, as `diff -u` shows it. */

const CONTEXT = 3;
/** More lines than this on both sides are shown as replaced: the table of the search grows with their product. */
const MOST_CELLS = 4_000_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** @param before undefined: there is no file; likewise `after`. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const lines = compare(linesOf(before), linesOf(after));
  const head = [`--- ${before === undefined ? '/dev/null' : path}`, `+++ ${after === undefined ? '/dev/null' : path}`];
  return `${[...head, ...hunks(lines)].join('\n')}\n`;
}

const NO_NEWLINE = '\n\\ No newline at end of file';

function linesOf(text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return [];
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : [...lines.slice(0, -1), `${lines.at(-1)}${NO_NEWLINE}`];
}

function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (text: string): Line => ({ mark: ' ', text });
  return [
    ...before.slice(0, start).map(same),
    ...changed(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/** By the longest common subsequence. */
function changed(before: readonly string[], after: readonly string[]): readonly Line[] {
  const gone = (text: string): Line => ({ mark: '-', text });
  const come = (text: string): Line => ({ mark: '+', text });
  if (before.length * after.length > MOST_CELLS) return [...before.map(gone), ...after.map(come)];
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(gone(old));
      i += 1;
    } else if (fresh !== undefined) {
      lines.push(come(fresh));
      j += 1;
    }
  }
  return lines;
}

function hunks(lines: readonly Line[]): readonly string[] {
  const result: string[] = [];
  let from = lines.findIndex(({ mark }) => mark !== ' ');
  while (from >= 0) {
    const begin = Math.max(0, from - CONTEXT);
    let last = from;
    // Changes that are closer than twice the context share a hunk.
    for (let at = from; at < lines.length && at - last <= CONTEXT * 2; at += 1) if (lines[at]?.mark !== ' ') last = at;
    const end = Math.min(lines.length, last + CONTEXT + 1);
    const part = lines.slice(begin, end);
    result.push(`@@ -${range(lines, begin, part, '+')} +${range(lines, begin, part, '-')} @@`);
    result.push(...part.map(({ mark, text }) => `${mark}${text}`));
    const next = lines.slice(end).findIndex(({ mark }) => mark !== ' ');
    from = next < 0 ? -1 : end + next;
  }
  return result;
}

function range(lines: readonly Line[], begin: number, part: readonly Line[], without: Line['mark']): string {
  const count = part.filter(({ mark }) => mark !== without).length;
  const start = lines.slice(0, begin).filter(({ mark }) => mark !== without).length + (count === 0 ? 0 : 1);
  return count === 1 ? `${start}` : `${start},${count}`;
}
