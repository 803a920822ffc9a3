import type { Tool } from '../../tool.js';
import { onMachine, saying } from '../system/on-machine.js';

/** Windows' console programs, by the text of their words. */
interface ConsoleRule {
  readonly names: readonly string[];
  /** All of these must be among the words, joined by one blank. */
  readonly when: RegExp;
  readonly unless?: RegExp;
  readonly does: 'destroy' | 'configure' | 'grant';
  readonly kind: string;
  readonly reversible?: 'yes' | 'no';
  readonly explain: string;
}

/** Console programs, by the text of their words. The first rule that fits counts. */
const CONSOLE: readonly ConsoleRule[] = [
  {
    names: ['format'],
    when: /^(?:[A-Za-z]:|\\\\|\/dev)/u,
    does: 'destroy',
    kind: 'disk',
    reversible: 'no',
    explain: 'formats',
  },
  {
    names: ['sdelete', 'sdelete64'],
    when: /./u,
    unless: /^-?-?(?:help|\?)$/u,
    does: 'destroy',
    kind: 'disk',
    reversible: 'no',
    explain: 'erases',
  },
  {
    names: ['cipher'],
    when: /\/w\b/iu,
    does: 'destroy',
    kind: 'disk',
    reversible: 'no',
    explain: 'overwrites free space',
  },
  {
    names: ['vssadmin'],
    when: /\b(?:delete\s+shadows|resize\s+shadowstorage)\b/iu,
    does: 'destroy',
    kind: 'backup',
    reversible: 'no',
    explain: 'deletes shadow copies',
  },
  {
    names: ['wbadmin'],
    when: /\bdelete\b/iu,
    does: 'destroy',
    kind: 'backup',
    reversible: 'no',
    explain: 'deletes backups',
  },
  {
    names: ['bcdedit'],
    when: /\/(?:delete|deletevalue|import)\b/iu,
    does: 'destroy',
    kind: 'machine',
    reversible: 'no',
    explain: 'deletes what the machine starts from',
  },
  {
    names: ['bcdedit'],
    when: /\/(?:set|default|create|copy)\b/iu,
    does: 'configure',
    kind: 'machine',
    explain: 'changes what the machine starts from',
  },
  {
    names: ['reg'],
    when: /^(?:delete|import|restore|unload)\b/iu,
    does: 'destroy',
    kind: 'registry',
    reversible: 'no',
    explain: 'deletes or overwrites keys of the registry',
  },
  {
    names: ['reg'],
    when: /^(?:add|copy|load)\b/iu,
    does: 'configure',
    kind: 'registry',
    explain: 'changes the registry',
  },
  { names: ['sc'], when: /\bdelete\b/iu, does: 'destroy', kind: 'service', explain: 'deletes the service' },
  {
    names: ['sc', 'net', 'net1'],
    when: /\b(?:stop|config|pause)\b/iu,
    does: 'configure',
    kind: 'service',
    reversible: 'yes',
    explain: 'switches the service',
  },
  {
    names: ['net', 'net1'],
    when: /\/delete\b/iu,
    does: 'destroy',
    kind: 'account',
    explain: 'deletes an account, group, share or connection',
  },
  {
    names: ['net', 'net1'],
    when: /\/add\b/iu,
    does: 'grant',
    kind: 'account',
    explain: 'adds an account, group or share',
  },
  { names: ['schtasks'], when: /\/delete\b/iu, does: 'destroy', kind: 'job', explain: 'deletes a planned task' },
  {
    names: ['wmic'],
    when: /\b(?:delete|uninstall|terminate)\b/iu,
    does: 'destroy',
    kind: 'machine',
    explain: 'deletes or ends',
  },
  {
    names: ['taskkill', 'tskill'],
    when: /(?:^|\s)\/?(?:fi|im)\s+["']?(?:\*|csrss|wininit|winlogon|lsass|services|explorer|svchost)|\/fi\b/iu,
    does: 'destroy',
    kind: 'process',
    reversible: 'no',
    explain: 'ends processes of the system',
  },
  { names: ['taskkill', 'tskill'], when: /./u, does: 'configure', kind: 'process', explain: 'ends a process' },
  { names: ['takeown'], when: /\/f\b/iu, does: 'grant', kind: 'windows:path', explain: 'takes the ownership of files' },
  {
    names: ['icacls', 'cacls'],
    when: /(?:\/reset|\/remove|\/deny|\/inheritance:r)\b.*(?:\/t\b|[A-Za-z]:\\?(?:\s|$))|[A-Za-z]:\\?\s.*\/reset/iu,
    does: 'destroy',
    kind: 'windows:path',
    explain: 'takes rights on files away',
  },
  {
    names: ['icacls', 'cacls'],
    when: /\/(?:grant|deny|remove|setowner|reset|inheritance)|\s\/[geprd]\b/iu,
    does: 'grant',
    kind: 'windows:path',
    explain: 'changes rights on files',
  },
  {
    names: ['fsutil'],
    when: /\b(?:deletejournal|setzerodata|delete|file\s+setvaliddata)\b/iu,
    does: 'destroy',
    kind: 'disk',
    explain: 'deletes',
  },
  {
    names: ['manage-bde'],
    when: /-(?:off|delete|forcerecovery|lock|wipefreespace)\b/iu,
    does: 'destroy',
    kind: 'disk',
    explain: 'takes away what decrypts a disk',
  },
  {
    names: ['mountvol'],
    when: /\/[dr]\b/iu,
    does: 'destroy',
    kind: 'disk',
    reversible: 'yes',
    explain: 'takes a volume off',
  },
  {
    names: ['netsh'],
    when: /\b(?:reset|delete)\b/iu,
    does: 'destroy',
    kind: 'network',
    explain: 'resets or deletes network settings',
  },
  {
    names: ['netsh', 'route.exe'],
    when: /\b(?:set|add)\b/iu,
    does: 'configure',
    kind: 'network',
    explain: 'changes network settings',
  },
  {
    names: ['cmdkey'],
    when: /\/delete/iu,
    does: 'destroy',
    kind: 'credential',
    reversible: 'no',
    explain: 'deletes a stored password',
  },
  {
    names: ['certutil'],
    when: /-delstore\b|-delkey\b/iu,
    does: 'destroy',
    kind: 'key',
    reversible: 'no',
    explain: 'deletes certificates',
  },
  {
    names: ['dism'],
    when: /\/(?:remove-\S+|disable-feature|apply-image|cleanup-image)/iu,
    does: 'configure',
    kind: 'machine',
    explain: 'changes the system',
  },
  {
    names: ['wsl'],
    when: /--unregister\b/u,
    does: 'destroy',
    kind: 'machine',
    reversible: 'no',
    explain: 'deletes a distribution with all its files',
  },
  {
    names: ['powercfg', 'assoc', 'ftype', 'setx', 'gpupdate', 'sfc', 'chkdsk'],
    when: /\/[a-z]|\s/iu,
    does: 'configure',
    kind: 'system-setting',
    explain: 'changes settings of the machine',
  },
];

export const CONSOLE_TOOLS: readonly Tool[] = [...new Set(CONSOLE.flatMap(({ names }) => names))].map((name) => ({
  names: [name],
  judge: ({ args }) => {
    if (args.some(({ text }) => text === '/?' || text === '--help')) return [];
    const said = args.map(({ text }) => text).join(' ');
    const rule = CONSOLE.find(
      ({ names, when, unless }) => names.includes(name) && when.test(said) && unless?.test(said) !== true,
    );
    return rule === undefined
      ? []
      : onMachine(rule.does, rule.kind, `${rule.explain}: ${name} ${saying(args)}`, { reversible: rule.reversible });
  },
}));
