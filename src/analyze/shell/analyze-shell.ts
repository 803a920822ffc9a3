import type { ShellAction } from '#action/action';
import { type Effect, NO_AMOUNT } from '#action/effect';
import { LOCAL_ENVIRONMENT } from '#action/environment';
import { type Question, questionKey } from '#action/question';
import { messageOf } from '#base/errors';
import type { Analyze } from '../analysis.js';
import { exactly } from './argument.js';
import { Effects } from './effects/collect.js';
import { groundOf } from './effects/where.js';
import { Follow } from './follow.js';
import { Scope } from './scope.js';
import { DIRECTLY } from './via.js';

/**
 * What a command would do, as far as its text tells, and the files that it names and that were read as answers.
 * FAIL-CLOSED: what cannot be read and could do harm is an effect that waits for a person; it never throws.
 */
export const analyzeShell: Analyze<ShellAction> = (action, answers, context) => {
  const questions = new Map<string, Question>();
  const ask = (question: Question) => questions.set(questionKey(question), question);
  const folder = action.cwd?.startsWith('/') === true ? action.cwd : undefined;
  try {
    const ground = groundOf(folder, { answers, ask });
    const effects = new Effects({ context, answers, ask, ground });
    const follow = new Follow({ answers, ask, ground, found: (found) => effects.add(found) });
    const scope = Scope.begin({ folder: folder ?? '.', home: ground.home });
    follow.text(exactly(action.text), scope, DIRECTLY);
    return { ...effects.result(), questions: [...questions.values()] };
  } catch (thrown) {
    return { effects: [unforeseen(messageOf(thrown))], questions: [...questions.values()] };
  }
};

function unforeseen(why: string): Effect {
  return {
    verb: 'destroy',
    resource: { kind: 'command', name: 'unknown' },
    environments: [LOCAL_ENVIRONMENT],
    amount: NO_AMOUNT,
    reversible: 'unknown',
    evidence: 'unknown',
    explain: `runs a command that cannot be analysed: ${why}`,
  };
}
