import { type Argument, exactly, knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { inside } from '../files/on-paths.js';
import { withScheme } from './curl.js';
import { fileContent, headerOf } from './http-body.js';

/** Options with a value. Source: wget(1). */
const VALUES = (
  '-o -a -i -B -e -t -O -T -w -Q -P -U -l -A -R -D -I -X ' +
  '--output-file --append-output --input-file --base --execute --tries --output-document --timeout --wait --waitretry --quota --directory-prefix ' +
  '--user-agent --level --accept --reject --accept-regex --reject-regex --domains --exclude-domains --include-directories --exclude-directories ' +
  '--header --user --password --post-data --post-file --method --body-data --body-file --load-cookies --save-cookies --referer --limit-rate ' +
  '--max-redirect --cut-dirs --default-page --dns-timeout --connect-timeout --read-timeout --bind-address --restrict-file-names --ca-certificate ' +
  '--certificate --private-key --warc-file --http-user --http-password --proxy-user --proxy-password --start-pos --progress --compression'
).split(' ');

export const wget: Tool = {
  names: ['wget', 'wget2', 'aria2c', 'axel'],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values: name.startsWith('wget')
        ? VALUES
        : [...VALUES, '-d', '--dir', '-x', '-s', '-n', '-j', '--header', '--out'],
      abbreviations: true,
    });
    if (options.has('--help', '-h', '--version', '-V')) return [];
    const file = options.value('--post-file', '--body-file');
    const body =
      options.value('--post-data', '--body-data') ?? (file === undefined ? undefined : fileContent(file.written));
    const asked = options.value('--method');
    const standing = options.has('--spider') ? 'HEAD' : options.has('--post-data', '--post-file') ? 'POST' : 'GET';
    const headers = options
      .values('--header')
      .map(headerOf)
      .filter((one) => one !== undefined);
    const findings: Finding[] = options.operands.map((url) => ({
      kind: 'http',
      method: asked === undefined ? standing : (knownText(asked) ?? 'UNKNOWN').toUpperCase(),
      url: withScheme(url),
      headers,
      body,
    }));
    if (file !== undefined)
      findings.push({
        kind: 'files',
        act: 'read',
        path: file,
        recursive: false,
        explain: `sends the content of ${file.written} over the network`,
      });
    if (options.has('--delete-after') || !name.startsWith('wget')) return findings;
    const named = options.has('-O', '--output-document')
      ? []
      : options.operands.flatMap((url) => savedAs(url, options.value('-P', '--directory-prefix')));
    return [
      ...findings,
      ...named,
      ...places(options.value('-O', '--output-document'), options.value('-o', '--output-file')),
    ];
  },
};

/** The name that wget gives to what it fetches. */
function savedAs(url: Argument, folder: Argument | undefined): readonly Finding[] {
  const name = /^[^?#]*\/\/[^/]+\/(?:[^?#]*\/)?([^/?#]+)/u.exec(url.text)?.[1];
  if (name === undefined || url.certainty === 'unknown') return [];
  const path = folder === undefined ? exactly(name) : inside(folder, exactly(name));
  return [{ kind: 'files', act: 'append', path, recursive: false, explain: `fetches ${name}` }];
}

/** Without `-O` wget never overwrites: it numbers what it would. */
function places(...paths: readonly (Argument | undefined)[]): readonly Finding[] {
  return paths
    .filter((path) => path !== undefined)
    .filter(({ text }) => text !== '-' && text !== '/dev/null' && text !== '')
    .map((path) => ({ kind: 'files', act: 'place', path, recursive: false }));
}
