import type { Argument } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Tool } from '../../tool.js';
import { parametersOf } from './parameters.js';

/** `iex TEXT`, `Invoke-Expression TEXT`: runs it. */
export const invokeExpression: Tool = {
  names: ['invoke-expression', 'iex'],
  judge: ({ name, args, input }): readonly Finding[] => {
    const [text] = parametersOf(args).operands;
    const given = text ?? parametersOf(args).value('command');
    if (given !== undefined) return ranText(given, name);
    return input.kind === 'pipe' ? [{ kind: 'opaque', explain: 'runs what another command gives as commands' }] : [];
  },
};

/** pwsh(1): `-Command TEXT` or words, `-File`, `-EncodedCommand` (base64 of UTF-16LE). */
export const powershell: Tool = {
  names: ['powershell', 'pwsh', 'powershell_ise', 'pwsh-preview'],
  judge: ({ name, args, input }): readonly Finding[] => {
    for (let at = 0; at < args.length; at += 1) {
      const word = args[at];
      const text = word?.text.toLowerCase() ?? '';
      const next = args[at + 1];
      if (word === undefined) break;
      if (/^[-/](?:e|ec|en|enc|enco\w*)$/u.test(text)) return next === undefined ? [] : ranText(decoded(next), name);
      if (/^[-/](?:f|fi|fil|file)$/u.test(text))
        return next === undefined
          ? []
          : [{ kind: 'script', path: next, language: 'powershell', args: args.slice(at + 2), by: name }];
      if (/^[-/](?:c|co|com|comm\w*)$/u.test(text))
        return next === undefined ? [] : ranText(together(args.slice(at + 1)), name);
      if (/^[-/](?:ex\w*|ep|w|win\w*|v|ver\w*|psc\w*|in\w*|o|ou\w*|config\w*|settings\w*|wo\w*)$/u.test(text)) at += 1;
      else if (/^[-/]/u.test(text)) continue;
      else if (/\.ps1$/u.test(text))
        return [{ kind: 'script', path: word, language: 'powershell', args: args.slice(at + 1), by: name }];
      else return ranText(together(args.slice(at)), name);
    }
    if (input.kind === 'text') return ranText(input.text, name);
    return input.kind === 'pipe' ? [{ kind: 'opaque', explain: 'runs what another command gives as commands' }] : [];
  },
};

function decoded(word: Argument): Argument {
  return word.certainty === 'exact' ? { ...word, text: Buffer.from(word.text, 'base64').toString('utf16le') } : word;
}

function together(words: readonly Argument[]): Argument {
  const [only] = words;
  if (words.length === 1 && only !== undefined) return only;
  return {
    text: words.map(({ text }) => text).join(' '),
    certainty: words.some(({ certainty }) => certainty === 'unknown') ? 'unknown' : 'exact',
    written: words.map(({ written }) => written).join(' '),
  };
}

/**
 * Texts of plain commands are near enough to a shell's to be read as one, once backslashes are no escapes; what has more of
 * the language is handed on as code.
 */
function ranText(text: Argument, by: string): readonly Finding[] {
  const plainText = !/[{}[\]`@]|\$\(|\$(?!env:|null|true|false|_\b)\w/u.test(text.text);
  if (!plainText) return [{ kind: 'code', language: 'powershell', text, by }];
  const readable = text.text
    .replace(/^\s*&\s*/u, '')
    .replaceAll('\\', '\\\\')
    .replaceAll(/\$env:/giu, '%env%');
  return [{ kind: 'shell', text: { ...text, text: readable }, by }];
}
