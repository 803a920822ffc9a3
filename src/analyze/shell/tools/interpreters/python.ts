import { exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import type { Invocation } from '../../invocation.js';
import { readOptions } from '../../options.js';
import { onPaths } from '../files/on-paths.js';
import { type Interpreter, interpreter } from './interpreter.js';

const STYLE: Interpreter = {
  names: [
    'python',
    'python2',
    'python3',
    'pypy',
    'pypy3',
    'ipython',
    'ipython3',
    'py',
    'bpython',
    'micropython',
    'pythonw',
    'sage',
  ],
  language: 'python',
  code: ['-c'],
  values: ['-W', '-X', '--check-hash-based-pycs'],
  shows: ['-V', '-h'],
  judge: module,
};

export const python = interpreter(STYLE);

/** Modules that are started as programs, with what stands for them. Any other adds, shows or tests. */
const MODULES: Readonly<Record<string, string>> = {
  pip: 'pip',
  pip3: 'pip',
  django: 'django-admin',
  alembic: 'alembic',
  flask: 'flask',
  ansible: 'ansible',
  awscli: 'aws',
  poetry: 'poetry',
  pipx: 'pipx',
  uv: 'uv',
  conda: 'conda',
  sqlite_utils: 'sqlite-utils',
  fabric: 'fab',
  invoke: 'invoke',
  'aerich.cli': 'aerich',
};

/** `python -m module`, and the standard modules that do something of note. */
function module({ args, name, input }: Invocation): readonly Finding[] | undefined {
  const before = readOptions(args, { values: ['-W', '-X', '-c', '-m'], stopAtOperand: true });
  if (before.has('-V', '-h', '--version', '--help')) return [];
  const at = args.findIndex(({ text }) => /^-[a-zA-Z]*m$/u.test(text));
  const script = args.findIndex(({ text }) => !text.startsWith('-') || /^-[a-zA-Z]*c/u.test(text));
  if (at < 0 || (script >= 0 && script < at)) {
    const [file, ...rest] = before.has('-c') ? [] : before.operands;
    // Django's own program stands in each project under the same name.
    if (file === undefined || !/(?:^|\/)manage\.py$/u.test(file.text)) return undefined;
    return [{ kind: 'command', words: [exactly('manage.py'), ...rest], input, by: `${name} ${file.written}` }];
  }
  const [given, ...rest] = args.slice(at + 1);
  if (given === undefined) return [];
  if (given.certainty === 'unknown')
    return [{ kind: 'opaque', explain: `has ${name} run a module whose name is computed` }];
  const program = Object.hasOwn(MODULES, given.text) ? MODULES[given.text] : undefined;
  if (program !== undefined) {
    return [
      {
        kind: 'command',
        words: [exactly(program), ...rest],
        input,
        by: `${name} -m`,
      },
    ];
  }
  if (
    given.text === 'timeit' ||
    given.text === 'pdb' ||
    given.text === 'cProfile' ||
    given.text === 'trace' ||
    given.text === 'coverage' ||
    given.text === 'debugpy'
  ) {
    return nested(given.text, rest, name);
  }
  if (given.text === 'zipfile' || given.text === 'tarfile') {
    const unpacks = rest.findIndex(({ text }) => /^(?:-e|--extract)$/u.test(text));
    const folder = unpacks < 0 ? undefined : rest[unpacks + 2];
    return folder === undefined
      ? []
      : onPaths('place', [folder], { recursive: true, explain: 'unpacks an archive over what is there' });
  }
  return [];
}

/** `python -m pdb script.py`, `python -m timeit 'code'`. */
function nested(module: string, rest: Invocation['args'], name: string): readonly Finding[] {
  if (module === 'timeit') {
    const options = readOptions(rest, {
      values: ['-n', '-r', '-s', '-u', '--number', '--repeat', '--setup', '--unit'],
    });
    const text = [...options.values('-s', '--setup'), ...options.operands].map((one) => one.text).join('\n');
    return text === '' ? [] : [{ kind: 'code', language: 'python', text: exactly(text), by: `${name} -m timeit` }];
  }
  const orders = module === 'pdb' ? readOptions(rest, { values: ['-c'] }).values('-c') : [];
  if (orders.length > 0)
    return orders.map(
      (one): Finding => ({
        kind: 'code',
        language: 'python',
        text: { ...one, text: one.text.replace(/^!/u, '') },
        by: `${name} -m pdb -c`,
      }),
    );
  const words = rest.filter(({ text }) => !text.startsWith('-') && text !== 'run');
  const [first, ...others] = words;
  if (first === undefined) return [];
  return /\.py$/u.test(first.text)
    ? [{ kind: 'script', path: first, language: 'python', args: others, by: `${name} ${first.written}` }]
    : [];
}
