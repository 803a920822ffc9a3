import type { Effect } from '#action/effect';
import { type Environment, LOCAL_ENVIRONMENT, undeclaredEnvironment } from '#action/environment';
import type { Session } from '#action/session';
import type { DecisionInput } from './decide.js';

/** One question to the policies, in the terms of `policies/firebreak.cedarschema`. */
export interface PolicyRequest {
  readonly verb: string;
  readonly principal: { readonly uid: EntityUid; readonly attrs: { agent: string; mode: string; tier: string } };
  readonly resource: { readonly uid: EntityUid; readonly attrs: { kind: string; name: string } };
  readonly context: PolicyContext;
}

interface EntityUid {
  readonly type: string;
  readonly id: string;
}

/** The schema's type `Facts`. */
export interface PolicyContext {
  readonly kind: string;
  readonly environment: string;
  readonly protected: boolean;
  readonly scope: 'inside' | 'partly' | 'outside';
  readonly evidence: string;
  readonly reversible: string;
  readonly counted: boolean;
  readonly amount: number;
  readonly frozen: boolean;
  readonly foreignCredential: boolean;
}

/** The name under which policies see an environment that nobody could tell. */
export const UNKNOWN_ENVIRONMENT = 'unknown';

/** One request for each effect and each environment it touches; an effect of no known environment touches the unknown one. */
export function requestsFor(
  input: DecisionInput,
): { request: PolicyRequest; effect: Effect; environment: Environment }[] {
  return input.effects.flatMap((effect) => {
    const scope = scopeOf(effect, input.session);
    const environments =
      effect.environments.length === 0
        ? // FAIL-CLOSED: an effect whose environment nobody could tell counts as protected.
          [undeclaredEnvironment(UNKNOWN_ENVIRONMENT)]
        : effect.environments.map(input.environmentOf);
    return environments.map((environment) => ({
      request: requestFor(input, effect, environment, scope),
      effect,
      environment,
    }));
  });
}

function requestFor(
  input: DecisionInput,
  effect: Effect,
  environment: Environment,
  scope: PolicyContext['scope'],
): PolicyRequest {
  const { session } = input;
  const { count } = effect.amount;
  return {
    verb: effect.verb,
    principal: {
      uid: { type: 'Firebreak::Session', id: 'session' },
      attrs: { agent: session.agent, mode: session.mode, tier: session.tier },
    },
    resource: {
      uid: { type: 'Firebreak::Resource', id: 'resource' },
      attrs: { kind: effect.resource.kind, name: effect.resource.name },
    },
    context: {
      kind: input.actionKind,
      environment: environment.name,
      protected: environment.protected,
      scope,
      evidence: effect.evidence,
      reversible: effect.reversible,
      counted: typeof count === 'number',
      // Cedar has whole numbers only; a fraction of a dollar counts as a whole one.
      amount: typeof count === 'number' ? Math.ceil(count) : 0,
      frozen: input.freezeOf(environment.name) !== undefined,
      foreignCredential: input.foreignCredential,
    },
  };
}

/** `*` among a session's environments means all of them: the operator's own session, and `firebreak explain`. */
function scopeOf(effect: Effect, session: Session): PolicyContext['scope'] {
  if (session.environments.includes('*') || effect.environments.length === 0) return 'inside';
  const inside = effect.environments.filter(
    (name) => name === LOCAL_ENVIRONMENT || session.environments.includes(name),
  );
  if (inside.length === effect.environments.length) return 'inside';
  return inside.length === 0 ? 'outside' : 'partly';
}

/**
 * The key under which an answer is remembered.
 *
 * INVARIANT: it holds everything that a policy can see (the whole request) and nothing else, so two requests with one key
 * cannot deserve different answers.
 */
export function requestKey(request: PolicyRequest): string {
  return JSON.stringify(request);
}
