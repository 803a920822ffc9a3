/** The shell's expansions of one word (bash(1), "Expansion"), as far as the text tells. */
import { type Argument, exactly, UNKNOWN_PART, unknownArgument } from './argument.js';
import { expandBraces } from './braces.js';
import { parameter } from './parameter.js';
import { applyOperation } from './parameter-operation.js';
import { type Command, readScript, type SyntaxNode, type Word, type WordPart } from './parser.js';
import { aNumber, type Scope } from './scope.js';

/** What the substitutions inside a word give, once they have been walked. */
export type Outputs = ReadonlyMap<SyntaxNode, Argument>;

/** Words become arguments: none, one or several each. */
export function expandWords(words: readonly Word[], scope: Scope, outputs: Outputs): readonly Argument[] {
  return words.flatMap((word) => expandWord(word, scope, outputs));
}

/** As an argument of a command: braces, splitting and patterns count. */
export function expandWord(word: Word, scope: Scope, outputs: Outputs): readonly Argument[] {
  if (word.parts?.some(({ type }) => type === 'BraceExpansion') === true) {
    // Substitutions inside of alternatives were walked with the word; their outputs are unknown here.
    return (
      alternatives(word)?.flatMap((one) => fields(one.parts ?? [literalOf(one)], one, scope, outputs)) ?? [
        unknownArgument(word.text),
      ]
    );
  }
  return fields(word.parts ?? [literalOf(word)], word, scope, outputs);
}

/** As the value of an assignment, a redirect's target or a here-string: one word, whatever blanks are in it. */
export function expandValue(word: Word, scope: Scope, outputs: Outputs, assigned = false): Argument {
  const pieces = (word.parts ?? [literalOf(word)]).flatMap((part, index) => {
    const [first, ...others] = pieceOf(part, index === 0, scope, outputs);
    if (others.length > 0) return [unknownArgument(part.text)];
    if (assigned && part.type === 'Literal' && first !== undefined) return [tildesAfterColons(first, part.text, scope)];
    return [first ?? exactly('')];
  });
  return { ...glue(pieces), written: word.text };
}

/** The body of a here-document, or another text with expansions in it. */
export function expandText(
  parts: readonly WordPart[] | undefined,
  text: string,
  scope: Scope,
  outputs: Outputs,
): Argument {
  if (parts === undefined) return exactly(text);
  return { ...glue(parts.flatMap((part) => quotedPieces(part, scope, outputs))), written: text };
}

function alternatives(word: Word): readonly Word[] | undefined {
  const texts = expandBraces(word.text);
  return texts?.flatMap((text) => {
    const read = readScript(`: ${text}`);
    if (read.kind === 'unreadable') return [];
    const command = read.script.commands[0]?.command;
    return command?.type === 'Command' ? wordsOf(command) : [];
  });
}

function wordsOf(command: Command): readonly Word[] {
  return command.suffix.filter((one): one is Word => one.type === 'Word');
}

function literalOf(word: Word): WordPart {
  return { type: 'Literal', pos: word.pos, end: word.end, value: word.value, text: word.text };
}

/** Splits what is unquoted, and glues the rest together. */
function fields(parts: readonly WordPart[], word: Word, scope: Scope, outputs: Outputs): readonly Argument[] {
  let current: Argument[] = [];
  const done: Argument[] = [];
  const flush = () => {
    if (current.length > 0) done.push({ ...glue(current), written: word.text });
    current = [];
  };
  parts.forEach((part, index) => {
    const pieces = pieceOf(part, index === 0, scope, outputs);
    if (!isExpansion(part)) {
      // "$@" with several elements ends one word and begins the next.
      pieces.forEach((piece, which) => {
        if (which > 0) flush();
        current.push(piece);
      });
      return;
    }
    pieces.forEach((piece, which) => {
      if (which > 0) flush();
      const words = piece.certainty === 'unknown' ? [piece] : split(piece, scope);
      if (/^\s/u.test(piece.text)) flush();
      words.forEach((one, at) => {
        if (at > 0) flush();
        current.push(one);
      });
      if (/\s$/u.test(piece.text) && words.length > 0) flush();
    });
  });
  flush();
  return done;
}

const isExpansion = ({ type }: WordPart) =>
  type === 'SimpleExpansion' || type === 'ParameterExpansion' || type === 'CommandExpansion';

