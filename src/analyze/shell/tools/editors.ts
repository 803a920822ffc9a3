/** Editors, pagers and others that run commands out of their own options or input. Source: each one's manual page. */
import { type Argument, exactly, knownText } from '../argument.js';
import type { Finding } from '../finding.js';
import type { Input, Invocation } from '../invocation.js';
import { readOptions } from '../options.js';
import type { Tool } from '../tool.js';
import { onPaths } from './files/on-paths.js';

const shell = (text: Argument, value: string, by: string): Finding => ({
  kind: 'shell',
  text: { ...text, text: value },
  by,
});

/** Commands of ex: `!cmd`, `%!cmd`, `r !cmd`, `w !cmd`; `w`, `wq`, `x` write the file, `w path` another one. */
function exCommand(command: Argument, files: readonly Argument[], by: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const line of command.text.split(/\n|\|(?!\|)/u)) {
    const text = line.replace(/^[\s:]+/u, '').replace(/^(?:sil(?:ent)?!?|exe(?:cute)?|norm(?:al)?!?)\s+['"]?/u, '');
    const run = /^(?:[%\d,.$'<>\s]|r(?:ead)?\s|w(?:rite)?\s|te(?:rminal)?\s)*!\s*(.+)$/su.exec(text)?.[1];
    if (run !== undefined) found.push(shell(command, run, by));
    else if (
      /\b(?:system(?:list)?|delete|writefile|rename|job_start|termopen|jobstart|mkdir|libcall)\s*\(|\bos\.(?:remove|execute|rename)|\bio\.popen|\bvim\.(?:fn|loop|uv|system)\b|^(?:py|python3?|perl|ruby|lua)\b.*\b(?:os|sys|shutil|subprocess|system|unlink)\b/u.test(
        text,
      )
    )
      found.push({ kind: 'opaque', explain: `has ${by} run ${text}` });
    const source = /^(?:so(?:urce)?|luaf(?:ile)?|pyf(?:ile)?)!?\s+(\S+)/u.exec(text)?.[1];
    if (source !== undefined) found.push({ kind: 'script', path: exactly(source), language: 'other', args: [], by });
    const written =
      /^(?:[%\d,.$\s]*)(?:w(?:rite)?|wq|x(?:it)?|up(?:date)?|wa(?:ll)?|xa(?:ll)?|wqa(?:ll)?|sav(?:eas)?)!?(?:\s+(?!!)(\S+))?$/u.exec(
        text,
      );
    if (written !== null)
      found.push(...onPaths('edit', written[1] === undefined ? files : [exactly(written[1].replace(/^>>/u, ''))]));
  }
  return found;
}

const vim: Tool = {
  names: ['vim', 'vi', 'nvim', 'gvim', 'view', 'ex', 'vimdiff', 'rvim', 'neovide'],
  judge: ({ name, args, input }) => {
    const plus = args.filter(({ text }) => text.startsWith('+'));
    const options = readOptions(
      args.filter((one) => !plus.includes(one)),
      {
        values: ['-c', '--cmd', '-S', '-u', '-U', '-i', '-s', '-w', '-W', '-l', '--listen', '-t', '-T', '-e']
          .filter((one) => !(name === 'ex' || name.startsWith('vi')) || one !== '-e')
          .filter((one) => one !== '-s' || !(args.some(({ text }) => /^-[a-zA-Z]*[eE]/u.test(text)) || name === 'ex')),
      },
    );
    const files = options.operands;
    const commands = [...plus.map((one) => ({ ...one, text: one.text.slice(1) })), ...options.values('-c', '--cmd')];
    return [
      ...commands.flatMap((one) => exCommand(one, files, name)),
      ...options
        .values('-S', '-l')
        .map((path): Finding => ({ kind: 'script', path, language: 'other', args: [], by: name })),
      ...onPaths('overwrite', options.values('-w', '-W')),
      ...(name === 'ex' || args.some(({ text }) => /^-[a-zA-Z]*[eE]/u.test(text)) ? fed(input, files, name) : []),
    ];
  },
};

/** Commands on the standard input of ed(1) or ex(1). FAIL-CLOSED: what nobody can see may write the file. */
function fed(input: Input, files: readonly Argument[], by: string): readonly Finding[] {
  if (input.kind === 'inherited') return [];
  const text = input.kind === 'text' ? knownText(input.text) : undefined;
  if (text === undefined)
    return [...onPaths('edit', files), { kind: 'opaque', explain: `has ${by} run commands that are not known` }];
  return exCommand(exactly(text), files, by);
}

const ed: Tool = {
  names: ['ed', 'red'],
  judge: ({ name, args, input }) => fed(input, readOptions(args, { values: ['-p'] }).operands, name),
};

const emacs: Tool = {
  names: ['emacs', 'emacsclient'],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values: ['--eval', '--execute', '-e', '-eval', '-l', '--load', '-f', '--funcall', '--script', '-x'],
    });
    const at = args.findIndex(({ text }) => text === '-eval');
    const texts = [
      ...options.values('--eval', '--execute', ...(name === 'emacsclient' ? ['-e'] : [])),
      ...(at < 0 ? [] : args.slice(at + 1, at + 2)),
    ];
    return [
      ...texts
        .filter(({ text }) =>
          /delete|shell-command|call-process|start-process|write-region|rename-file|copy-file|make-process|eval|load|save|compile/u.test(
            text,
          ),
        )
        .map((text): Finding => ({ kind: 'opaque', explain: `has ${name} run ${text.written}` })),
      ...options
        .values('-l', '--load', '--script', '-x')
        .map((path): Finding => ({ kind: 'script', path, language: 'other', args: [], by: name })),
    ];
  },
};

/** `less +!cmd`, `man -P cmd`, `gdb -ex 'shell cmd'`, `dc -e '!cmd'`: options whose value may hold a command. */
const others: Tool = {
  names: ['less', 'more', 'man', 'gdb', 'lldb', 'dc', 'mutt', 'mail', 'mailx', 'screen-exchange'],
  judge: ({ name, args }) => {
    switch (name) {
      case 'less':
      case 'more':
        return args
          .filter(({ text }) => /^\++.*!/su.test(text))
          .map((one) => shell(one, one.text.replace(/^\++[^!]*!/su, ''), name));
      case 'man': {
        const options = readOptions(args, {
          values: ['-P', '--pager', '-C', '-L', '-M', '-S', '-E', '-r', '-p'],
          abbreviations: true,
        });
        const browser = args.flatMap((one) => {
          const value = /^(?:-H|--html=)(.+)$/su.exec(one.text)?.[1];
          return value === undefined ? [] : [shell(one, value, name)];
        });
        return [...options.values('-P', '--pager').map((one) => shell(one, one.text, name)), ...browser];
      }
      case 'gdb':
      case 'lldb': {
        const options = readOptions(args, {
          values: ['-ex', '-eval-command', '-iex', '--ex', '--eval-command', '-x', '-o', '-O', '-p', '-c', '-k'],
          singleDash: true,
        });
        return options
          .values('-ex', '-eval-command', '-iex', '--ex', '--eval-command', '-o', '-O')
          .flatMap((one): readonly Finding[] => {
            const run = /^\s*(?:shell|!|platform shell|make|pipe)\s*(.+)$/su.exec(one.text)?.[1];
            if (run !== undefined) return [shell(one, run, name)];
            const code = /^\s*(?:python|py|script)\s+(.+)$/su.exec(one.text)?.[1];
            return code === undefined
              ? []
              : [{ kind: 'code', language: 'python', text: { ...one, text: code }, by: name }];
          });
      }
      case 'dc':
        return args.flatMap((one) => {
          const run = /(?:^|[\s\]])!([^\n]+)/u.exec(one.text)?.[1];
          return run === undefined ? [] : [shell(one, run, name)];
        });
      default:
        return [];
    }
  },
};

