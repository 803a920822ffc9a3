// Draws docs/images/replay.svg, the picture in the README, from what the replay really prints:
//
//     node scripts/render-replay.mjs            runs `firebreak demo --yes` itself
//     node scripts/render-replay.mjs FILE       takes the output that was kept in FILE
//
// The picture shows some of the lines, in their order; long ones are wrapped or shortened, and an ellipsis says where.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COLUMNS = 100;
const FONT_SIZE = 14;
const CHARACTER = 8.43; // The advance of common monospace fonts at that size; `textLength` makes every font keep to it.
const LINE = 20;
const PADDING = 22;
const BAR = 36;

const COLOURS = {
  plain: '#c9d1d9',
  title: '#f0f6fc',
  command: '#f0f6fc',
  bad: '#ff7b72',
  good: '#7ee787',
  held: '#e3b341',
  faint: '#8b949e',
};

/** What is shown, in order: the next line that fits, on at most `wrap` lines, and those after it while they fit `with`. */
const SHOWN = [
  { line: /^Act one:/, colour: 'title', gap: true },
  { line: /holds .* rows; its backup is on the same volume/, colour: 'plain' },
  { line: /\$ psql .*tidy_up_stale_bookings/, colour: 'command' },
  { line: /\$ psql .*DELETE FROM payments/, colour: 'command' },
  { line: /^ {4}DELETE \d+/, colour: 'bad' },
  { line: /\$ psql .*DROP TABLE/, colour: 'command' },
  { line: /^ {4}DROP TABLE/, colour: 'bad' },
  { line: /\$ curl .*volumeDelete/, colour: 'command', shorten: shortCurl },
  { line: /"volumeDelete":true/, colour: 'bad' },
  { line: /^The database and its backups are gone/, colour: 'bad' },
  { line: /^Act two:/, colour: 'title', gap: true },
  { line: /^Tier:/, colour: 'plain' },
  { line: /\$ psql .*DELETE FROM payments/, colour: 'command' },
  { line: /NOTICE: {2}held as/, colour: 'held', wrap: 2 },
  { line: /\[person\] reads/, colour: 'good' },
  { line: /\$ psql .*DROP TABLE/, colour: 'command' },
  { line: /NOTICE: {2}held as/, colour: 'held', wrap: 2 },
  { line: /\[person\] reads/, colour: 'good' },
  { line: /\$ curl .*volumeDelete/, colour: 'command', shorten: shortCurl },
  { line: /firebreak_denied/, colour: 'held', wrap: 3 },
  { line: /\$ curl .*RAILWAY_API_TOKEN.*volumeDelete/, colour: 'command', shorten: shortCurl },
  { line: /\[person\] freezes/, colour: 'good' },
  { line: /firebreak_frozen/, colour: 'held', wrap: 2 },
  { line: /^Act three:/, colour: 'title', gap: true },
  { line: /\$ psql .*tidy_up_stale_bookings/, colour: 'command' },
  { line: /NOTICE: {2}held as/, colour: 'held', wrap: 2 },
  { line: /\[person\] reads/, colour: 'good' },
  { line: /^ {4}deletes .* rows/, colour: 'plain', with: /^ {6}\S|^$/, head: true },
  { line: /^ {4}can be undone/, colour: 'plain' },
  { line: /\[person\] approves/, colour: 'good' },
  { line: /^It is done/, colour: 'bad', wrap: 2 },
  { line: /\$ firebreak undo/, colour: 'command', with: /^ {4}\S/, head: true },
  { line: /is undone: every table/, colour: 'good' },
  { line: /^What was tried/, colour: 'title', gap: true, with: /^ {2}\S/, head: true },
  { line: /^What survived/, colour: 'title', gap: true, with: /^ {2}\S/, head: true },
  { line: /firebreak log verify:/, colour: 'plain' },
  { line: /^ {2}Unguarded:/, colour: 'good' },
  { line: /^ {2}Approved:/, colour: 'good' },
];

