import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from '../files/on-paths.js';
import { kernel } from './kernel.js';
import { given, onMachine, saying } from './on-machine.js';
import { systemctl } from './systemctl.js';

/** crontab(1): `-r` deletes the table, a file or `-` replaces it. */
const crontab: Tool = {
  names: ['crontab', 'fcrontab'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-u', '-c'] });
    if (options.has('-l', '-h', '-V', '-T')) return [];
    const whose = options.value('-u')?.written;
    if (options.has('-r', '-d', '-z') || options.uncertain)
      return onMachine('destroy', 'crontab', 'deletes the table of repeated jobs', { name: whose, reversible: 'no' });
    return options.operands.length > 0
      ? onMachine('destroy', 'crontab', `replaces the table of repeated jobs by ${saying(options.operands)}`, {
          name: whose,
        })
      : [];
  },
};

/** at(1): jobs that run later. Their text comes from the standard input. */
const at: Tool = {
  names: ['at', 'batch', 'atrm', 'atd'],
  judge: ({ name, args, input }): readonly Finding[] => {
    if (name === 'atrm' || given(args, '-d', '-r'))
      return onMachine('configure', 'job', `takes jobs off the list: ${saying(args)}`);
    if (name === 'atd' || given(args, '-l', '-c', '-V', '-q')) return [];
    const file = readOptions(args, { values: ['-f', '-q', '-t'] }).value('-f');
    if (file !== undefined) return [{ kind: 'script', path: file, language: 'shell', args: [], by: name }];
    if (input.kind === 'text') return [{ kind: 'shell', text: input.text, by: name }];
    if (input.kind === 'file') return [{ kind: 'script', path: input.path, language: 'shell', args: [], by: name }];
    return input.kind === 'pipe' ? [{ kind: 'opaque', explain: 'has commands run later that are not known' }] : [];
  },
};

/** journalctl(1): its vacuums delete logs. */
const logs: Tool = {
  names: ['journalctl', 'dmesg', 'logrotate', 'auditctl', 'wevtutil'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { abbreviations: true });
    const deletes =
      (name === 'journalctl' && options.has('--vacuum-size', '--vacuum-time', '--vacuum-files')) ||
      (name === 'auditctl' && options.has('-D')) ||
      (name === 'wevtutil' && given(args, 'cl', 'clear-log')) ||
      (name === 'logrotate' && options.has('-f', '--force') && !options.has('-d', '--debug'));
    // What the kernel said is in the log of the system as well.
    const clears = name === 'dmesg' && options.has('-C', '--clear', '-c', '--read-clear');
    if (clears) return onMachine('write', 'log', 'empties the buffer of what the kernel said');
    if (!deletes) return [];
    return onMachine('destroy', 'log', `deletes entries of logs: ${name} ${saying(args)}`, {
      reversible: name === 'logrotate' ? undefined : 'no',
    });
  },
};

/** chroot(1), and others that run a command in another root. */
const chroot: Tool = {
  names: ['chroot', 'arch-chroot', 'systemd-nspawn', 'proot'],
  judge: ({ name, args, input }): readonly Finding[] => {
    const options = readOptions(args, {
      values: [
        '-u',
        '-g',
        '-D',
        '-M',
        '-r',
        '-R',
        '-b',
        '-w',
        '-S',
        '--userspec',
        '--groups',
        '--directory',
        '--machine',
        '--bind',
      ],
      stopAtOperand: true,
    });
    const words = options.operands.slice(/^(?:arch-)?chroot$/u.test(name) ? 1 : 0);
    const where = options.operands[0]?.written ?? '';
    return words.length === 0 ? [] : [{ kind: 'command', words, input, by: name, elsewhere: `below ${where}` }];
  },
};

/** ssh-keygen(1) over a key that is there; `-R` takes a host out of the list of known ones. */
const sshKeygen: Tool = {
  names: ['ssh-keygen', 'ssh-add', 'ssh-copy-id'],
  judge: ({ name, args, input }): readonly Finding[] => {
    if (name !== 'ssh-keygen')
      return name === 'ssh-add' && given(args, '-D')
        ? onMachine('configure', 'key', 'takes all keys out of the agent')
        : [];
    const options = readOptions(args, {
      values: [
        '-t',
        '-b',
        '-f',
        '-C',
        '-N',
        '-P',
        '-R',
        '-F',
        '-s',
        '-I',
        '-n',
        '-V',
        '-z',
        '-D',
        '-m',
        '-O',
        '-Y',
        '-E',
        '-r',
        '-w',
        '-Z',
        '-a',
      ],
    });
    if (options.has('-l', '-B', '-F', '-y', '-e', '-i', '-H', '-L', '-A', '-R', '-Y', '-r', '-s')) return [];
    const file = options.value('-f');
    // It asks before it replaces a key; only an answer that is given lets it.
    return file !== undefined && input.kind !== 'inherited' ? onPaths('overwrite', [file]) : [];
  },
};

export const SERVICES: readonly Tool[] = [systemctl, crontab, at, logs, kernel, chroot, sshKeygen];
