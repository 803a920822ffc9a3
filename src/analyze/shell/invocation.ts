import { type Argument, exactly } from './argument.js';

/** One start of one program, as a shell would do it. */
export interface Invocation {
  /** The program's name without its folder and `.exe`, as written: `rm`, `git`, `python3.11`. */
  readonly name: string;
  readonly program: Argument;
  readonly args: readonly Argument[];
  /**
   * The folder in which it runs: absolute, or relative to the unknown folder of the whole command (`.`, `src`, `../other`).
   * Undefined: it changed to a folder that nobody knows.
   */
  readonly folder: string | undefined;
  readonly input: Input;
  /** Environment variables that the command line sets for it. */
  readonly variables: ReadonlyMap<string, Argument>;
}

/** What it reads on its standard input. */
export type Input =
  /** What the whole command was started with: nothing, as far as an agent's commands go. */
  | { readonly kind: 'inherited' }
  /** A here-document, a here-string, or what `echo` or `printf` says. */
  | { readonly kind: 'text'; readonly text: Argument }
  | { readonly kind: 'file'; readonly path: Argument }
  /** The output of other programs. */
  | {
      readonly kind: 'pipe';
      /** The programs' names, first to last. */
      readonly from: readonly string[];
      /** Where the paths lie that it lists, when it lists paths: `find src -name '*.o'` lists what is in `src`. */
      readonly lists?: readonly Argument[] | undefined;
      /** All words of these programs, for what only their names tell. */
      readonly said?: string | undefined;
    };

/** For what happens without a program that was started: a variable that is set, a file that runs by itself. */
export const NOTHING_STARTED: Invocation = {
  name: '',
  program: exactly(''),
  args: [],
  folder: undefined,
  input: { kind: 'inherited' },
  variables: new Map(),
};
