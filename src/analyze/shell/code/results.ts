/** What the calls that only compute something give back, as far as it matters to what is done with it. */
import { posix } from 'node:path';
import type { Argument } from '../argument.js';
import type { Language } from '../finding.js';
import { folderOf } from './folder-of.js';
import { memberPath, moduleName } from './paths.js';
import { argumentOf, type Call, joined, jsonOf, textValue, UNKNOWN, type Value } from './value.js';

const MODULES =
  /^(?:import|__import__|importlib\.import_module|process\.getBuiltinModule|(?:.*\.)?require|createRequire\(\))$/u;
const SAME_PATH =
  /^(?:(?:os\.path\.)(?:abspath|normpath|realpath)|os\.fspath|os\.fsencode|fileURLToPath|url\.fileURLToPath|str|bytes|String|Pathname|Pathname\.new|File\.expand_path|(?:path|posix)\.(?:resolve|normalize)|realpath|new File|File|(?:pathlib\.)?(?:Path|PurePath|PosixPath)|anyio\.Path|sqlalchemy\.text|text|psycopg2?\.sql\.SQL|sql\.SQL|Prisma\.(?:sql|raw)|sequelize\.literal|DB\.raw|\w*\.?(?:literal|raw))$/u;
const SAME_TEXT =
  /\.(?:resolve|absolute|expanduser|as_posix|to_s|to_str|toString|trim|strip|chomp|freeze|encode|decode|dup|as_string|toPath|getPath|getAbsolutePath|valueOf)$/u;
const JOINS =
  /^(?:os\.path\.join|path\.join|path\.posix\.join|path\.resolve|File\.join|file\.path|join_paths|Path\.join)$/u;
const GLOBS =
  /^(?:glob\.i?glob|glob|bsd_glob|File\.Glob\.bsd_glob|Dir\.glob|Dir\.\[\]|FileList\.\[\]|fs\.globSync|globSync|glob\.sync|fg\.sync|fast-glob\.sync|Sys\.glob|Path\.wildcard)$/u;
const LISTS =
  /^(?:os\.listdir|os\.scandir|fs\.readdirSync|fs\.readdir|readdirSync|Dir\.(?:children|entries|each_child)|scandir|list\.files)$/u;
const TEMPORARY =
  /^(?:tempfile\.(?:gettempdir)|os\.tmpdir|tmpdir|Dir\.tmpdir|sys_get_temp_dir|File\.Spec\.tmpdir|tempdir)$/u;
const MADE_TEMPORARY =
  /^(?:tempfile\.(?:mkdtemp|mktemp|TemporaryDirectory|NamedTemporaryFile)|fs\.mkdtempSync|fs\.mkdtemp|mkdtempSync|mkdtemp|Dir\.mktmpdir|Deno\.makeTempDir(?:Sync)?|tempnam|tempfile|File\.Temp\.tempdir)$/u;
const FOLDER_OF = /^(?:os\.path\.dirname|path\.dirname|path\.posix\.dirname|File\.dirname|dirname)$/u;
const HERE = /^(?:os\.getcwd|process\.cwd|Dir\.pwd|Dir\.getwd|getcwd|cwd|Deno\.cwd|pathlib\.Path\.cwd|Path\.cwd)$/u;

/** @returns undefined: it is what the call gives back, whatever that is. */
export function resultOf(language: Language, call: Call): Value | undefined {
  const { path, args, target } = call;
  const [first, second] = args;
  if (MODULES.test(path)) {
    return first?.kind === 'text' && first.argument.certainty === 'exact'
      ? { kind: 'name', path: moduleName(language, first.argument.text) }
      : UNKNOWN;
  }
  if (/^(?:getattr|Reflect\.get|vars|Object\.values|method|public_method)$/u.test(path))
    return attribute(path, first, second);
  if (FOLDER_OF.test(path)) return first?.kind === 'text' ? folderOf(first.argument) : UNKNOWN;
  if (path === 'compile' && language === 'python') return first;
  if (JOINS.test(path)) return joinedPath(args);
  if (SAME_PATH.test(path)) return args.length === 0 ? textValue('.') : args.length === 1 ? first : joinedPath(args);
  if (GLOBS.test(path) && first !== undefined) return patterned(first);
  if (LISTS.test(path)) return pattern('*');
  if (TEMPORARY.test(path)) return textValue('/tmp');
  if (MADE_TEMPORARY.test(path)) return pattern('/tmp/*');
  if (HERE.test(path)) return textValue('.');
  if (/^(?:JSON\.stringify|json\.dumps|json_encode)$/u.test(path) && first !== undefined) {
    const json = jsonOf(first);
    return json === undefined ? UNKNOWN : textValue(json);
  }
  const decoded = decode(path, args);
  if (decoded !== undefined) return decoded;
  return target === undefined ? undefined : methodResult(path, target, args);
}