/** Word splitting by IFS. A value's own pattern characters count when it stands unquoted. */
function split(piece: Argument, scope: Scope): readonly Argument[] {
  const separators = scope.isSet('IFS') ? scope.valueOf('IFS') : exactly(' \t\n');
  if (separators.certainty !== 'exact') return [unknownArgument(piece.written)];
  const words = [...piece.text].reduce<string[]>(
    (all, character) => {
      if (separators.text.includes(character)) all.push('');
      else all.push(`${all.pop() ?? ''}${character}`);
      return all;
    },
    [''],
  );
  return words
    .filter((one) => one !== '')
    .map((text) => ({
      ...piece,
      text,
      certainty: /[*?[]/u.test(text) ? 'pattern' : piece.certainty,
    }));
}

function glue(pieces: readonly Argument[]): Argument {
  const certainty = pieces.some((one) => one.certainty === 'unknown')
    ? 'unknown'
    : pieces.some((one) => one.certainty === 'pattern')
      ? 'pattern'
      : 'exact';
  const expanded = pieces.every((one) => one.certainty !== 'pattern' || one.expanded === true);
  const perhapsEmpty = pieces.some((one) => one.perhapsEmpty === true) && pieces.every(mayBeNothing);
  const text = pieces.map((one) => one.text).join('');
  const written = pieces.map((one) => one.written).join('');
  const first = pieces.findIndex((one) => !mayBeNothing(one));
  // When what comes before is nothing, `/x` is another path.
  if (
    first > 0 &&
    !perhapsEmpty &&
    pieces[first]?.text.startsWith('/') === true &&
    pieces.slice(0, first).some((one) => one.perhapsEmpty === true)
  )
    return { text: `${UNKNOWN_PART}${text}`, certainty: 'unknown', written };
  return {
    text,
    certainty,
    ...(certainty === 'pattern' && expanded ? { expanded } : {}),
    ...(perhapsEmpty ? { perhapsEmpty } : {}),
    written,
  };
}

const mayBeNothing = ({ text, perhapsEmpty }: Argument) => text === '' || perhapsEmpty === true;

/** What one part stands for: several only for the elements of an array, or of `$@`. */
function pieceOf(part: WordPart, first: boolean, scope: Scope, outputs: Outputs): readonly Argument[] {
  switch (part.type) {
    case 'Literal':
      return [
        first ? tilde(part.value, part.text, scope) : { text: part.value, certainty: 'exact', written: part.text },
      ];
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [
        { text: part.value, certainty: part.value.includes(UNKNOWN_PART) ? 'unknown' : 'exact', written: part.text },
      ];
    case 'DoubleQuoted':
    case 'LocaleString': {
      const lists = part.parts.map((inner) => quotedPieces(inner, scope, outputs));
      if (lists.length === 1 && (lists[0]?.length ?? 0) !== 1) return lists[0] ?? [];
      return [{ ...glue(lists.flat()), written: part.text }];
    }
    case 'Glob':
      return [{ text: scope.widePatterns ? '**' : part.text, certainty: 'pattern', written: part.text }];
    case 'ExtendedGlob':
      return [{ text: scope.widePatterns ? '**' : '*', certainty: 'pattern', written: part.text }];
    case 'BraceExpansion':
      return [unknownArgument(part.text)];
    case 'ProcessSubstitution':
      return [{ text: '/dev/fd/*', certainty: 'pattern', expanded: true, written: part.text }];
    case 'ArithmeticExpansion':
      return [aNumber(part.text)];
    case 'CommandExpansion':
      return [outputs.get(part) ?? unknownArgument(part.text)];
    case 'SimpleExpansion':
      return parameter(part.text.slice(1), part.text, scope);
    case 'ParameterExpansion':
      return applyOperation(part, scope, (word) => expandValue(word, scope, outputs));
  }
}

function quotedPieces(part: WordPart, scope: Scope, outputs: Outputs): readonly Argument[] {
  return pieceOf(part, false, scope, outputs).map((piece) =>
    // Patterns are not expanded inside quotes.
    piece.certainty === 'pattern' && piece.expanded !== true ? { ...piece, certainty: 'exact' } : piece,
  );
}

/** `~`, `~user`, `~+` at the beginning; after the `=` of a word that looks like an assignment too (bash(1), "Tilde Expansion"). */
function tilde(value: string, written: string, scope: Scope): Argument {
  const assignment = value === written ? /^[A-Za-z_]\w*=(?=~)/u.exec(value)?.[0] : undefined;
  if (assignment !== undefined) {
    const inner = tilde(value.slice(assignment.length), written.slice(assignment.length), scope);
    return { ...inner, text: assignment + inner.text, written };
  }
  const found = written.startsWith('~') ? /^~([^/]*)(?=\/|$)/u.exec(value) : null;
  if (found === null) return { text: value, certainty: 'exact', written };
  const [all, who] = found;
  const rest = value.slice(all.length);
  const folder = homeOf(who ?? '', scope);
  return { ...folder, text: folder.text + rest, written };
}

function homeOf(who: string, scope: Scope): Argument {
  if (who === '') return scope.valueOf('HOME');
  if (who === '+') return scope.valueOf('PWD');
  if (who === 'root') return exactly('/root');
  // Of others nobody knows it, but it is a home all the same.
  return /^[A-Za-z_][\w.-]*$/u.test(who) ? exactly(`/home/${who}`) : unknownArgument(`~${who}`);
}

/** In an assignment, `~` counts after each colon too. */
function tildesAfterColons(piece: Argument, written: string, scope: Scope): Argument {
  if (piece.text !== written || !written.includes(':~')) return piece;
  const parts = written.split(/(?<=:)/u).map((part, index) => (index === 0 ? exactly(part) : tilde(part, part, scope)));
  return { ...glue(parts), written };
}
