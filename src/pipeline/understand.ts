import type { Action } from '#action/action';
import type { SqlCourse } from '#action/course';
import type { Effect } from '#action/effect';
import type { LocalLoss } from '#action/local-loss';
import { type Answer, type Answers, type Question, questionKey } from '#action/question';
import type { Handling } from '#action/submission';
import type { AnalysisContext, Analyze } from '#analyze/analysis';

/** Asks the outside world. Undefined: it could not tell. */
export type Resolve = (
  question: Question,
  options: { readonly fresh: boolean; readonly signal: AbortSignal },
) => Promise<Answer | undefined>;

/** A script may run another, which may run a third: more rounds than this is a riddle, not an action. */
const ROUNDS = 8;
const QUESTIONS_A_ROUND = 200;

export interface Understanding {
  readonly effects: readonly Effect[];
  /** Of a SQL action. */
  readonly course: SqlCourse | undefined;
  /** What it takes away on this machine that could be copied first; the same array for the same analysis. */
  readonly losses: readonly LocalLoss[];
}

/**
 * The effects of an action: analysis, its questions answered, and analysis again until it asks nothing new.
 *
 * @param fresh true right before release, when remembered answers will not do.
 */
export async function understand(
  action: Action,
  ask: { readonly analyze: Analyze; readonly resolve: Resolve; readonly context: AnalysisContext },
  door: Handling,
  fresh: boolean,
): Promise<Understanding> {
  const answers = new Map<string, Answer>();
  const asked = new Set<string>();
  let analysis = ask.analyze(action, answers, ask.context);
  for (let round = 0; round < ROUNDS; round += 1) {
    const open = analysis.questions.filter((question) => !asked.has(questionKey(question)));
    // What is still open, or too many to ask, has left effects of evidence `unknown`.
    if (open.length === 0 || open.length > QUESTIONS_A_ROUND) break;
    for (const question of open) asked.add(questionKey(question));
    await Promise.all(open.map((question) => answer(question, answers, ask.resolve, door, fresh)));
    analysis = ask.analyze(action, answers, ask.context);
  }
  return { effects: analysis.effects, course: analysis.course, losses: analysis.losses ?? [] };
}

async function answer(
  question: Question,
  answers: Map<string, Answer>,
  resolve: Resolve,
  door: Handling,
  fresh: boolean,
): Promise<void> {
  // FAIL-CLOSED: a question whose answer fails stays unanswered, and its effect unknown.
  const found =
    (await unlessItFails(async () => door.answer?.(question))) ??
    (await unlessItFails(async () => resolve(question, { fresh, signal: door.signal })));
  if (found !== undefined) answers.set(questionKey(question), found);
}

async function unlessItFails(ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch {
    return undefined; // The effect that stays unknown says so to people.
  }
}

/** For callers with nothing to ask: `firebreak explain`. */
export const NO_ANSWERS: Answers = new Map();
