/** How commands speak: results to standard output, everything else to standard error, one shape for errors. */
import { FirebreakError, messageOf } from '#base/errors';
import { fitted } from './fit.js';

/** Exit statuses, as docs/guides/command-line.md lists them. */
export const EXIT = { done: 0, failed: 1, usage: 2, held: 3, denied: 4 } as const;

export interface Terminal {
  readonly json: boolean;
  /** True when a person can be asked: standard input and output are both a terminal. */
  readonly interactive: boolean;
  /** Of the terminal that a person reads; undefined when there is none. */
  readonly columns: number | undefined;
  /** A result: the text for people, or the value as one line of JSON under `--json`. */
  result(value: unknown, text: string): void;
  /** Something by the way, for people only. */
  note(text: string): void;
}

export function createTerminal(json: boolean): Terminal {
  return {
    json,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    columns: columnsOf(process.stdout) ?? columnsOf(process.stderr),
    result: (value, text) =>
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${fitted(text, columnsOf(process.stdout))}\n`),
    note: (text) => {
      if (!json) process.stderr.write(`${fitted(text, columnsOf(process.stderr))}\n`);
    },
  };
}

function columnsOf(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? stream.columns : undefined;
}

/** What was typed cannot be done as it stands. */
export class UsageError extends FirebreakError<'USAGE'> {
  constructor(message: string, hint: string) {
    super('USAGE', message, { hint });
  }
}

/** The person took back the question (Ctrl-C). */
export class Cancelled extends FirebreakError<'CANCELLED'> {
  constructor() {
    super('CANCELLED', 'cancelled');
  }
}

/** Prints an error as two lines at most; no stack trace for what is not a defect. Returns the exit status. */
export function printError(error: unknown, json: boolean): number {
  if (error instanceof Cancelled && !json) return EXIT.failed; // The person knows.
  const known = asKnown(error);
  if (json) {
    const { code, message, hint } = known ?? { code: 'UNEXPECTED', message: messageOf(error), hint: undefined };
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  } else if (known !== undefined) {
    const hint = known.hint === undefined ? '' : `\n  hint: ${known.hint}`;
    process.stderr.write(`${fitted(`firebreak: ${known.message}${hint}`, columnsOf(process.stderr))}\n`);
  } else {
    // A defect: the stack is what its report needs.
    const stack = error instanceof Error ? error.stack : messageOf(error);
    process.stderr.write(`firebreak: this is a defect of Firebreak; please report it with these lines\n${stack}\n`);
  }
  if (known === undefined) return EXIT.failed;
  if (known.code === 'REFUSED') return EXIT.denied;
  return known.code === 'USAGE' || known.code.startsWith('CONFIG_') ? EXIT.usage : EXIT.failed;
}

/** What the operating system refused (a missing file, a full disk) is no defect, although nobody foresaw it. */
function asKnown(error: unknown): FirebreakError | undefined {
  if (error instanceof FirebreakError) return error;
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return new FirebreakError(String(error.code), error.message, { cause: error });
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
