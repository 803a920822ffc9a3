import { type Argument, exactly, knownText, UNKNOWN_PART } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { fileContent } from './http-body.js';

/** Options with a value. Source: HTTPie's and xh's own references. */
const VALUES = [
  '-o',
  '--output',
  '-a',
  '--auth',
  '-A',
  '--auth-type',
  '--bearer',
  '--session',
  '--session-read-only',
  '--proxy',
  '--verify',
  '--cert',
  '--cert-key',
  '--timeout',
  '--max-redirects',
  '-p',
  '--print',
  '-s',
  '--style',
  '--pretty',
  '--boundary',
  '--raw',
  '--default-scheme',
  '--format-options',
  '-P',
  '--history-print',
  '--http-version',
  '--resolve',
  '--interface',
  '--unix-socket',
];

const METHOD = /^[A-Za-z]+$/u;

/** `http [METHOD] URL [ITEM...]`: `a=b` and `a:=1` are the body, `a==b` the query, `Name:value` a header, `a@file` a file. */
export const httpie: Tool = {
  names: ['http', 'https', 'xh', 'xhs', 'ht'],
  judge: ({ name, args, input }) => {
    const options = readOptions(args, { values: VALUES });
    if (options.has('--help', '--version', '--offline', '-h') && name !== 'xh') return [];
    if (options.has('--help', '--version', '--offline')) return [];
    const [first, second] = options.operands;
    if (first === undefined) return [];
    const named = second !== undefined && METHOD.test(first.text);
    const url = named ? second : first;
    const items = options.operands.slice(named ? 2 : 1);
    const headers = items.flatMap(({ text }) => {
      const found = /^([\w-]+):(?!=)(.*)$/su.exec(text);
      return found?.[1] === undefined ? [] : [[found[1].toLowerCase(), found[2] ?? ''] as const];
    });
    const auth = options.value('-a', '--auth', '--bearer');
    const raw = options.value('--raw') ?? (input.kind === 'text' ? input.text : undefined);
    const body = raw ?? bodyOf(items);
    const piped = input.kind === 'pipe' || input.kind === 'file';
    const standing = body !== undefined || (piped && !options.has('-I', '--ignore-stdin')) ? 'POST' : 'GET';
    const findings: Finding[] = [
      {
        kind: 'http',
        method: named ? (knownText(first) ?? 'UNKNOWN').toUpperCase() : standing,
        url: whole(url, name),
        headers: [
          ['content-type', options.has('-f', '--form') ? 'application/x-www-form-urlencoded' : 'application/json'],
          ...headers,
          ...(auth === undefined ? [] : [['authorization', `Basic ${auth.text}`] as const]),
        ],
        body: body ?? (piped ? fileContent('standard input') : undefined),
      },
    ];
    const output = options.value('-o', '--output');
    if (output !== undefined) findings.push({ kind: 'files', act: 'place', path: output, recursive: false });
    return findings;
  },
};

function whole(url: Argument, name: string): Argument {
  const scheme = name === 'https' || name === 'xhs' ? 'https://' : 'http://';
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(url.text) || url.text.startsWith(UNKNOWN_PART)) return url;
  const host = url.text
    .replace(/^:\/\//u, '')
    .replace(/^:(?=\d|\/|$)/u, (colon) => (/^:\d/u.test(url.text) ? `localhost${colon}` : 'localhost'));
  return { ...url, text: `${scheme}${host}` };
}

function bodyOf(items: readonly Argument[]): Argument | undefined {
  const fields: Record<string, unknown> = {};
  let unknown = false;
  for (const { text, certainty } of items) {
    const found = /^([^=:@]+)(:=@|=@|:=|=(?!=)|@)(.*)$/su.exec(text);
    if (found?.[1] === undefined) continue;
    unknown ||= certainty === 'unknown' || found[2]?.includes('@') === true;
    fields[found[1]] = found[3] ?? '';
  }
  if (Object.keys(fields).length === 0) return undefined;
  const text = JSON.stringify(fields);
  return unknown
    ? { text, certainty: 'unknown', written: items.map(({ written }) => written).join(' ') }
    : exactly(text);
}