function methodResult(path: string, target: Value, args: readonly Value[]): Value | undefined {
  const [first] = args;
  if (target.kind === 'text') {
    if (SAME_TEXT.test(path) && args.length === 0) return target;
    if (/\.toString$/u.test(path)) return target;
    if (path.endsWith('.join') && first?.kind === 'list') return joinedList(first.items, target);
    if (/\.(?:joinpath|join|\/)$/u.test(path)) return joinedPath([target, ...args]);
    if (path.endsWith('.glob') && first !== undefined) return patterned(joinedPath([target, first]));
    if (path.endsWith('.iterdir') || path.endsWith('.children')) return joinedPath([target, pattern('*')]);
    if (/\.(?:split|words)$/u.test(path) && target.argument.certainty === 'exact') {
      return { kind: 'list', items: target.argument.text.split(/\s+/u).map(textValue) };
    }
    if (path.endsWith('.concat')) return joined([target, ...args]);
    if (path.endsWith('.format')) {
      const pieces = target.argument.text.split(/\{\w*\}/u);
      return joined(
        pieces.flatMap((piece, index) =>
          index === 0 ? [textValue(piece)] : [args[index - 1] ?? UNKNOWN, textValue(piece)],
        ),
      );
    }
    return /\.(?:cursor|execute|exec|all|run|unlink|delete)$/u.test(path) ? undefined : UNKNOWN;
  }
  if (target.kind === 'list' && path.endsWith('.join')) return joinedList(target.items, first ?? textValue(','));
  return undefined;
}

function attribute(path: string, object: Value | undefined, key: Value | undefined): Value | undefined {
  if (object === undefined) return undefined;
  if (path === 'vars') return object;
  // Ruby: `method(:system)`.
  const [base, member] = key === undefined ? [undefined, object] : [object, key];
  const name = member.kind === 'text' && member.argument.certainty === 'exact' ? member.argument.text : '?';
  return { kind: 'name', path: base === undefined ? name : memberPath(base, name), target: base };
}

function joinedPath(values: readonly Value[]): Value {
  // An absolute part begins anew.
  const absolute = values.findLastIndex((value) => value.kind === 'text' && value.argument.text.startsWith('/'));
  const parts = values.slice(Math.max(absolute, 0));
  const value = joined(parts.flatMap((one, index) => (index === 0 ? [one] : [textValue('/'), one])));
  if (value.kind !== 'text' || value.argument.certainty !== 'exact') return value;
  return textValue(posix.normalize(value.argument.text));
}

function joinedList(items: readonly Value[], between: Value): Value {
  return joined(items.flatMap((one, index) => (index === 0 ? [one] : [between, one])));
}

function patterned(value: Value): Value {
  if (value.kind !== 'text' || value.argument.certainty === 'unknown') return UNKNOWN;
  // `**` reaches into all folders, which the shell's does not.
  return value.argument.text.includes('**') ? UNKNOWN : pattern(value.argument.text);
}

function pattern(text: string): Value {
  const argument: Argument = { text, certainty: 'pattern', expanded: true, written: text };
  return { kind: 'text', argument };
}

/** Texts that are written so that nobody can read them; with a literal inside one can. */
function decode(path: string, args: readonly Value[]): Value | undefined {
  const [first, second] = args;
  if (/^(?:chr|String\.fromCharCode|String\.fromCodePoint)$/u.test(path)) {
    const codes = args.map((one) => (one.kind === 'plain' ? Number(one.json) : Number.NaN));
    return codes.every((code) => Number.isInteger(code) && code >= 0 && code <= 0xff_ff)
      ? textValue(String.fromCharCode(...codes))
      : UNKNOWN;
  }
  const text = argumentOf(first);
  const encoding = argumentOf(second).text;
  const base64 =
    /^(?:atob|base64\.(?:b64decode|standard_b64decode|decodebytes)|base64_decode|decode_base64|MIME\.Base64\.decode_base64|Base64\.(?:decode64|strict_decode64))$/u.test(
      path,
    ) ||
    (path === 'Buffer.from' && encoding === 'base64');
  const hexadecimal =
    /^(?:bytes\.fromhex|bytearray\.fromhex|binascii\.unhexlify|hex2bin)$/u.test(path) ||
    (path === 'Buffer.from' && encoding === 'hex');
  if (!base64 && !hexadecimal) return path === 'Buffer.from' ? (first ?? UNKNOWN) : undefined;
  if (text.certainty !== 'exact') return UNKNOWN;
  return textValue(Buffer.from(text.text, base64 ? 'base64' : 'hex').toString('utf8'));
}
