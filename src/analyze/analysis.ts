import type { Action } from '#action/action';
import type { SqlCourse } from '#action/course';
import type { Effect } from '#action/effect';
import type { LocalLoss } from '#action/local-loss';
import type { Answers, Question } from '#action/question';

/**
 * Pure: bytes in, effects and open questions out. It is called again with the answers until it asks nothing new. What it
 * cannot understand it reports as an effect whose evidence is `unknown`; it never leaves a part out.
 */
export type Analyze<A extends Action = Action> = (action: A, answers: Answers, context: AnalysisContext) => Analysis;

export interface Analysis {
  /** At least one, unless the action provably does nothing at all (an empty SQL text). */
  readonly effects: readonly Effect[];
  /** What would sharpen the effects. Those still unanswered have left an effect of evidence `unknown`. */
  readonly questions: readonly Question[];
  /** Of a SQL action. */
  readonly course?: SqlCourse | undefined;
  /** What is to be copied first so that effects of the kind `snapshot` on this machine can be undone. */
  readonly losses?: readonly LocalLoss[] | undefined;
}

export interface AnalysisContext {
  /** The declared resources by name. */
  readonly resources: ReadonlyMap<string, ResourceFacts>;
  /** The environments of whatever no declaration resolves; empty when nobody said. */
  readonly environments: readonly string[];
  /** The session's only ways out are Firebreak's doors: what passes one is judged there, by what it really does. */
  readonly contained?: boolean | undefined;
}

/** What the configuration says of a resource that matters to analysis. */
export interface ResourceFacts {
  readonly name: string;
  readonly kind: 'postgres' | 'http';
  /** From the configuration. Empty: it is looked up for each object (a provider's workspace). */
  readonly environments: readonly string[];
  /** The provider whose API it is, such as `railway`. */
  readonly provider?: string | undefined;
  /** Lower-case host names that lead to it. */
  readonly hosts: readonly string[];
}
