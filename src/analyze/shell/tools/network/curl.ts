import { type Argument, exactly, knownText } from '../../argument.js';
import type { Finding, HttpFinding } from '../../finding.js';
import type { Input } from '../../invocation.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { inside } from '../files/on-paths.js';
import { fileContent, headerOf, joinedBy } from './http-body.js';

/** Options with a value. Source: curl(1). */
const VALUES = (
  '-A -b -c -C -d -D -e -E -F -H -h -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z ' +
  '--abstract-unix-socket --alt-svc --aws-sigv4 --cacert --capath --cert --cert-type --ciphers --config --connect-timeout --connect-to ' +
  '--continue-at --cookie --cookie-jar --create-file-mode --crlfile --curves --data --data-ascii --data-binary --data-raw --data-urlencode ' +
  '--delegation --dns-interface --dns-servers --doh-url --dump-header --ech --egd-file --engine --etag-compare --etag-save ' +
  '--expect100-timeout --form --form-string --ftp-account --ftp-alternative-to-user --ftp-method --ftp-port --happy-eyeballs-timeout-ms ' +
  '--header --hostpubmd5 --hsts --interface --ip-tos --json --keepalive-time --key --key-type --krb --libcurl --limit-rate --local-port ' +
  '--login-options --mail-auth --mail-from --mail-rcpt --max-filesize --max-redirs --max-time --netrc-file --noproxy --output --output-dir ' +
  '--parallel-max --pass --pinnedpubkey --preproxy --proto --proto-default --proto-redir --proxy --proxy-cacert --proxy-cert --proxy-header ' +
  '--proxy-key --proxy-pass --proxy-user --pubkey --quote --random-file --range --rate --referer --request --request-target --resolve --retry ' +
  '--retry-delay --retry-max-time --sasl-authzid --service-name --socks4 --socks4a --socks5 --socks5-hostname --speed-limit --speed-time ' +
  '--stderr --telnet-option --tftp-blksize --time-cond --tls-max --tls13-ciphers --trace --trace-ascii --trace-config --unix-socket ' +
  '--upload-file --url --url-query --user --user-agent --variable --write-out'
).split(' ');

const DATA = ['-d', '--data', '--data-ascii', '--data-raw', '--data-binary', '--data-urlencode', '--json'];
const UPLOADS = ['-T', '--upload-file'];
const FORMS = ['-F', '--form', '--form-string'];

/** curl, and what takes its options. */
export const curl: Tool = {
  names: ['curl', 'curlie', 'curl-impersonate'],
  judge: ({ args, input, name }) => {
    const parts = split(args).map((part) => readOptions(part, { values: VALUES, abbreviations: true }));
    return parts.flatMap((options) =>
      options.has('--help', '-h', '--version', '-V', '--manual') ? [] : judgeTransfer(options, input, name),
    );
  },
};

/** `--next` begins another transfer with options of its own. */
function split(args: readonly Argument[]): readonly (readonly Argument[])[] {
  const at = args.findIndex(({ text }) => text === '--next' || text === '-:');
  return at < 0 ? [args] : [args.slice(0, at), ...split(args.slice(at + 1))];
}

function judgeTransfer(options: Options, input: Input, name: string): readonly Finding[] {
  const config = options.value('-K', '--config');
  const urls = [...options.values('--url'), ...(name === 'curlie' ? options.operands.slice(-1) : options.operands)];
  const findings: Finding[] = urls.map((url) => request(options, url, input));
  for (const path of options.values(
    '-o',
    '--output',
    '-c',
    '--cookie-jar',
    '-D',
    '--dump-header',
    '--trace',
    '--trace-ascii',
    '--stderr',
  )) {
    if (path.text !== '-' && path.text !== '/dev/null')
      findings.push({
        kind: 'files',
        act: 'place',
        path: isOutput(options, path) ? intoFolder(options, path) : path,
        recursive: false,
      });
  }
  if (options.has('-O', '--remote-name', '--remote-name-all')) {
    for (const url of urls)
      findings.push({ kind: 'files', act: 'place', path: intoFolder(options, namedBy(url)), recursive: false });
  }
  findings.push(...sentFiles(options));
  // Whoever talks to a socket is taken for whoever may read it.
  for (const path of options.values('--unix-socket'))
    findings.push({ kind: 'files', act: 'read', path, recursive: false });
  for (const [, path = ''] of options
    .values('-w', '--write-out')
    .flatMap(({ text }) => [...text.matchAll(/%output\{(?:>>)?([^}]+)\}/gu)]))
    findings.push({ kind: 'files', act: 'place', path: exactly(path), recursive: false });
  for (const url of urls)
    if (/^file:\/\//iu.test(url.text))
      findings.push({
        kind: 'files',
        act: 'read',
        path: { ...url, text: url.text.replace(/^file:\/\/(?:localhost)?/iu, '') },
        recursive: false,
      });
  for (const [quote] of options.values('-Q', '--quote').map((one) => [one.text.replace(/^[-+*]/u, '')])) {
    if (quote !== undefined && /^(?:DELE|RMD|RNFR|rm|rmdir|rename|ln|chmod)\b/iu.test(quote))
      findings.push(onServer(quote));
  }
  // FAIL-CLOSED: options of a file that nobody has read may make any request.
  if (config !== undefined)
    findings.push({ kind: 'opaque', explain: `sends requests that the file ${config.written} tells` });
  return findings;
}

