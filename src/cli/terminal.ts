/** How commands speak: results to standard output, everything else to standard error, one shape for errors. */
import { FirebreakError, messageOf } from '#base/errors';

/** Exit statuses, as docs/guides/command-line.md lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, held: 3, denied: 4 } as const;

export interface Terminal {
  readonly json: boolean;
  /** True when a person can be asked: standard input and output are both a terminal. */
  readonly interactive: boolean;
  /** A result: the text for people, or the value as one line of JSON under `--json`. */
  result(value: unknown, text: string): void;
  /** Something by the way, for people only. */
  note(text: string): void;
}

export function createTerminal(json: boolean): Terminal {
  return {
    json,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    result: (value, text) => process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text}\n`),
    note: (text) => {
      if (!json) process.stderr.write(`${text}\n`);
    },
  };
}

/** Prints an error as two lines at most; no stack trace for what is not a defect. Returns the exit status. */
export function printError(error: unknown, json: boolean): number {
  if (error instanceof FirebreakError) {
    if (json)
      process.stderr.write(
        `${JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } })}\n`,
      );
    else
      process.stderr.write(`firebreak: ${error.message}\n${error.hint === undefined ? '' : `  hint: ${error.hint}\n`}`);
    return error.code.startsWith('CONFIG_') ? EXIT.usage : EXIT.failed;
  }
  // A defect: the stack is what its report needs.
  process.stderr.write(
    `firebreak: unexpected error: ${messageOf(error)}\n${error instanceof Error ? `${error.stack}\n` : ''}`,
  );
  return EXIT.failed;
}

/** Columns padded to their widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `4 min`, `2 h`, `12 s`: how long something takes or has taken. */
export function spell(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
