import { type Argument, knownText } from '../../argument.js';
import type { Finding, LinkFinding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { inside, lastName, onPaths } from './on-paths.js';

/** cp(1): what lies at the target is replaced, unless `-n` keeps it. */
const cp: Tool = {
  names: ['cp'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: [...TARGET, '--suffix', '-S'], abbreviations: true });
    if (options.has('--help', '--version')) return [];
    const { sources, targets } = targetsOf(options);
    const keeps = options.has('-n', '--no-clobber') || /^none/u.test(options.value('--update')?.text ?? '');
    const replaces = options.has('--remove-destination');
    const how = options.has('-l', '--link') ? 'hard' : options.has('-s', '--symbolic-link') ? 'symbolic' : undefined;
    return [
      ...onPaths('read', sources, { recursive: options.has('-r', '-R', '-a', '--recursive', '--archive') }),
      ...(keeps
        ? []
        : onPaths('place', targets, {
            recursive: targets.some(isAgents),
            ...(replaces || how !== undefined ? {} : { through: true }),
          })),
      ...(how === undefined ? [] : links(sources, targets, how)),
    ];
  },
};

/** mv(1). PowerShell's `move` and `ren` come to the same. */
export const mv: Tool = {
  names: ['mv'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: [...TARGET, '--suffix', '-S'], abbreviations: true });
    if (options.has('--help', '--version')) return [];
    const { sources, targets } = targetsOf(options);
    return [
      ...onPaths('move', sources, { recursive: true }),
      ...onPaths('place', targets, { recursive: targets.some(isAgents) }),
    ];
  },
};

const install: Tool = {
  names: ['install'],
  judge: ({ args }) => {
    const options = readOptions(args, {
      values: [...TARGET, '-m', '--mode', '-o', '--owner', '-g', '--group', '-S', '--suffix', '--strip-program'],
      abbreviations: true,
    });
    if (options.has('-d', '--directory', '--help', '--version')) return [];
    return onPaths('place', targetsOf(options).targets);
  },
};

/** ln(1) refuses to replace what is there, unless `-f`. */
const ln: Tool = {
  names: ['ln'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: [...TARGET, '-S', '--suffix'], abbreviations: true });
    if (options.has('--help', '--version')) return [];
    const { operands } = options;
    const { sources, targets } =
      operands.length === 1 && options.value(...TARGET) === undefined
        ? { sources: operands, targets: operands.map(lastName) }
        : targetsOf(options);
    const forced = options.has('-f', '--force') || options.uncertain;
    const how = options.has('-s', '--symbolic', '--symlink') ? 'symbolic' : 'hard';
    return [
      // Under its new name it can be read and changed. A symbolic link starts at its own folder.
      ...onPaths(
        'read',
        how === 'hard' ? sources : sources.map((to, at) => fromFolderOf(targets[at] ?? targets.at(-1), to)),
        {
          recursive: true,
        },
      ),
      ...(forced ? onPaths('place', targets) : []),
      ...links(sources, targets, how),
    ];
  },
};

function fromFolderOf(link: Argument | undefined, to: Argument): Argument {
  const above = link?.certainty === 'exact' ? /^.*\//su.exec(link.text)?.[0] : undefined;
  return above === undefined ? to : inside({ ...to, text: above, certainty: 'exact' }, to);
}

/** The folder of an agent's settings: what comes with it are its hooks. */
function isAgents({ text }: Argument): boolean {
  return /(?:^|\/)\.(?:claude|codex|gemini|opencode|cursor|copilot)\/?$/u.test(text);
}

function links(
  sources: readonly Argument[],
  targets: readonly Argument[],
  how: LinkFinding['how'],
): readonly LinkFinding[] {
  return sources.flatMap((to, index) => {
    const at = targets[index] ?? targets.at(-1);
    return at === undefined ? [] : [{ kind: 'link', at, to, how }];
  });
}

const TARGET = ['-t', '--target-directory'];

/**
 * The names that come into being. A target that is, or may be, a folder takes each source under its own name; a source
 * that is a pattern could become any name there, so that the folder as a whole counts.
 */
function targetsOf(options: ReturnType<typeof readOptions>): {
  readonly sources: readonly Argument[];
  readonly targets: readonly Argument[];
} {
  const folder = options.value(...TARGET);
  const { operands } = options;
  const sources = folder === undefined ? operands.slice(0, -1) : operands;
  const target = folder ?? operands.at(-1);
  if (target === undefined || sources.length === 0) return { sources: [], targets: [] };
  if (options.has('-T', '--no-target-directory')) return { sources, targets: [target] };
  const isFolder = folder !== undefined || sources.length > 1 || /(?:^|\/)\.{0,2}$/u.test(target.text);
  if (!isFolder && sources[0]?.certainty === 'exact') return { sources, targets: [target] };
  const names = sources.map(lastName);
  if (
    names.some((name) => knownText(name) === undefined || name.certainty === 'pattern' || /^\.{0,2}$/u.test(name.text))
  )
    return { sources, targets: [target] };
  return { sources, targets: names.map((name) => inside(target, name)) };
}

/** `scp`, and `rsync` in `rsync.ts`, write to other machines too. */
const scp: Tool = {
  names: ['scp', 'sftp'],
  judge: ({ name, args }) => {
    if (name === 'sftp') return [];
    const options = readOptions(args, { values: ['-c', '-D', '-F', '-i', '-J', '-l', '-o', '-P', '-S', '-X'] });
    const target = options.operands.at(-1);
    const sources = options.operands.slice(0, -1);
    if (target === undefined || sources.length === 0) return [];
    const commands = [
      ...options.values('-S'),
      ...options.values('-o').flatMap((one) => {
        const text = /^\s*(?:Proxy|Local)Command[\s=]+(.+)$/isu.exec(one.text)?.[1];
        return text === undefined ? [] : [{ ...one, text }];
      }),
    ].map((text): Finding => ({ kind: 'shell', text, by: 'scp' }));
    const read = onPaths(
      'read',
      sources.filter((source) => !isRemote(source)),
    );
    if (isRemote(target)) return [...commands, ...read, ontoHost(target)];
    const folder = /(?:^|\/)\.{0,2}$/u.test(target.text) || sources.length > 1;
    const named = sources.map((source) =>
      inside(target, lastName({ ...source, text: source.text.replace(/^[^/]*:/u, '') })),
    );
    return [...commands, ...read, ...onPaths('place', folder && !options.has('-r') ? named : [target])];
  },
};

/** `host:path`, `user@host:path`, `rsync://host/module`: not this machine (rsync(1), scp(1)). */
export function isRemote({ text }: Argument): boolean {
  return /^[^/:]+:/u.test(text) && !/^[A-Za-z]:[\\/]/u.test(text);
}

function ontoHost(target: Argument): Finding {
  return {
    kind: 'effect',
    verb: 'write',
    resource: { kind: 'host', name: target.text.replace(/:.*$/su, '') },
    place: 'remote',
    count: 1,
    explain: `copies files to ${target.written}`,
  };
}

export const COPY: readonly Tool[] = [cp, mv, install, ln, scp];