const isOutput = (options: Options, path: Argument) => options.values('-o', '--output').includes(path);

function intoFolder(options: Options, path: Argument): Argument {
  const folder = options.value('--output-dir');
  return folder === undefined ? path : inside(folder, path);
}

function request(options: Options, url: Argument, input: Input): HttpFinding {
  const bodies = options.values(...DATA).map((one) => content(one, options, input));
  const query = options.has('-G', '--get');
  const forms = options.values(...FORMS);
  const asked = options.value('-X', '--request');
  const uploads = options.has(...UPLOADS);
  const standing = query ? 'GET' : bodies.length > 0 || forms.length > 0 ? 'POST' : uploads ? 'PUT' : 'GET';
  const method = options.has('-I', '--head') ? 'HEAD' : standing;
  const form = forms.length === 0 ? undefined : { ...fileContent(forms.map(({ written }) => written).join(' ')) };
  const given =
    joinedBy('&', bodies) ?? form ?? (uploads ? fileContent(options.value(...UPLOADS)?.written ?? '') : undefined);
  return {
    kind: 'http',
    method: asked === undefined ? method : (knownText(asked) ?? 'UNKNOWN'),
    url: withScheme(query ? (joinedBy('?', [url, ...bodies]) ?? url) : url),
    headers: headersOf(options, bodies.length > 0),
    body: query ? undefined : given,
  };
}

function headersOf(options: Options, data: boolean): readonly (readonly [string, string])[] {
  const headers = options
    .values('-H', '--header')
    .map(headerOf)
    .filter((one) => one !== undefined);
  const has = (name: string) => headers.some(([one]) => one === name);
  const user = options.value('-u', '--user');
  const cookie = options.value('-b', '--cookie');
  if (user !== undefined) headers.push(['authorization', `Basic ${user.text}`]);
  if (cookie?.text.includes('=') === true) headers.push(['cookie', cookie.text]);
  if (options.has('--json') && !has('content-type')) headers.push(['content-type', 'application/json']);
  else if (data && !has('content-type')) headers.push(['content-type', 'application/x-www-form-urlencoded']);
  const netrc = options.has('-n', '--netrc');
  return netrc ? [...headers, ['authorization', 'Basic .netrc']] : headers;
}

/** `@file` and `@-` are contents; `--data-raw` takes an `@` as it is. */
function content(data: Argument, options: Options, input: Input): Argument {
  if (!data.text.startsWith('@') || options.values('--data-raw').includes(data)) return data;
  if (data.text === '@-' && input.kind === 'text') return input.text;
  return fileContent(data.written);
}

function sentFiles(options: Options): readonly Finding[] {
  const data = options
    .values(...DATA)
    .filter((one) => one.text.startsWith('@') && !options.values('--data-raw').includes(one));
  const forms = options
    .values('-F', '--form')
    .flatMap((one) => /=[@<](?<path>[^;]+)/u.exec(one.text)?.groups?.['path'] ?? []);
  const paths = [
    ...data.map((one) => one.text.slice(1)),
    ...options.values(...UPLOADS).map(({ text }) => text),
    ...forms,
  ];
  return paths
    .filter((path) => path !== '-' && path !== '.' && path !== '')
    .map((path) => ({
      kind: 'files',
      act: 'read',
      path: exactly(path),
      recursive: false,
      explain: `sends the content of ${path} over the network`,
    }));
}

function onServer(quote: string): Finding {
  const resource = { kind: 'ftp', name: quote };
  return { kind: 'effect', verb: 'destroy', resource, place: 'remote', explain: `has the server do ${quote}` };
}

/** Without a scheme curl takes HTTP. */
export function withScheme(url: Argument): Argument {
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(url.text) || url.text.startsWith('\u0000')) return url;
  return { ...url, text: `http://${url.text}` };
}

function namedBy(url: Argument): Argument {
  const name =
    url.text
      .replace(/[?#].*$/u, '')
      .split('/')
      .at(-1) ?? '';
  return name === '' || url.certainty === 'unknown'
    ? { text: name, certainty: url.certainty, written: url.written }
    : exactly(name);
}
