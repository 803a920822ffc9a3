import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onlyShows, onMachine, saying } from './on-machine.js';
import { stops } from './processes.js';

/** Switches off a protection of the whole machine. */
const PROTECTIONS: Readonly<Record<string, RegExp>> = {
  csrutil: /\b(?:disable|authenticated-root disable|clear)\b/u,
  spctl: /--(?:master|global)-disable\b/u,
  setenforce: /^(?:0|permissive)$/iu,
  'aa-teardown': /^/u,
  mokutil: /--disable-validation\b/u,
};

/** Settings of the kernel, its modules, its security; names and times of the machine. */
export const kernel: Tool = {
  names: [
    'sysctl',
    'insmod',
    'modprobe',
    'rmmod',
    'setenforce',
    'setsebool',
    'timedatectl',
    'hostnamectl',
    'hostname',
    'localectl',
    'nvram',
    'csrutil',
    'spctl',
    'pmset',
    'scutil',
    'systemsetup',
    'networksetup',
    'dkms',
    'grub-install',
    'update-grub',
    'efibootmgr',
    'bless',
    'semanage',
    'semodule',
    'aa-teardown',
    'aa-disable',
    'update-alternatives',
    'alternatives',
    'depmod',
    'hwclock',
    'tune',
    'kldunload',
    'kmutil',
    'update-initramfs',
    'mkinitcpio',
    'dracut',
    'mokutil',
  ],
  judge: ({ name, args }) => {
    if (onlyShows(args) || (args.length === 0 && name !== 'aa-teardown')) return [];
    const { operands, has } = readOptions(args);
    const first = operands[0]?.text ?? '';
    if (name === 'efibootmgr')
      return has('-B', '--delete-bootnum', '-O', '--delete-bootorder')
        ? stops('deletes what the machine starts from')
        : [];
    if (name === 'nvram' && has('-c', '-d'))
      return onMachine('destroy', 'machine', `deletes variables of the firmware: ${saying(args)}`, {
        reversible: 'no',
      });
    if (PROTECTIONS[name]?.test(args.map(({ text }) => text).join(' ')) === true)
      return onMachine('destroy', 'protection', `switches off what protects the machine: ${name} ${saying(args)}`);
    const reads =
      (name === 'sysctl' &&
        !has('-w', '--write', '-p', '--load', '--system') &&
        !args.some(({ text }) => text.includes('='))) ||
      /^(?:show|status|list|list-.*|-g|-get.*|--get.*|get.*|dump.*)$/u.test(first) ||
      /^-(?:l|L|g|a|get)/u.test(args[0]?.text ?? '');
    return reads
      ? []
      : onMachine('configure', 'system-setting', `changes settings of the machine: ${name} ${saying(args)}`);
  },
};
