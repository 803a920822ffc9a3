/** Programs that send SQL: what they send comes from an option, an operand, a file or their input. */
import { type Argument, knownText } from '../../argument.js';
import type { Finding, SqlFinding } from '../../finding.js';
import type { Input, Invocation } from '../../invocation.js';
import { type Options, readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { isUnseen, isUnseenSubstitution, substitutedBy } from '../interpreters/unseen.js';
import { readSqlText, type SqlSource } from './sql-text.js';

export interface SqlClient {
  readonly names: readonly string[];
  readonly dialect: SqlFinding['dialect'];
  readonly commands?: SqlSource['commands'];
  /** Options that take a value, besides `execute` and `files`. */
  readonly values: readonly string[];
  readonly singleDash?: boolean | undefined;
  /** Options whose value is SQL. */
  readonly execute: readonly string[];
  /** Options whose value is a file of SQL. */
  readonly files?: readonly string[] | undefined;
  /** Options whose value is a file that the answers go to. */
  readonly output?: readonly string[] | undefined;
  /** Options that take a value only in their own word: `-psecret`. */
  readonly attached?: readonly string[] | undefined;
  /** Words that stand before everything else: `cockroach sql`. */
  readonly below?: readonly string[] | undefined;
  /** From which operand on they are SQL. */
  readonly operandsFrom?: number | undefined;
  /** Asks only for something about the program. */
  readonly shows?: readonly string[] | undefined;
}

export function sqlClient(client: SqlClient): Tool {
  return { names: client.names, judge: (invocation) => judgeSqlClient(client, invocation) };
}

export function judgeSqlClient(
  client: SqlClient,
  invocation: Invocation,
  source: Partial<SqlSource> = {},
): readonly Finding[] {
  const below = client.below ?? [];
  const begins = below.every((word, index) => invocation.args[index]?.text === word);
  if (!begins) return [];
  const own = (client.attached ?? []).map((one) => (word: string) => word.startsWith(one) && word.length > one.length);
  const args = invocation.args.slice(below.length).filter(({ text }) => !own.some((is) => is(text)));
  const options = readOptions(args, {
    values: [...client.values, ...client.execute, ...(client.files ?? []), ...(client.output ?? [])],
    singleDash: client.singleDash,
  });
  if (options.has('--help', '--version', ...(client.shows ?? []))) return [];
  const by = invocation.name;
  const whole: SqlSource = { dialect: client.dialect, commands: client.commands, by, ...source };
  const texts = [
    ...options.values(...client.execute),
    ...(client.operandsFrom === undefined ? [] : options.operands.slice(client.operandsFrom)),
  ];
  const scripts = options.values(...(client.files ?? []));
  return [
    ...texts.flatMap((text) => readSqlText(text, whole)),
    ...scripts.flatMap((path) => (path.text === '-' ? readInput(invocation.input, whole) : [script(path, whole)])),
    ...(texts.length + scripts.length === 0 || whole.commands === 'dot' ? readInput(invocation.input, whole) : []),
    ...written(options, client),
  ];
}

export function readInput(input: Input, source: SqlSource): readonly Finding[] {
  switch (input.kind) {
    case 'inherited':
      return [];
    case 'text':
      return readSqlText(input.text, source);
    case 'file':
      return knownText(input.path) === '/dev/null' ? [] : [script(input.path, source)];
    case 'pipe':
      // FAIL-CLOSED: what comes out of the network or is decoded is run as SQL, and nobody can see it.
      return isUnseen(input.from)
        ? [{ kind: 'opaque', explain: `has ${source.by} run SQL that ${input.from.join(', ')} gives` }]
        : [];
  }
}

export function script(path: Argument, { dialect, by }: SqlSource): Finding {
  const substituted = substitutedBy(path);
  if (substituted !== undefined && isUnseenSubstitution(substituted)) {
    return { kind: 'opaque', explain: `has ${by} run SQL that ${substituted} gives` };
  }
  return { kind: 'script', path, language: 'sql', dialect, args: [], by };
}

function written(options: Options, { output = [] }: SqlClient): readonly Finding[] {
  return options.values(...output).map((path): Finding => {
    const command = knownText(path)?.startsWith('|') === true;
    return command
      ? { kind: 'shell', text: { ...path, text: path.text.slice(1) }, by: '-o' }
      : { kind: 'files', act: 'overwrite', path, recursive: false };
  });
}
