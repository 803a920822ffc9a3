/** What the package managers of JavaScript do besides running scripts: npm, pnpm, yarn, bun. */
import { knownText } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import { onRegistry } from './registries.js';

const VALUES = [
  '--registry',
  '--tag',
  '--otp',
  '--access',
  '--workspace',
  '-w',
  '--prefix',
  '-C',
  '--filter',
  '-F',
  '--cwd',
  '--userconfig',
  '--dir',
  '--scope',
];

/**
 * Installing, removing and updating only touch what one command brings back; what reaches the registry is seen by
 * everybody. `npm run`, `npm test` and other scripts are judged elsewhere.
 */
export function judgePackageManager({ name, args }: Invocation): readonly Finding[] {
  const options = readOptions(args, { values: VALUES });
  if (options.has('--dry-run', '--help', '-h')) return [];
  const words = options.operands.map((word) => knownText(word) ?? '');
  // `yarn npm publish`, `bun pm cache rm`
  const [verb = '', what = ''] = words[0] === 'npm' || words[0] === 'pm' ? words.slice(1) : words;
  const named = options.operands[1]?.written;
  switch (verb) {
    case 'publish':
      return onRegistry('deploy', name, 'publishes a package', named);
    case 'unpublish':
      return onRegistry('destroy', name, 'takes a published package away', named);
    case 'deprecate':
    case 'undeprecate':
      return onRegistry('configure', name, 'marks a published package as not to be used', named);
    case 'owner':
    case 'author':
    case 'access':
    case 'team':
    case 'org':
      return /^(?:ls|list|get|list-packages|list-collaborators|ls-packages|)$/u.test(what)
        ? []
        : onRegistry('grant', name, 'changes who may publish', words[2]);
    case 'dist-tag':
    case 'dist-tags':
    case 'tag':
      if (/^(?:rm|remove)$/u.test(what))
        return onRegistry('destroy', name, 'takes a tag of a published package away', words[2]);
      return /^(?:add|set)$/u.test(what)
        ? onRegistry('configure', name, 'moves a tag of a published package', words[2])
        : [];
    case 'token':
      if (/^(?:revoke|delete|rm|remove)$/u.test(what)) return onRegistry('destroy', name, 'revokes a token', words[2]);
      return what === 'create' ? onRegistry('grant', name, 'makes a token') : [];
    case 'profile':
      return what === 'set' ? onRegistry('configure', name, 'changes the profile') : [];
    case 'hook':
      return /^(?:rm|remove|update)$/u.test(what) ? onRegistry('destroy', name, 'takes a hook away', words[2]) : [];
    case 'pkg':
      return what === 'set'
        ? options.operands.slice(2).flatMap((word) => {
            const script = /^scripts\.[^=]+=(.*)$/su.exec(word.text)?.[1];
            return script === undefined ? [] : [{ kind: 'shell', text: { ...word, text: script }, by: 'npm pkg set' }];
          })
        : [];
    case 'set-script':
      return options.operands[2] === undefined
        ? []
        : [{ kind: 'shell', text: options.operands[2], by: 'npm set-script' }];
    case 'star':
    case 'unstar':
    case 'stage':
      return onRegistry('write', name, `${verb}s a package`, named);
    default:
      return [];
  }
}
