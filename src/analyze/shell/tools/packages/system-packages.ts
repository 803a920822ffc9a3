/** Package managers of operating systems. What they install comes again; settings and data that they purge do not. */
import { type Argument, knownText } from '../../argument.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { given, onlyShows, onMachine, saying } from '../system/on-machine.js';

/** Without these no machine starts, or nobody gets into it. */
const ESSENTIAL =
  /^(?:linux-(?:image|generic|base|headers).*|kernel(?:-.*)?|systemd(?:-.*)?|libc6|glibc|bash|dash|coreutils|util-linux|apt|dpkg|rpm|dnf|yum|pacman|apk-tools|sudo|openssh-server|grub.*|init|base-files|login|passwd|network-manager|NetworkManager|python3(?:-minimal)?|filesystem|base|busybox|musl|libpam.*|\*)$/u;

interface Manager {
  readonly names: readonly string[];
  readonly values?: readonly string[];
  /** Takes packages away. */
  readonly removes: RegExp;
  /** Takes their settings and data away too. */
  readonly purges?: RegExp;
}

const MANAGERS: readonly Manager[] = [
  {
    names: ['apt', 'apt-get', 'aptitude', 'nala'],
    values: ['-t', '-o', '-c', '--target-release', '--option'],
    removes: /^(?:remove|autoremove|purge)$/u,
    purges: /^purge$/u,
  },
  { names: ['dpkg'], removes: /^(?:-r|--remove|-P|--purge)$/u, purges: /^(?:-P|--purge)$/u },
  { names: ['rpm'], removes: /^(?:-e\w*|--erase)$/u },
  {
    names: [
      'dnf',
      'dnf4',
      'dnf5',
      'yum',
      'microdnf',
      'tdnf',
      'zypper',
      'urpme',
      'swupd',
      'eopkg',
      'slackpkg',
      'installpkg',
      'removepkg',
      'guix',
      'opkg',
    ],
    removes: /^(?:remove|rm|erase|autoremove|se-remove|removepkg)$/u,
  },
  {
    names: ['pacman', 'yay', 'paru', 'aurman', 'pamac', 'trizen'],
    removes: /^(?:-R\w*|--remove|remove)$/u,
    purges: /^-R\w*n/u,
  },
  {
    names: [
      'apk',
      'xbps-remove',
      'emerge',
      'pkg',
      'pkg_delete',
      'pkgin',
      'port',
      'fink',
      'brew',
      'snap',
      'flatpak',
      'nix-env',
      'choco',
      'winget',
      'scoop',
      'appman',
      'mas',
    ],
    removes: /^(?:del|delete|remove|uninstall|rm|zap|--unmerge|-C|--depclean|-c)$/u,
    purges: /^(?:zap)$/u,
  },
];

function managed(manager: Manager): Tool['judge'] {
  return ({ name, args }) => {
    if (onlyShows(args) || given(args, '-s', '--just-print', '--recon', '--assumeno', '--download-only')) return [];
    const { operands } = readOptions(args, { values: manager.values });
    const isVerb = (pattern: RegExp | undefined) =>
      pattern !== undefined && verbs(args, operands).some((word) => pattern.test(word));
    const removes = isVerb(manager.removes) || name === 'xbps-remove' || name === 'pkg_delete' || name === 'removepkg';
    if (!removes) return [];
    const packages = operands.slice(manager.removes.test(operands[0]?.text ?? '') ? 1 : 0);
    const essential = packages.filter(({ text }) => ESSENTIAL.test(text));
    const said = `${name} ${saying(args)}`;
    if (essential.length > 0)
      return onMachine('destroy', 'package', `removes what the machine needs: ${saying(essential)}`);
    const purges = isVerb(manager.purges) || given(args, '--purge', '--delete-data', '--zap');
    if (purges) return onMachine('destroy', 'package', `removes packages with their settings and data: ${said}`);
    return onMachine('write', 'package', `removes packages: ${said}`);
  };
}

/** The first operand, and options that are commands of their own (`pacman -R`, `dpkg -r`). */
function verbs(args: readonly Argument[], operands: readonly Argument[]): readonly string[] {
  return [knownText(operands[0]) ?? '', ...args.map(({ text }) => text).filter((text) => text.startsWith('-'))];
}

/** Nix keeps what it built until its garbage is collected; older generations are the way back. */
const nix: Tool = {
  names: ['nix-collect-garbage', 'nix-store'],
  judge: ({ name, args }) => {
    const deletes =
      name === 'nix-collect-garbage'
        ? given(args, '-d', '--delete-old', '--delete-older-than')
        : given(args, '--delete');
    return deletes && !onlyShows(args)
      ? onMachine('destroy', 'package', `deletes older generations: ${name} ${saying(args)}`)
      : [];
  },
};

export const SYSTEM_PACKAGES: readonly Tool[] = [
  ...MANAGERS.map((manager) => ({ names: manager.names, judge: managed(manager) })),
  nix,
];
