import { visibleText } from '#action/visible-text';

/** One entry of the log for people; the whole of it is under `--json`. */
export function logLine(index: number, json: string): { readonly text: string; readonly session: string | undefined } {
  const entry: unknown = JSON.parse(json);
  const time = at(entry, ['time']);
  const session = at(entry, ['unmapped', 'firebreak', 'session', 'id']);
  const when = typeof time === 'number' ? new Date(time).toISOString() : '?';
  const message = visibleText(String(at(entry, ['message']) ?? '')).replaceAll(/\s+/g, ' ');
  return {
    text: `${String(index).padStart(6)}  ${when}  ${message}`,
    session: typeof session === 'string' ? session : undefined,
  };
}

function at(value: unknown, path: readonly string[]): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = new Map<string, unknown>(Object.entries(here)).get(step);
  }
  return here;
}