function shortCurl(line) {
  return line
    .replace('.app/graphql/v2', '.app/...')
    .replace('Authorization: Bearer', '...')
    .replace(/ -d .*volumeDelete\(.*$/, ' -d "... volumeDelete ..."');
}

function replayOutput() {
  const [file] = process.argv.slice(2);
  if (file !== undefined) return readFileSync(file, 'utf8');
  const run = spawnSync(process.execPath, [`${root}dist/src/main.js`, 'demo', '--yes'], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the replay ended with status ${run.status}: ${run.stderr}`);
  return run.stdout;
}

/** @returns rows of `{ text, colour }`; a row without text is empty. */
function excerpt(output) {
  const lines = output.split('\n');
  const rows = [{ text: '$ firebreak demo --yes', colour: 'command' }];
  let at = 0;
  let command = 0;
  for (const wanted of SHOWN) {
    // What the person does may be printed before or after what the agent is told meanwhile.
    const from = wanted.colour === 'good' ? command : at;
    const found = lines.findIndex((line, index) => index >= from && wanted.line.test(line));
    if (found < 0) throw new Error(`the replay printed no line like ${wanted.line}`);
    if (wanted.gap) rows.push({ text: '', colour: 'plain' });
    const text = wanted.shorten ? wanted.shorten(lines[found]) : lines[found];
    rows.push({ text, colour: wanted.colour, wrap: wanted.wrap });
    if (wanted.colour === 'command') command = found;
    at = Math.max(at, found + 1);
    for (let head = wanted.head; wanted.with?.test(lines[at] ?? ''); at += 1, head = false) {
      rows.push({ text: lines[at], colour: head ? 'faint' : 'plain' });
    }
  }
  return rows.flatMap(({ text, colour, wrap = 1 }) => wrapped(text, wrap).map((part) => ({ text: part, colour })));
}

/** At most `most` lines of COLUMNS characters, with the indentation of the first; what is left over is an ellipsis. */
function wrapped(text, most) {
  if (text.length <= COLUMNS) return [text];
  if (most === 1) return [`${text.slice(0, COLUMNS - 1)}\u2026`];
  const [indentation] = /^ */.exec(text);
  const space = text.lastIndexOf(' ', COLUMNS);
  const cut = space > indentation.length ? space : COLUMNS;
  return [text.slice(0, cut), ...wrapped(indentation + text.slice(cut).trimStart(), most - 1)];
}

/** The cells of a line, which two or more spaces divide, each with its column. */
function cellsOf(text) {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ cell: match[0], column: match.index }));
}

function colourOf(cell, colour) {
  if (colour !== 'plain') return colour;
  if (/^(gone|done)$/.test(cell)) return 'bad';
  return /^(held as|refused)/.test(cell) ? 'held' : colour;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function draw(rows) {
  const width = Math.round(COLUMNS * CHARACTER + 2 * PADDING);
  const height = BAR + rows.length * LINE + 2 * PADDING - 8;
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${22 + index * 20}" cy="18" r="6" fill="${fill}"/>`,
  );
  const texts = rows.flatMap(({ text, colour }, index) =>
    cellsOf(text).map(({ cell, column }) => {
      const x = (PADDING + column * CHARACTER).toFixed(1);
      const y = BAR + PADDING + index * LINE + 8;
      const length = (cell.length * CHARACTER).toFixed(1);
      const weight = colour === 'title' || colour === 'command' ? ' font-weight="600"' : '';
      const fill = COLOURS[colourOf(cell, colour)];
      return `<text x="${x}" y="${y}" textLength="${length}" fill="${fill}"${weight}>${escaped(cell)}</text>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    '<title id="title">The replay: unguarded, the database and its backups are gone; guarded, nothing is lost; an approved deletion is undone</title>',
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9.5" fill="none" stroke="#30363d"/>`,
    ...lights,
    `<text x="${width / 2}" y="23" text-anchor="middle" font-family="sans-serif" font-size="13" fill="#8b949e">the nine-second replay</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${FONT_SIZE}">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

mkdirSync(`${root}docs/images`, { recursive: true });
writeFileSync(`${root}docs/images/replay.svg`, draw(excerpt(replayOutput())));
console.log('wrote docs/images/replay.svg');
