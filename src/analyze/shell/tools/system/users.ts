import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { given, onlyShows, onMachine, printsSecrets, saying } from './on-machine.js';

/** Accounts and groups of this machine. */
const accounts: Tool = {
  names: [
    'userdel',
    'deluser',
    'groupdel',
    'delgroup',
    'useradd',
    'adduser',
    'groupadd',
    'addgroup',
    'usermod',
    'groupmod',
    'passwd',
    'chpasswd',
    'chage',
    'gpasswd',
    'chsh',
    'chfn',
    'visudo',
    'vipw',
    'vigr',
    'newusers',
    'homectl',
    'pw',
    'faillock',
    'sysadminctl',
    'smbpasswd',
    'pdbedit',
    'htpasswd',
    'fprintd-delete',
    'pam-auth-update',
  ],
  judge: ({ name, args }) => {
    if (onlyShows(args)) return [];
    const options = readOptions(args, {
      values: [
        '-s',
        '--shell',
        '-g',
        '--gid',
        '-G',
        '--groups',
        '-u',
        '--uid',
        '-d',
        '--home',
        '-c',
        '--comment',
        '-e',
        '-f',
        '-p',
      ],
    });
    const who = saying(options.operands);
    const removesHome =
      options.has('-r', '--remove', '--remove-home', '--remove-all-files', '-rf') ||
      (name === 'homectl' && given(args, 'remove')) ||
      (name === 'pw' && given(args, 'userdel'));
    if (/^(?:userdel|deluser|homectl|pw)$/u.test(name) && removesHome)
      return onMachine('destroy', 'account', `deletes the account ${who} with its files`, { reversible: 'no' });
    // `deluser USER GROUP` takes the user out of the group.
    const leavesGroup = name === 'deluser' && options.operands.length > 1;
    if (/^(?:userdel|deluser|groupdel|delgroup)$/u.test(name) && !leavesGroup)
      return onMachine('destroy', 'account', `deletes the account ${who}`);
    if (/^sysadminctl$/u.test(name) && given(args, '-deleteUser'))
      return onMachine('destroy', 'account', `deletes an account`, { reversible: 'no' });
    if (options.has('-l', '-S', '--status') && name === 'chage') return [];
    const grants = /^(?:usermod|gpasswd|visudo|adduser|groupmod|pam-auth-update)$/u.test(name);
    return onMachine(grants ? 'grant' : 'configure', 'account', `changes accounts: ${name} ${saying(args)}`);
  },
};

/** Keys that sign and decrypt: gpg(1). */
const gpg: Tool = {
  names: ['gpg', 'gpg2', 'gpgsm', 'gpgconf'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: ['-o', '--output', '-r', '--recipient', '-u', '--local-user', '--homedir'],
    });
    if (
      options.has(
        '--delete-secret-keys',
        '--delete-secret-key',
        '--delete-secret-and-public-key',
        '--delete-secret-and-public-keys',
      )
    )
      return onMachine('destroy', 'key', `deletes secret keys: ${saying(options.operands)}`, { reversible: 'no' });
    if (options.has('--delete-keys', '--delete-key'))
      return onMachine('destroy', 'key', `deletes public keys: ${saying(options.operands)}`);
    if (options.has('--export-secret-keys', '--export-secret-key', '--export-secret-subkeys'))
      return printsSecrets('key', `prints secret keys: ${saying(options.operands)}`);
    return [];
  },
};

/** security(1) of macOS: keychains. */
const security: Tool = {
  names: ['security', 'secret-tool', 'kwallet-query', 'keyctl', 'pass', 'gopass'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { stopAtOperand: true, values: ['-p'] });
    const verb = options.operands[0]?.text ?? '';
    const rest = options.operands.slice(1);
    if (
      /^(?:delete-.*|remove-.*)$/u.test(verb) ||
      (name === 'secret-tool' && verb === 'clear') ||
      (name === 'keyctl' && /^(?:clear|revoke|unlink|purge|invalidate|reap)$/u.test(verb))
    )
      return onMachine('destroy', 'keychain', `deletes secrets: ${name} ${verb}`, { reversible: 'no' });
    if (/^g?o?pass$/u.test(name)) {
      if (/^(?:rm|remove|delete)$/u.test(verb))
        return onMachine('destroy', 'keychain', `deletes secrets: ${name} ${verb} ${saying(rest)}`, {
          reversible: 'yes',
        });
      return /^(?:show|ls|list|find|search|git|init|insert|generate|edit|mv|cp|help|version|grep|sync|)$/u.test(verb) &&
        verb !== 'show'
        ? []
        : printsSecrets('keychain', `prints a secret: ${name} ${verb}`);
    }
    const prints =
      verb === 'dump-keychain' ||
      (/^find-(?:generic|internet)-password$/u.test(verb) && rest.some(({ text }) => /^-[a-z]*[wg]/u.test(text))) ||
      verb === 'export' ||
      (name === 'secret-tool' && verb === 'lookup') ||
      (name === 'keyctl' && /^(?:print|pipe|read)$/u.test(verb));
    return prints ? printsSecrets('keychain', `prints secrets: ${name} ${verb}`) : [];
  },
};

export const USERS: readonly Tool[] = [accounts, gpg, security];
