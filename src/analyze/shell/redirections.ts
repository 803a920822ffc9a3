/** Where a command's input comes from, and where its output goes (bash(1), "Redirection"). */
import type { Argument } from './argument.js';
import { expandText, expandValue, type Outputs } from './expand.js';
import type { Input } from './invocation.js';
import type { Redirection } from './parser.js';
import type { Scope } from './scope.js';

/** @returns the input that the redirections give, or the one that was there. */
export function redirected(
  redirections: readonly Redirection[],
  scope: Scope,
  outputs: Outputs,
  input: Input,
  tell: (kind: 'overwrite' | 'append' | 'read', target: Argument) => void,
): Input {
  let result = input;
  for (const one of redirections) {
    if (one.type === 'HereDoc') {
      result = { kind: 'text', text: expandText(one.body.parts, one.body.text, scope, outputs) };
      continue;
    }
    if (one.target === undefined) continue;
    const target = expandValue(one.target, scope, outputs);
    if (one.type === 'HereString') {
      result = { kind: 'text', text: { ...target, text: `${target.text}\n` } };
      continue;
    }
    switch (one.operator) {
      case '<>':
        // It writes into the file from its beginning.
        tell('overwrite', target);
        break;
      case '<':
        if (one.target.parts?.[0]?.type === 'ProcessSubstitution') result = { kind: 'pipe', from: ['substitution'] };
        else {
          tell('read', target);
          result = { kind: 'file', path: target };
        }
        break;
      case '>>':
      case '&>>':
        tell('append', target);
        break;
      case '<&':
        break;
      case '>&':
        // `2>&1` and `>&-` name descriptors; anything else is a file.
        if (!/^(?:\d+-?|-)$/u.test(target.text)) tell('overwrite', target);
        break;
      default:
        if (one.target.parts?.[0]?.type !== 'ProcessSubstitution') tell('overwrite', target);
    }
  }
  return result;
}
