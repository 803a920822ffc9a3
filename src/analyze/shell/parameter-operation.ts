/** `${name...}` (bash(1), "Parameter Expansion"). */
import { type Argument, exactly, UNKNOWN_PART, unknownArgument } from './argument.js';
import { parameter } from './parameter.js';
import type { ParameterExpansionPart, Word } from './parser.js';
import { aNumber, type Scope } from './scope.js';

export function applyOperation(
  part: ParameterExpansionPart,
  scope: Scope,
  expand: (word: Word) => Argument,
): readonly Argument[] {
  const { parameter: name, operation, prefix, text } = part;
  if (prefix === '#') return [aNumber(text)];
  let values =
    part.index === undefined
      ? parameter(name, text, scope)
      : /^[@*]$/u.test(part.index.text)
        ? scope.elementsOf(name)
        : [element(scope.elementsOf(name), part.index.text, text)];
  if (prefix === '!') {
    const [target] = values;
    if (operation?.type === 'Names' || target === undefined || target.certainty !== 'exact')
      return [unknownArgument(text)];
    values = parameter(target.text, text, scope);
  }
  if (operation === undefined) return values;
  const [value] = values;
  if (value === undefined || values.length > 1) return [unknownArgument(text)];
  const known = value.certainty !== 'unknown';
  switch (operation.type) {
    case 'Default': {
      const other = expand(operation.operand);
      const colon = operation.operator.startsWith(':');
      const assigned = scope.isSet(name) || /^\d|^(?:HOME|PWD)$/u.test(name);
      const given = known && assigned && (!colon || value.text !== '');
      switch (operation.operator.replace(':', '')) {
        case '+':
          return given ? [other] : known && assigned ? [exactly('')] : [unknownArgument(text)];
        case '?':
          return [value];
        case '=':
          if (given) return [value];
          if (known && assigned) scope.assign(name, [other]);
          break;
      }
      if (given) return [value];
      if (operation.operator === ':-' && TEMPORARY.has(name) && other.text === '/tmp') return [other];
      // Nobody knows whether it comes from outside: it may be that, or the default.
      return known && assigned ? [other] : [unknownArgument(text)];
    }
    case 'Remove':
      return [known ? removed(value, operation.operator, expand(operation.operand), text) : unknownArgument(text)];
    case 'CaseModification':
      if (!known || operation.operand !== undefined) return [unknownArgument(text)];
      return [{ ...value, text: cased(value.text, operation.operator) }];
    case 'Slice': {
      const from = Number(operation.offset.text);
      const length = operation.length === undefined ? undefined : Number(operation.length.text);
      if (!known || !(from >= 0) || (length !== undefined && !(length >= 0))) return [unknownArgument(text)];
      return [{ ...value, text: value.text.slice(from, length === undefined ? undefined : from + length) }];
    }
    case 'Replace': {
      const pattern = expand(operation.pattern);
      const by = expand(operation.replacement);
      if (!known || pattern.certainty !== 'exact' || by.certainty !== 'exact' || pattern.text === '')
        return [unknownArgument(text)];
      if (operation.operator === '/') return [{ ...value, text: value.text.replace(pattern.text, () => by.text) }];
      if (operation.operator === '//') return [{ ...value, text: value.text.replaceAll(pattern.text, () => by.text) }];
      return [unknownArgument(text)];
    }
    case 'Transform':
      // `@Q` quotes it, `@a` tells of it; `@P` and `@E` run or decode what is in it.
      return [known && operation.operand.text === 'Q' ? value : unknownArgument(text)];
    case 'Names':
    case 'Unknown':
      return [unknownArgument(text)];
  }
}

/** They name a folder for short-lived files, when they are set. */
const TEMPORARY = new Set(['TMPDIR', 'TMP', 'TEMP']);

function element(elements: readonly Argument[], index: string, written: string): Argument {
  return (/^\d+$/u.test(index) ? elements[Number(index)] : undefined) ?? unknownArgument(written);
}

function removed(value: Argument, operator: string, pattern: Argument, written: string): Argument {
  if (pattern.text.includes(UNKNOWN_PART)) return unknownArgument(written);
  const body = pattern.text
    .replace(/[.+^${}()|\\]/gu, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', operator.length === 1 ? '.*?' : '.*');
  try {
    const expression = operator.startsWith('#') ? new RegExp(`^${body}`, 'su') : new RegExp(`${body}$`, 'su');
    if (operator === '%' && pattern.text.includes('*')) return unknownArgument(written);
    return { ...value, text: value.text.replace(expression, '') };
  } catch {
    return unknownArgument(written); // Not a pattern that we can read.
  }
}

function cased(text: string, operator: string): string {
  switch (operator) {
    case '^^':
      return text.toUpperCase();
    case ',,':
      return text.toLowerCase();
    case '^':
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    default:
      return text.slice(0, 1).toLowerCase() + text.slice(1);
  }
}
