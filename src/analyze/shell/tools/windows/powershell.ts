/** Commands of PowerShell, by their own names and those aliases that mean nothing elsewhere. */
import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Tool } from '../../tool.js';
import { onMachine, saying } from '../system/on-machine.js';
import { parametersOf, pathsOf } from './parameters.js';
import { onWindowsPaths } from './removal.js';
import { invokeExpression, powershell } from './started-powershell.js';

const removeItem: Tool = {
  names: ['remove-item', 'ri'],
  judge: ({ name, args, input }): readonly Finding[] => {
    const given = parametersOf(args);
    // Ruby's reader of documentation is called `ri` as well.
    if (given.has('whatif') || (name === 'ri' && !given.has('recurse') && !given.has('force'))) return [];
    const paths = pathsOf(given);
    // What comes through the pipe is not known.
    if (paths.length === 0)
      return input.kind === 'pipe' ? [{ kind: 'opaque', explain: 'deletes what another command finds' }] : [];
    return onWindowsPaths('delete', paths, given.has('recurse'), 'deletes');
  },
};

const contents: Tool = {
  names: [
    'clear-content',
    'set-content',
    'out-file',
    'clear-item',
    'set-item',
    'add-content',
    'move-item',
    'copy-item',
    'rename-item',
    'new-item',
    'expand-archive',
    'remove-itemproperty',
    'clear-itemproperty',
  ],
  judge: ({ name, args }): readonly Finding[] => {
    const given = parametersOf(args);
    if (given.has('whatif')) return [];
    const [first, second] = pathsOf(given);
    const paths = first === undefined ? [] : [first];
    const target =
      given.value('destination') ??
      given.value('newname') ??
      (given.value('path') === undefined ? second : given.operands[0]);
    const targets = target === undefined ? [] : [target];
    switch (name.toLowerCase()) {
      case 'add-content':
        return onWindowsPaths('append', paths, false, 'appends to');
      case 'move-item':
      case 'rename-item':
        return [
          ...onWindowsPaths('move', paths, true, 'moves'),
          ...onWindowsPaths('place', targets, false, 'writes over'),
        ];
      case 'copy-item':
        return onWindowsPaths('place', targets, given.has('recurse'), 'writes over');
      case 'expand-archive':
        return given.has('force')
          ? onWindowsPaths('place', targets.length > 0 ? targets : [exactly('.')], true, 'writes over')
          : [];
      case 'new-item':
        return given.has('force') && given.value('itemtype')?.text.toLowerCase() !== 'directory'
          ? onWindowsPaths('overwrite', paths, false, 'overwrites')
          : [];
      case 'remove-itemproperty':
      case 'clear-itemproperty':
        return onMachine('destroy', 'registry', `deletes values: ${name} ${saying(args)}`);
      default:
        return onWindowsPaths(
          'overwrite',
          given.value('filepath') === undefined ? paths : [given.value('filepath') ?? exactly('')],
          false,
          'overwrites',
        );
    }
  },
};

/** Commands whose name says it all. */
const PLAIN: Readonly<
  Record<
    string,
    {
      readonly does: 'destroy' | 'configure';
      readonly kind: string;
      readonly reversible?: 'yes' | 'no';
      readonly explain: string;
    }
  >
> = {
  'format-volume': { does: 'destroy', kind: 'disk', reversible: 'no', explain: 'formats a volume' },
  'clear-disk': { does: 'destroy', kind: 'disk', reversible: 'no', explain: 'erases a disk' },
  'initialize-disk': { does: 'destroy', kind: 'disk', explain: 'makes a new partition table' },
  'remove-partition': { does: 'destroy', kind: 'disk', reversible: 'no', explain: 'deletes a partition' },
  'remove-volume': { does: 'destroy', kind: 'disk', reversible: 'no', explain: 'deletes a volume' },
  'remove-virtualdisk': { does: 'destroy', kind: 'disk', reversible: 'no', explain: 'deletes a virtual disk' },
  'remove-vm': { does: 'destroy', kind: 'machine', reversible: 'no', explain: 'deletes a virtual machine' },
  'remove-vmsnapshot': { does: 'destroy', kind: 'machine', reversible: 'no', explain: 'deletes a snapshot' },
  'resize-partition': { does: 'destroy', kind: 'disk', explain: 'resizes a partition' },
  'stop-computer': { does: 'destroy', kind: 'machine', reversible: 'no', explain: 'stops the machine' },
  'restart-computer': { does: 'destroy', kind: 'machine', reversible: 'no', explain: 'restarts the machine' },
  'reset-computermachinepassword': {
    does: 'configure',
    kind: 'machine',
    explain: 'resets the password of the machine',
  },
  'clear-recyclebin': { does: 'destroy', kind: 'trash', reversible: 'no', explain: 'empties the recycle bin' },
  'clear-eventlog': { does: 'destroy', kind: 'log', reversible: 'no', explain: 'deletes logs' },
  'remove-eventlog': { does: 'destroy', kind: 'log', reversible: 'no', explain: 'deletes logs' },
  'clear-history': {
    does: 'destroy',
    kind: 'history',
    reversible: 'no',
    explain: 'deletes the history of what was typed',
  },
  'remove-localuser': { does: 'destroy', kind: 'account', explain: 'deletes an account' },
  'remove-aduser': { does: 'destroy', kind: 'account', explain: 'deletes an account' },
  'remove-adobject': { does: 'destroy', kind: 'account', explain: 'deletes from the directory' },
  'remove-adgroup': { does: 'destroy', kind: 'account', explain: 'deletes a group' },
  'remove-localgroup': { does: 'destroy', kind: 'account', explain: 'deletes a group' },
  'remove-service': { does: 'destroy', kind: 'service', explain: 'deletes a service' },
  'unregister-scheduledtask': { does: 'destroy', kind: 'job', explain: 'deletes a planned task' },
  'remove-smbshare': { does: 'destroy', kind: 'network', explain: 'deletes a share' },
  'remove-netfirewallrule': { does: 'destroy', kind: 'firewall', explain: 'deletes a rule of the firewall' },
  'remove-netipaddress': { does: 'destroy', kind: 'network', explain: 'takes an address away' },
  'remove-netroute': { does: 'destroy', kind: 'network', explain: 'takes a route away' },
  'remove-appxpackage': { does: 'configure', kind: 'package', explain: 'uninstalls a program' },
  'disable-computerrestore': { does: 'destroy', kind: 'backup', explain: 'switches restore points off' },
  'remove-wmiobject': { does: 'destroy', kind: 'machine', explain: 'deletes from the machine' },
  'remove-ciminstance': { does: 'destroy', kind: 'machine', explain: 'deletes from the machine' },
  'stop-service': { does: 'configure', kind: 'service', reversible: 'yes', explain: 'stops a service' },
  'stop-process': { does: 'configure', kind: 'process', explain: 'ends a process' },
  'set-executionpolicy': { does: 'configure', kind: 'system-setting', explain: 'changes which scripts may run' },
  'set-mppreference': { does: 'configure', kind: 'system-setting', explain: 'changes the virus scanner' },
};

const plain: Tool = {
  names: Object.keys(PLAIN),
  judge: ({ name, args }) => {
    const rule = PLAIN[name.toLowerCase()];
    if (rule === undefined || parametersOf(args).has('whatif')) return [];
    return onMachine(rule.does, rule.kind, `${rule.explain}: ${saying(args)}`, { reversible: rule.reversible });
  },
};

export const POWERSHELL: readonly Tool[] = [removeItem, contents, plain, invokeExpression, powershell];
