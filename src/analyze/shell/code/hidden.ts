import type { Argument } from '../argument.js';
import type { Finding, Language } from '../finding.js';

/** Code that is decoded or put together before it is run, and calls below the language's own library. */
const HIDDEN: Readonly<Partial<Record<Language, RegExp>>> = {
  python:
    /\b(?:exec|eval)\s*\(\s*(?!["'])[^\n]*(?:b64decode|b32decode|a85decode|fromhex|unhexlify|decompress|codecs|decode\s*\(|chr\s*\(|urlopen|\[::-1\])|\bctypes\b[^\n]*\bCDLL\b|\bmarshal\.loads\b/u,
  javascript:
    /\bprocess\.binding\s*\(|\b(?:eval|Function)\s*\(\s*(?:atob|Buffer\.from|decodeURI|unescape|String\.fromCharCode)|\bdlopen\s*\(/u,
  ruby: /\beval\s*\(?\s*(?:Base64|\S*unpack|\[)|\binstance_eval\b[^\n]*unpack/u,
  perl: /\beval\s*\(?\s*(?:decode_base64|pack|unpack|reverse)\b/u,
  php: /\b(?:eval|assert)\s*\(\s*(?:base64_decode|gzinflate|str_rot13|strrev)/u,
  awk: /@\w+\s*\(/u,
  // Languages whose libraries are not known one by one: words that remove or start something.
  other:
    /\b(?:rm|rmdir|rmtree|unlink|mkfs|shred)\s*\(|\bdelete(?:Recursively|Directory|File|Tree|IfExists)?\s*\(|\bremove(?:Directory|File|PathForcibly|Item|DirectoryRecursive)\w*\b|\bos\s*:\s*cmd\b|\bfile\s*:\s*(?:delete|del_dir)\b|\bos\.(?:execute|remove|rename)\b|\bio\.popen\b|\bSystem\.Process\b|\bsys\.process\b|\b(?:call|read)Process\b|\bProcess(?:Builder)?\s*\(|\bgetRuntime\b|\.execute\s*\(\s*\)|\brun\s*\(\s*`|\bshell\s*\(|\bsh::?\b|\bcommand\.run\b|\bFile\.rm\w*|\bSystem\.(?:cmd|shell)\b|\brun-program\b|\(delete-(?:file|directory)/u,
};

/**
 * What a program text hides from whoever reads it. FAIL-CLOSED: code that is decoded or put together before it is run waits for
 * a person.
 */
export function hiddenCode(language: Language, { text, written }: Argument, by: string): readonly Finding[] {
  const escaped = /ipython|jupyter/u.test(by)
    ? [...text.matchAll(/^\s*[!%]{1,2}(?:sx|system|bash|sh)?\s*(.+)$/gmu)]
    : [];
  const shells = escaped.map(
    ([, line = '']): Finding => ({ kind: 'shell', text: { text: line, certainty: 'exact', written }, by }),
  );
  if (HIDDEN[language]?.test(text) !== true) return shells;
  return [
    ...shells,
    { kind: 'opaque', explain: `runs ${language === 'other' ? by : language} code that nobody can follow` },
  ];
}