/** Terminal multiplexers run the commands that they are given, or have them typed. */
const multiplexers: Tool = {
  names: ['tmux', 'screen', 'byobu', 'zellij'],
  judge: ({ name, args, input }: Invocation) => {
    if (name === 'screen') return typed(name, args, input);
    const { operands } = readOptions(args, { values: ['-L', '-S', '-f'], stopAtOperand: true });
    const [verb, ...rest] = operands;
    const options = readOptions(rest, {
      values: ['-s', '-t', '-n', '-c', '-x', '-y', '-F', '-e', '-N', '-l', '-b', '-p', '-S', '-E', '-d'].filter(
        (one) => one !== '-d',
      ),
      stopAtOperand: true,
    });
    const folder = options.value('-c');
    switch (verb?.text) {
      case 'new':
      case 'new-session':
      case 'neww':
      case 'new-window':
      case 'splitw':
      case 'split-window':
      case 'respawn-pane':
      case 'respawnp':
      case 'respawn-window':
      case 'respawnw':
      case 'popup':
      case 'display-popup':
      case 'run':
      case 'run-shell':
      case 'pipe-pane':
      case 'pipep':
      case 'if-shell':
      case 'if':
        return options.operands.length === 0
          ? []
          : [{ kind: 'shell', text: joined(options.operands), by: name, ...(folder === undefined ? {} : { folder }) }];
      case 'send-keys':
      case 'send':
        return typedKeys(options.operands, name);
      default:
        return [];
    }
  },
};

