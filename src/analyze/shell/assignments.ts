/** `name=value` before a command, as a word of one, or alone (bash(1), "Parameters"). */
import { type Argument, exactly, fitting, unknownArgument } from './argument.js';
import { expandValue, expandWords, type Outputs } from './expand.js';
import type { Assignment, Word } from './parser.js';
import type { Scope } from './scope.js';

export function assignmentWord(one: Assignment, scope: Scope, outputs: Outputs): Argument {
  if (one.value.type === 'ArrayValue') return unknownArgument(one.text);
  const value = expandValue(one.value, scope, outputs, true);
  return { ...value, text: `${one.name}${one.append === true ? '+' : ''}=${value.text}`, written: one.text };
}

export function scalar(one: Assignment, scope: Scope, outputs: Outputs): Argument {
  if (one.value.type === 'ArrayValue' || one.append === true) return unknownArgument(one.text);
  return expandValue(one.value, scope, outputs, true);
}

export function assign(one: Assignment, scope: Scope, outputs: Outputs): void {
  if (one.index !== undefined) {
    scope.forget(one.name);
    return;
  }
  const values =
    one.value.type === 'ArrayValue'
      ? expandWords(one.value.elements, scope, outputs).map(fitting)
      : [expandValue(one.value as Word, scope, outputs, true)]; // The only other form.
  if (one.append !== true) {
    scope.assign(one.name, values, one.value.type === 'ArrayValue');
    return;
  }
  const before = scope.elementsOf(one.name);
  if (one.value.type === 'ArrayValue') {
    scope.assign(one.name, [...before, ...values], true);
    return;
  }
  const [old = exactly(''), added = exactly('')] = [scope.isSet(one.name) ? before[0] : exactly(''), values[0]];
  if (old.certainty !== 'exact' || added.certainty !== 'exact') {
    scope.forget(one.name);
    return;
  }
  scope.assign(one.name, [{ ...added, text: old.text + added.text }]);
}
