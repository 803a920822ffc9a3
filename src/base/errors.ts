/**
 * The base of every error that Firebreak throws on purpose. A code that a caller can switch on, a message that says what
 * happened, and a hint that says what to do next. Anything else that is thrown is a defect.
 */
export class FirebreakError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FirebreakError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The text of anything thrown, without a stack trace. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
