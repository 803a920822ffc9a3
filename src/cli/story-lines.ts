/** A session's story in words, for a terminal. */
import { visibleText } from '#action/visible-text';
import { assertNever } from '#base/assert-never';
import { at, listAt, textAt } from './json-path.js';
import type { Chapter, Deed, Output, Story } from './story.js';

/** Where the text of a chapter begins. */
const INDENT = ' '.repeat(10);

/** The most of one text that is shown; the rest is under `--json`. */
const MOST_LINES = 12;
const MOST_CHARACTERS = 1_200;
const OUTPUT_LINES = 5;

export function storyLines(story: Story): readonly string[] {
  const { heading, chapters } = story;
  const [first] = chapters;
  const last = chapters.at(-1);
  if (first === undefined || last === undefined) return ['There is nothing on the record of this session.'];
  const own = heading?.run === undefined ? '' : `, its session ${heading.run}`;
  const folder = heading?.folder === undefined ? '' : `\nIn ${heading.folder}`;
  return [
    visibleText(`Session ${heading?.session}: ${heading?.agent}${own}; ${heading?.tier}${folder}`),
    `${new Date(first.time).toISOString()} to ${new Date(last.time).toISOString()}; ${counted(chapters)}`,
    ...chapters.flatMap((chapter) => ['', ...chapterLines(chapter)]),
  ];
}

function counted(chapters: readonly Chapter[]): string {
  const words = new Map<string, number>();
  for (const chapter of chapters) {
    if (chapter.kind === 'action') words.set(endOf(chapter.deed), (words.get(endOf(chapter.deed)) ?? 0) + 1);
  }
  return [...words].map(([word, count]) => `${count} ${word}`).join(', ') || 'nothing done';
}

function chapterLines(chapter: Chapter): readonly string[] {
  const time = new Date(chapter.time).toISOString().slice(11, 19);
  switch (chapter.kind) {
    case 'told':
      return [`${time}  told`, ...block(chapter.text, MOST_LINES)];
    case 'output':
      return [`${time}  ${visibleText(chapter.output.tool)} answered`, ...outputLines(chapter.output)];
    case 'action':
      return [`${time}  ${heading(chapter.deed)}`, ...deedLines(chapter.deed)];
    default:
      return assertNever(chapter);
  }
}

function heading(deed: Deed): string {
  const by = deed.subagent === undefined ? '' : `, by its subagent ${visibleText(deed.subagent)}`;
  return `${endOf(deed)}${by}`;
}

/** How it ended, in a word or two. */
function endOf({ end, hold }: Deed): string {
  switch (end.kind) {
    case 'done':
      return hold === undefined ? (end.ok ? 'ran' : 'failed') : 'ran after approval';
    case 'refused':
      if (end.code === 'withdrawn' && hold !== undefined) return 'held';
      return ['denied', 'frozen', 'limit', 'planned', 'rejected'].includes(end.code) ? 'denied' : 'not run';
    case 'unknown':
      return 'outcome unknown';
    case 'open':
      return hold === undefined ? 'under way' : 'waits';
    default:
      return assertNever(end);
  }
}

function deedLines(deed: Deed): readonly string[] {
  const { end, output } = deed;
  return [
    ...block(actionText(deed.action), MOST_LINES),
    ...deed.effects.slice(0, 5).map((effect) => line(`- ${effect}`)),
    ...(end.kind === 'refused' && end.code !== 'withdrawn' ? [line(`no: ${end.reason}`)] : []),
    ...(end.kind === 'unknown' ? [line(end.reason)] : []),
    ...(deed.hold === undefined ? [] : [line([deed.hold, ...deed.people].join('; '))]),
    ...(deed.snapshot === undefined
      ? []
      : [line(`kept first as ${deed.snapshot}: \`firebreak undo ${deed.snapshot}\``)]),
    ...(output === undefined ? summaryLines(deed) : outputLines(output)),
  ];
}

/** Of a door that sees the answer itself. */
function summaryLines({ end }: Deed): readonly string[] {
  return end.kind === 'done' && end.summary !== 'let go to the agent' ? [line(`=> ${end.summary}`)] : [];
}

function outputLines({ text, bytes, exitStatus }: Output): readonly string[] {
  const status = exitStatus === undefined ? '' : `exit status ${exitStatus}, `;
  return [`${INDENT}=> ${status}${bytes} bytes`, ...block(text, OUTPUT_LINES).map((one) => `   ${one}`)];
}

/** What was to be done, as its kind is best read. */
function actionText(action: unknown): string {
  switch (textAt(action, 'kind')) {
    case 'shell':
      return `$ ${textAt(action, 'text') ?? ''}`;
    case 'sql':
      return listAt(action, 'statements')
        .map((statement) => textAt(statement, 'text') ?? '')
        .join(';\n');
    case 'http':
      return `${textAt(action, 'method')} ${textAt(action, 'url')}`;
    case 'tool': {
      const given = at(action, 'arguments');
      const path = ['file_path', 'filePath', 'path', 'notebook_path', 'url', 'prompt'].map((key) => textAt(given, key));
      const telling = path.find((one) => one !== undefined) ?? JSON.stringify(given ?? {});
      return `${textAt(action, 'name')} (${textAt(action, 'server')}): ${telling}`;
    }
    default:
      return `${textAt(action, 'kind')} ${textAt(action, 'model') ?? textAt(action, 'target') ?? ''}`;
  }
}

function block(text: string, most: number): readonly string[] {
  if (text === '') return [];
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}\u2026` : text;
  const lines = visibleText(shown).trimEnd().split('\n');
  const kept = lines.slice(0, most).map((one) => `${INDENT}${one}`);
  return lines.length > most ? [...kept, `${INDENT}(${lines.length - most} more lines)`] : kept;
}

function line(text: string): string {
  return `${INDENT}${visibleText(text).replaceAll(/\s+/g, ' ')}`;
}
