import { type Argument, UNKNOWN_PART } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { given, onlyShows, onMachine, saying } from './on-machine.js';

/** Process 1 and the group `-1`: everything that runs (kill(1), kill(2)). */
const EVERYTHING = /^(?:-1|0|1|--1)$/u;

/** kill(1): the first dashed word may be a signal. */
const kill: Tool = {
  names: ['kill'],
  judge: ({ args }) => {
    if (given(args, '-l', '-L', '--list', '--table', '--help', '-0')) return [];
    const [first, ...rest] = args;
    const takesNext = first !== undefined && /^(?:-s|-n|--signal)$/u.test(first.text);
    const isSignal = first?.text.startsWith('-') === true && (rest.length > 0 || takesNext);
    const targets = (takesNext ? rest.slice(1) : isSignal ? rest : args).filter(({ text }) => text !== '--');
    const all = targets.filter(({ text }) => EVERYTHING.test(text));
    return all.length > 0 ? stopsEverything(`stops every process (${saying(all)})`) : [];
  },
};

/** Names whose end is the end of the session or of the machine's services. */
const VITAL =
  /^(?:\.\*?|\*|init|systemd(?:-.*)?|sshd?|dbus-daemon|launchd|WindowServer|loginwindow|Xorg|gnome-shell|dockerd|containerd|kubelet)$/u;

const killByName: Tool = {
  names: ['pkill', 'killall', 'killall5', 'skill', 'xkill', 'slay'],
  judge: ({ name, args }) => {
    if (name === 'killall5') return stopsEverything('stops every process');
    const options = readOptions(args, {
      values: [
        '-s',
        '--signal',
        '-o',
        '-y',
        '-u',
        '-U',
        '--user',
        '--uid',
        '-g',
        '-G',
        '-P',
        '-t',
        '--euid',
        '--pgroup',
        '--parent',
        '--terminal',
        '-n',
        '-Z',
        '--ns',
        '-F',
        '--pidfile',
      ],
    });
    if (options.has('-l', '--list', '--help', '-V', '--version', '-0')) return [];
    const users = options.values('-u', '-U', '--user', '--uid', '--euid');
    const names = options.operands.filter(({ text }) => !/^-\d/u.test(text));
    if (names.length === 0 && users.length > 0) return stopsEverything(`stops every process of ${saying(users)}`);
    const vital = names.filter(({ text }) => VITAL.test(text));
    if (vital.length > 0) return stopsEverything(`stops ${saying(vital)}`);
    return names.length === 0 ? [] : onMachine('configure', 'process', `stops ${saying(names)}`);
  },
};

function stopsEverything(explain: string) {
  return onMachine('destroy', 'process', explain, { reversible: 'no' });
}

/** fuser(1): `-k` kills whoever uses a file or port; on a whole mount that is everything. */
const fuser: Tool = {
  names: ['fuser'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: ['-n', '--namespace'] });
    if (!options.has('-k', '--kill')) return [];
    const wide = options.has('-m', '--mount', '-c', '-M', '--ismountpoint');
    return wide
      ? stopsEverything(`stops every process that uses ${saying(options.operands)}`)
      : onMachine('configure', 'process', `stops what uses ${saying(options.operands)}`);
  },
};

/** Ends of the machine's running. */
const power: Tool = {
  names: ['shutdown', 'reboot', 'halt', 'poweroff', 'init', 'telinit', 'kexec', 'rtcwake', 'sys-shutdown'],
  judge: ({ name, args }) => {
    if (onlyShows(args)) return [];
    if (name === 'shutdown')
      return given(args, '-c', '-k', '--show', '/a', '-a') ? [] : stops(`shuts the machine down (${saying(args)})`);
    if (/^(?:tel)?init$/u.test(name)) {
      const level = args.find(({ text }) => /^[06]$/u.test(text) || text.includes(UNKNOWN_PART));
      return level === undefined ? [] : stops('shuts the machine down');
    }
    if (name === 'kexec') return given(args, '-e', '--exec') ? stops('starts another kernel at once') : [];
    if (name === 'rtcwake')
      return given(args, 'off', 'mem', 'disk') ? onMachine('configure', 'machine', 'puts the machine to sleep') : [];
    return given(args, '-w', '--wtmp-only') ? [] : stops(`${name === 'reboot' ? 'restarts' : 'stops'} the machine`);
  },
};

export function stops(explain: string) {
  return onMachine('destroy', 'machine', explain, { reversible: 'no' });
}

/** Terminal multiplexers: their end is the end of all that runs in them. */
const terminals: Tool = {
  names: ['tmux', 'screen', 'zellij', 'byobu', 'pm2', 'loginctl'],
  judge: ({ name, args }) => {
    const [verb] = readOptions(args, { values: ['-L', '-S', '-f', '-X', '-H', '-M'] }).operands;
    const last = args.at(-1)?.text ?? '';
    const words = (verb === undefined ? [] : [verb]).map(({ text }) => text);
    if (name === 'screen')
      return given(args, '-wipe') || last !== 'quit'
        ? []
        : onMachine('destroy', 'terminal', 'ends a screen session with all that runs in it', { reversible: 'no' });
    const ends: Readonly<Record<string, RegExp>> = {
      tmux: /^kill-(?:server|session)$/u,
      byobu: /^kill-(?:server|session)$/u,
      zellij: /^(?:kill|delete)-all-sessions$|^(?:kill-session|delete-session|da|ka)$/u,
      pm2: /^(?:kill|delete|del)$/u,
      loginctl: /^(?:terminate|kill)-(?:user|seat|session)$/u,
    };
    const pattern = ends[name];
    const does = words.some((word) => pattern?.test(word));
    if (!does) return [];
    const wide = /server|all|^kill$|user|seat/u.test(words[0] ?? '') || (name === 'pm2' && last === 'all');
    return onMachine(wide ? 'destroy' : 'configure', 'terminal', `ends what runs: ${name} ${saying(args)}`, {
      reversible: wide ? 'no' : 'yes',
    });
  },
};

/** Words that a shell keeps to itself: the history of what was typed. */
const history: Tool = {
  names: ['history', 'fc'],
  judge: ({ name, args }: { readonly name: string; readonly args: readonly Argument[] }) =>
    name === 'history' && args.some(({ text }) => /^-[a-z]*[cd]/u.test(text) || text === 'clear')
      ? onMachine('destroy', 'history', 'deletes the history of what was typed', { reversible: 'no' })
      : [],
};

export const PROCESSES: readonly Tool[] = [kill, killByName, fuser, power, terminals, history];
