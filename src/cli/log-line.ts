import { visibleText } from '#action/visible-text';
import { numberAt, textAt } from './json-path.js';

/** One entry of the log for people; the whole of it is under `--json`. */
export function logLine(index: number, json: string): string {
  const entry: unknown = JSON.parse(json);
  const time = numberAt(entry, 'time');
  const when = time === undefined ? '?' : new Date(time).toISOString();
  const message = visibleText(textAt(entry, 'message') ?? '').replaceAll(/\s+/g, ' ');
  return `${String(index).padStart(6)}  ${when}  ${message}`;
}
