import { type Answer, type Question, questionKey } from '#action/question';
import type { Clock } from '#base/clock';
import { messageOf } from '#base/errors';
import { answerLocal } from './local.js';
import type { ProviderAccess } from './provider-access.js';
import { RailwayResolver } from './railway.js';

export interface ResolverOptions {
  readonly access: ProviderAccess;
  readonly clock: Clock;
  /** Where this installation of Firebreak keeps its state and keys, absolute. */
  readonly own?: readonly string[] | undefined;
  /** How long an answer may be used again, in milliseconds. Seconds, not minutes: ownership changes. */
  readonly keepFor?: number;
  /** Told why a question stayed open, for the operator's log. Must not throw. */
  readonly unanswered?: (question: Question, reason: string) => void;
}

interface ResolveOptions {
  /** Ask the provider again, whatever was kept: the last look before a release. */
  readonly fresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Answers a question, or leaves it open. Never throws. */
export type Resolve = (question: Question, options?: ResolveOptions) => Promise<Answer | undefined>;

const KEEP_FOR = 3_000;

/**
 * Questions in, answers out, through the broker's own credentials.
 *
 * FAIL-CLOSED: a look-up that failed leaves the question unanswered, and the effect unknown.
 */
export function createResolver(options: ResolverOptions): Resolve {
  const railway = new RailwayResolver(options.access, options.clock, options.keepFor ?? KEEP_FOR);
  return async (question, { fresh = false, signal = new AbortController().signal } = {}) => {
    try {
      const answer = await ask(railway, options.own ?? [], question, fresh, signal);
      if (answer === undefined) options.unanswered?.(question, `nothing is known of ${questionKey(question)}`);
      return answer;
    } catch (thrown) {
      options.unanswered?.(question, messageOf(thrown));
      return undefined;
    }
  };
}

async function ask(
  railway: RailwayResolver,
  own: readonly string[],
  question: Question,
  fresh: boolean,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  switch (question.kind) {
    case 'provider-environments':
      return question.provider === 'railway' ? railway.resolve(question, fresh, signal) : undefined;
    case 'file-text':
    case 'path':
    case 'workspace':
      return answerLocal(question, own);
    default:
      // What a connection knows, its door answers.
      return undefined;
  }
}
