/** The adapter of the shell parser `unbash`: the one place that calls it. Its trees are immutable and are used as they are. */
import { forEachChild, type ParsedScript, parse, type SyntaxNode } from 'unbash';

export type {
  Assignment,
  Command,
  CommandNode,
  CompoundList,
  ParameterExpansionPart,
  ParsedScript,
  PipelineNode,
  Redirection,
  Statement,
  SyntaxNode,
  Word,
  WordPart,
} from 'unbash';
export { forEachChild };

/** Longer texts are not read, in UTF-16 units. */
export const LONGEST_SHELL_TEXT = 256 * 1024;

/** More openings of substitutions and groups within each other are a riddle and no command. */
const DEEPEST = 60;

export type ReadScript =
  | { readonly kind: 'script'; readonly script: ParsedScript }
  /** In words, after `it`: `it has an unterminated double quote`. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads a text as Bash would. Substitutions inside are read later, see `scriptOf`. */
export function readScript(text: string): ReadScript {
  if (text.length > LONGEST_SHELL_TEXT) return unreadable(`is longer than ${LONGEST_SHELL_TEXT / 1024} KiB`);
  // Bash drops NULs with a warning; what is left may be another command than the one shown.
  if (text.includes('\u0000')) return unreadable('holds a NUL character');
  if (!text.isWellFormed()) return unreadable('is not valid Unicode');
  if (depthOf(text) > DEEPEST) return unreadable('nests too deeply');
  try {
    return checked(parse(text));
  } catch {
    // FAIL-CLOSED: a text at which the parser fails is unreadable.
    return unreadable('cannot be parsed');
  }
}

/** The script of a substitution, which is parsed when it is first looked at. */
export function scriptOf(part: { readonly script: ParsedScript | undefined }): ReadScript {
  try {
    const { script } = part;
    return script === undefined ? unreadable('has an unreadable substitution') : checked(script);
  } catch {
    return unreadable('has a substitution that cannot be parsed');
  }
}

function checked(script: ParsedScript): ReadScript {
  // FAIL-CLOSED: with any error, parts of the tree may be missing.
  const [error] = script.errors ?? [];
  return error === undefined ? { kind: 'script', script } : unreadable(`has an error: ${error.message}`);
}

function unreadable(why: string): ReadScript {
  return { kind: 'unreadable', why };
}

/** An upper bound of how deeply substitutions, groups and braces could nest, whatever quotes say. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '(' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ')' || character === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Names of variables that are assigned anywhere in this part of a script. */
export function assignedIn(node: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (one: SyntaxNode): void => {
    if (one.type === 'Assignment') names.add(one.name);
    if (one.type === 'For' || one.type === 'Select') names.add(one.name.value);
    if (one.type === 'Command') for (const name of assignedByBuiltin(one)) names.add(name);
    forEachChild(one, visit);
  };
  visit(node);
  return names;
}

const ASSIGNING = new Set([
  'read',
  'export',
  'declare',
  'typeset',
  'local',
  'readonly',
  'unset',
  'getopts',
  'mapfile',
  'readarray',
  'printf',
]);

function assignedByBuiltin(command: {
  readonly name: { readonly value: string } | undefined;
  readonly args: readonly { readonly text: string }[];
}): readonly string[] {
  if (command.name === undefined || !ASSIGNING.has(command.name.value)) return [];
  return command.args.flatMap(({ text }) => /^[A-Za-z_]\w*/u.exec(text) ?? []);
}
