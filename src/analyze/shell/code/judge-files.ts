import { type Argument, UNKNOWN_PART } from '../argument.js';
import type { FilesFinding, Finding } from '../finding.js';
import { shell, words } from './judge-runs.js';
import type { Program } from './program.js';
import { argumentOf, type Call, eachOf, isBlank, UNKNOWN, type Value } from './value.js';

/** What happens to the files of which this value is the path, or are the paths. */
export function files(
  act: FilesFinding['act'],
  subject: Value | undefined,
  call: Call,
  recursive = false,
): readonly Finding[] {
  return eachOf(subject).flatMap((value): readonly Finding[] => {
    if (value.kind === 'list') return value.items.flatMap((one) => files(act, one, call, recursive));
    // A number is an open file.
    if (value.kind === 'plain' || value.kind === 'record') return [];
    const path = argumentOf(value);
    // Of which nothing is known is worth a finding only where something goes away: programs write to computed paths all day.
    if (act !== 'delete' && (isBlank(path) || path.text.startsWith(UNKNOWN_PART))) return [];
    return [{ kind: 'files', act, path: pathNamed(path, call), recursive }];
  });
}

function pathNamed(path: Argument, call: Call): Argument {
  if (path.certainty === 'exact') return path;
  return { ...path, written: isBlank(path) ? `what ${call.path} is given` : path.written };
}

/** `{ recursive: true }`, `recursive=True`. */
export function isRecursive(call: Call): boolean {
  const options = call.args[1];
  const given =
    call.named.get('recursive') ?? (options?.kind === 'record' ? options.entries.get('recursive') : undefined);
  return given !== undefined && !(given.kind === 'plain' && given.json === 'false');
}

/** `open(path, mode)`. */
export function opened(
  call: Call,
  program: Program,
  subject: Value | undefined,
  other: Value | undefined,
): readonly Finding[] {
  if (program.language === 'perl') return openedByPerl(call, program);
  // Ruby: `IO.popen(command)`, `open('| command')`.
  if (call.path === 'IO.popen') return words(subject ?? UNKNOWN, program);
  if (program.language === 'ruby' && argumentOf(subject).text.startsWith('|')) return shell(stripped(subject), program);
  const mode = other ?? call.named.get('mode');
  if (mode === undefined) return files('read', subject, call);
  const { text, certainty } = argumentOf(mode);
  if (certainty !== 'exact') return [];
  if (/^[wxc]|\+/u.test(text)) return files('overwrite', subject, call);
  return files(text.startsWith('a') ? 'append' : 'read', subject, call);
}

/** The mode may be part of the path, and a `|` starts a program (perlfunc, `open`). */
function openedByPerl(call: Call, program: Program): readonly Finding[] {
  const [, mode, path] = call.args;
  const text = argumentOf(mode).text.trim();
  if (/^(?:\|-|-\|)$/u.test(text)) return words({ kind: 'list', items: call.args.slice(2) }, program);
  if (text.startsWith('|') || text.endsWith('|')) return shell(stripped(mode), program);
  const subject = path ?? stripped(mode);
  if (/^\+?>>?|^\+</u.test(text)) return files(text.includes('>>') ? 'append' : 'overwrite', subject, call);
  return files('read', subject, call);
}

function stripped(value: Value | undefined): Value {
  if (value?.kind !== 'text') return UNKNOWN;
  const text = value.argument.text.replace(/^\s*(?:\|-?|\+?[<>]+)\s*|\s*\|\s*$/gu, '');
  return { kind: 'text', argument: { ...value.argument, text } };
}
