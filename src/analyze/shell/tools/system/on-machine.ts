import { type Argument, knownText } from '../../argument.js';
import type { EffectFinding } from '../../finding.js';

/** It does this to something of this machine. */
export function onMachine(
  verb: EffectFinding['verb'],
  kind: string,
  explain: string,
  more: { readonly name?: string | undefined; readonly reversible?: 'yes' | 'no' | undefined } = {},
): readonly EffectFinding[] {
  const { name = kind, reversible } = more;
  return [
    {
      kind: 'effect',
      verb,
      resource: { kind, name },
      place: 'local',
      ...(reversible === undefined ? {} : { reversible }),
      explain,
    },
  ];
}

/** It prints what opens things elsewhere: which, nobody here can tell. */
export function printsSecrets(kind: string, explain: string): readonly EffectFinding[] {
  return [{ kind: 'effect', verb: 'reveal', resource: { kind, name: kind }, place: 'remote', explain }];
}

/** The words of a command for people, at most three. */
export function saying(words: readonly Argument[]): string {
  return words
    .slice(0, 3)
    .map(({ written }) => written)
    .join(' ');
}

/** True when one of the words is one of these, or may be. */
export function given(args: readonly Argument[], ...words: readonly string[]): boolean {
  return args.some((word) => words.includes(knownText(word) ?? ''));
}

/** True when it was asked for help, its version, or a rehearsal. */
export function onlyShows(args: readonly Argument[]): boolean {
  return given(args, '--help', '--version', '--dry-run', '-?', '--no-act', '--simulate', '--test');
}
