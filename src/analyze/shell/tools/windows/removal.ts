import { type Argument, exactly } from '../../argument.js';
import type { FilesFinding, Finding } from '../../finding.js';
import { onPaths } from '../files/on-paths.js';

/**
 * A path as Windows writes it. A shell may have taken its backslashes away, so that it is read as it was written. Drives,
 * shares and variables lie where nobody here can look: `elsewhere`.
 */
export function windowsPath(word: Argument): { readonly path: Argument; readonly elsewhere: boolean } {
  const written = word.written.replace(/^(["'])(.*)\1$/su, '$2');
  const text = written.includes('\\') ? written.replaceAll('\\', '/').replaceAll(/\/{2,}/gu, '/') : word.text;
  const elsewhere = /^[A-Za-z]:|^\\\\|%\w+%|\$env:|^(?:HK(?:LM|CU|CR|U|CC)|Registry|Cert|Env|Function):?/iu.test(
    written,
  );
  if (!written.includes('\\')) return { path: word, elsewhere };
  if (word.certainty === 'unknown' || /[$%]/u.test(written)) return { path: word, elsewhere: true };
  return {
    path: word.certainty === 'pattern' ? { ...word, text } : { ...exactly(text), written: word.written },
    elsewhere,
  };
}

/** An act on paths of Windows. */
export function onWindowsPaths(
  act: FilesFinding['act'],
  words: readonly Argument[],
  recursive: boolean,
  said: string,
): readonly Finding[] {
  return words.flatMap((word): readonly Finding[] => {
    const { path, elsewhere } = windowsPath(word);
    if (!elsewhere) return onPaths(act, [path], { recursive });
    return [
      {
        kind: 'effect',
        verb: 'destroy',
        resource: { kind: 'windows:path', name: word.written },
        place: 'local',
        explain: `${said} ${word.written}`,
      },
    ];
  });
}

/** `rmdir /s`, `rd /s`, `del /s`, `erase`: options begin with a slash and one letter. */
export function windowsRemoval(args: readonly Argument[]): readonly Finding[] {
  const isOption = ({ text }: Argument) =>
    /^\/(?:[a-z?](?::\S*)?)+$/iu.test(text) &&
    text.length <= 8 &&
    !/^\/(?:tmp|var|etc|usr|home|opt|bin|root)$/u.test(text);
  if (args.some(({ text }) => text === '/?')) return [];
  const paths = args.filter((word) => !isOption(word));
  return onWindowsPaths(
    'delete',
    paths,
    args.some(({ text }) => /^\/s$/iu.test(text)),
    'deletes',
  );
}