/** Keys that are typed: names of keys end a line. */
function typedKeys(words: readonly Argument[], by: string): readonly Finding[] {
  const isKey = ({ text }: Argument) =>
    /^(?:Enter|C-[a-zA-Z]|M-.|Space|Tab|BSpace|Escape|Up|Down|Left|Right|KPEnter|q|y|n)$/u.test(text);
  const texts = words.filter((one) => !isKey(one));
  return texts.length === 0
    ? []
    : [{ kind: 'shell', text: { ...joined(texts), text: texts.map(({ text }) => text).join('') }, by }];
}

function typed(name: string, args: readonly Argument[], _input: Input): readonly Finding[] {
  const at = args.findIndex(({ text }) => text === '-X');
  if (at >= 0) {
    const [verb, ...rest] = args.slice(at + 1);
    if (verb?.text === 'stuff') return rest.map((one) => shell(one, one.text.replace(/\\n|\^M|\r/gu, '\n'), name));
    return verb?.text === 'exec' || verb?.text === 'screen' ? [{ kind: 'command', words: rest, by: name }] : [];
  }
  const { operands } = readOptions(args, {
    values: ['-S', '-s', '-c', '-e', '-h', '-p', '-t', '-T', '-L', '-r'].filter((one) => one !== '-L'),
    stopAtOperand: true,
  });
  return operands.length === 0 ? [] : [{ kind: 'command', words: operands, by: name }];
}

function joined(words: readonly Argument[]): Argument {
  return {
    text: words.map(({ text }) => text).join(' '),
    certainty: words.some(({ certainty }) => certainty === 'unknown') ? 'unknown' : 'exact',
    written: words.map(({ written }) => written).join(' '),
  };
}

/** expect(1), tclsh(1): `spawn`, `exec` and `system` start programs. */
const tcl: Tool = {
  names: ['expect', 'tclsh', 'wish'],
  judge: ({ name, args, input }) => {
    const options = readOptions(args, { values: ['-c', '-f', '-b'], stopAtOperand: true });
    const given = options.values('-c');
    const texts = given.length > 0 ? given : input.kind === 'text' && options.operands.length === 0 ? [input.text] : [];
    const found = texts.flatMap((text) => tclCommands(text, name));
    const file = options.value('-f', '-b') ?? (given.length === 0 ? options.operands[0] : undefined);
    if (file !== undefined) return [...found, { kind: 'script', path: file, language: 'other', args: [], by: name }];
    return input.kind === 'pipe' && texts.length === 0
      ? [{ kind: 'opaque', explain: `has ${name} run what is piped to it` }]
      : found;
  },
};

function tclCommands(text: Argument, by: string): readonly Finding[] {
  return text.text.split(/[;\n[\]{}]/u).flatMap((line): readonly Finding[] => {
    const run = /^\s*(?:spawn(?:\s+-\w+)*|exec(?:\s+-\w+)*|system|catch\s+exec|send(?:\s+--)?)\s+(.+)$/su.exec(
      line,
    )?.[1];
    if (run !== undefined) return [shell(text, run.replace(/^"|"$|\\r|\\n/gu, ''), by)];
    return /^\s*file\s+(?:delete|rename|copy)\b|\bopen\s+\S+\s+[wa]/u.test(line)
      ? [{ kind: 'opaque', explain: `has ${by} run ${line.trim()}` }]
      : [];
  });
}

export const editorTools: readonly Tool[] = [vim, ed, emacs, others, multiplexers, tcl];
