import type { GitPart } from '#action/local-loss';
import { type Argument, exactly } from '../../argument.js';
import type { EffectFinding, Finding, GitFinding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { type Options, readOptions } from '../../options.js';

/** One command of git with what the global options before it said. */
export interface GitCommand {
  readonly name: string;
  /** The words after the command's name. */
  readonly args: readonly Argument[];
  /** The repository's folder when an option names it. */
  readonly folder: Argument | undefined;
  readonly invocation: Invocation;
  /** Settings of `-c` and of the environment, by their lower-case key. */
  readonly settings: ReadonlyMap<string, Argument>;
}

/** What one command of git does that matters. */
export type GitJudge = (command: GitCommand) => readonly Finding[];

/** Reads the command's own options; `-h` and `--help` are left to `isHelp`. */
export function optionsOf(command: GitCommand, values: readonly string[] = []): Options {
  return readOptions(command.args, { values, abbreviations: true });
}

/** It takes these parts away from the repository; a copy of the parts brings them back. */
export function takes(command: GitCommand, loses: readonly GitPart[], explain: string): readonly Finding[] {
  const finding: GitFinding = { kind: 'git', loses, explain };
  return [command.folder === undefined ? finding : { ...finding, folder: command.folder }];
}

/** It does this to the repository that `name` stands for elsewhere. */
export function onRemote(
  verb: EffectFinding['verb'],
  name: string,
  explain: string,
  more: Pick<EffectFinding, 'count' | 'reversible'> = {},
): readonly Finding[] {
  return [{ kind: 'effect', verb, resource: { kind: 'git-remote', name }, place: 'remote', explain, ...more }];
}

/** It does this to the repository here, and no copy of refs and files brings back what was. */
export function forGood(explain: string): readonly Finding[] {
  return [
    {
      kind: 'effect',
      verb: 'destroy',
      resource: { kind: 'git', name: 'repository' },
      place: 'local',
      reversible: 'no',
      explain,
    },
  ];
}

/** It runs this text with a shell, as git does with commands in its settings. */
export function runs(text: Argument, by: string): readonly Finding[] {
  // Git goes to the root of the work before it runs something.
  return text.text.trim() === '' ? [] : [{ kind: 'shell', text, atRoot: true, by }];
}

/** The refs under which Firebreak keeps what was about to be lost. */
const OWN_REFS = /refs\/firebreak(?:\/|$|[:*\s])/u;

/** FIREBREAK'S OWN: a command that writes refs and names those is out of bounds. */
export function touchesOwnRefs(command: GitCommand): boolean {
  return command.args.some(({ text }) => OWN_REFS.test(text));
}

/** Words joined to one, for people. */
export function listed(words: readonly Argument[]): string {
  const shown = words.slice(0, 3).map(({ written }) => written);
  return [...shown, ...(words.length > 3 ? [`and ${words.length - 3} more`] : [])].join(' ');
}

/** A word without its first letters. */
export function after(word: Argument, count: number): Argument {
  const text = word.text.slice(count);
  return word.certainty === 'exact' ? exactly(text) : { ...word, text };
}
