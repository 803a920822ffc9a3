/** Secrets that are kept encrypted on this machine. Source: each program's own manual. */
import { knownText } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

const COMMANDS =
  /^(?:init|ls|list|grep|search|find|insert|add|edit|set|generate|rm|remove|delete|del|mv|move|cp|copy|git|help|version|show|cat|otp|recipients|mounts|sync|fsck|config|clone|setup|audit|history|process|update|convert|env|link|ln|templates|unclip|whoami|age|agent|completion|create|new|fold|merge|pwgen|sum|tree|alias|reorg|rcs|git-credential|import|export)$/u;

const stores = cliTool({
  names: ['pass', 'gopass', 'passage'],
  values: ['-p', '--path', '--store'],
  resource: 'password-store',
  place: 'remote',
  rules: [
    { command: 'rm|remove|delete|del', does: 'destroy', explain: 'deletes the password' },
    { command: 'show|cat|otp', when: ['-c', '--clip'], does: 'harmless', explain: '' },
    { command: 'show *', does: 'reveal', explain: 'prints the password' },
    { command: 'cat *', does: 'reveal', explain: 'prints the secret' },
    {
      command: 'recipients|mounts remove|rm|delete|umount',
      does: 'configure',
      explain: 'changes who can read the passwords',
    },
    { command: 'recipients add', does: 'grant', explain: 'changes who can read the passwords' },
    { command: 'insert|edit|generate|mv|cp|set', does: 'write', explain: 'changes the password' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

/** pass, gopass: a name alone shows the password. */
export const passwordStores: Tool = {
  names: ['pass', 'gopass', 'passage'],
  judge: (invocation) => {
    const options = readOptions(invocation.args, { values: ['-p', '--path'] });
    const [first] = options.operands;
    const alone = first !== undefined && !COMMANDS.test(knownText(first) ?? 'show') && options.operands.length === 1;
    if (!alone || options.has('-c', '--clip', '--help', '-h')) return stores.judge(invocation);
    // A folder's name lists it; which of the two it is only the store knows, and a name with a slash at its end says.
    return first.text.endsWith('/') ? [] : [reveal('password-store', first.written)];
  },
};

const sopsTable: Tool = {
  names: ['sops'],
  judge: ({ args, input }) => {
    const values = [
      '--extract',
      '--input-type',
      '--output-type',
      '--output',
      '-k',
      '--kms',
      '-p',
      '--pgp',
      '-a',
      '--age',
      '--config',
      '--set',
      '--add-age',
      '--rm-age',
      '--azure-kv',
      '--gcp-kms',
      '--hc-vault-transit',
      '--encrypted-regex',
    ];
    const options = readOptions(args, { values });
    const [first, second] = options.operands;
    const file =
      first?.text === 'decrypt' || first?.text === 'encrypt' || first?.text === 'unset' || first?.text === 'set'
        ? second
        : first;
    if (options.has('--help', '-h', '--version', '-v')) return [];
    const output = options.value('--output');
    if (output !== undefined) return [{ kind: 'files', act: 'place', path: output, recursive: false }];
    if (options.has('-d', '--decrypt') || first?.text === 'decrypt')
      return [reveal('sops', file?.written ?? (input.kind === 'file' ? input.path.written : 'a file'))];
    return [];
  },
};

/** sops: `exec-env FILE TEXT`, `exec-file FILE TEXT` run a text for the shell. */
export const sops: Tool = {
  names: ['sops'],
  judge: (invocation) => {
    const { operands } = readOptions(invocation.args);
    const [command, , text] = operands;
    if ((command?.text === 'exec-env' || command?.text === 'exec-file') && text !== undefined)
      return [{ kind: 'shell', text, by: 'sops' }];
    return sopsTable.judge(invocation);
  },
};

/** Decrypting writes a file, or prints what was secret. Keys that are deleted are gone with what they encrypted. */
export const encryption: Tool = {
  names: ['age', 'rage', 'gpg', 'gpg2'],
  judge: ({ name, args }) => {
    const values = [
      '-o',
      '--output',
      '-r',
      '--recipient',
      '-i',
      '--identity',
      '-R',
      '--recipients-file',
      '-u',
      '--local-user',
      '--passphrase',
      '--passphrase-file',
      '--passphrase-fd',
      '--homedir',
      '--keyserver',
    ];
    const options = readOptions(args, { values });
    const findings: Finding[] = [];
    const keys = options.operands.map(({ written }) => written).join(' ');
    if (
      options.has(
        '--delete-secret-keys',
        '--delete-secret-key',
        '--delete-secret-and-public-key',
        '--delete-keys',
        '--delete-key',
      )
    ) {
      const resource = { kind: 'key', name: keys };
      findings.push({
        kind: 'effect',
        verb: 'destroy',
        resource,
        place: 'local',
        reversible: 'no',
        explain: `deletes the keys ${keys}`,
      });
    }
    if (options.has('--export-secret-keys', '--export-secret-key', '--export-secret-subkeys'))
      findings.push(reveal('key', keys));
    const output = options.value('-o', '--output');
    if (output !== undefined) findings.push({ kind: 'files', act: 'place', path: output, recursive: false });
    else if (options.has('-d', '--decrypt') && !name.includes('keygen'))
      findings.push({ ...reveal('encrypted-file', keys), place: 'local' });
    return findings;
  },
};

function reveal(kind: string, name: string): Extract<Finding, { kind: 'effect' }> {
  return {
    kind: 'effect',
    verb: 'reveal',
    resource: { kind, name },
    place: 'remote',
    explain: `prints the secrets of ${name}`,
  };
}
