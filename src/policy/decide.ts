/**
 * Effects and context in, Verdict out. Every effect is put before every policy once for each environment it touches; the
 * strictest answer wins and the obligations add up.
 */
import { statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import type { ActionKind } from '#action/action';
import type { Effect } from '#action/effect';
import type { Environment } from '#action/environment';
import type { Session } from '#action/session';
import { type Obligation, stricter, type Verdict } from '#action/verdict';
import type { Memo } from './memo.js';
import type { PolicySet } from './policy-set.js';
import { type PolicyRequest, requestKey, requestsFor, UNKNOWN_ENVIRONMENT } from './request.js';

export interface DecisionInput {
  readonly actionKind: ActionKind;
  readonly effects: readonly Effect[];
  readonly session: Session;
  /** The request carries a credential that Firebreak did not issue, to a protected host. */
  readonly foreignCredential: boolean;
  /** A declared environment, or `undeclaredEnvironment` for any other name. */
  readonly environmentOf: (name: string) => Environment;
  /** The freeze in force, in words; undefined when there is none. */
  readonly freezeOf: (environment: string) => string | undefined;
}

/** What the policies say of one request. Equal requests have equal answers, so it can be remembered. */
export interface PolicyAnswer {
  readonly decision: Verdict['decision'];
  readonly obligations: readonly Obligation[];
  readonly policies: readonly string[];
  /** The reasons that the deciding policies give. */
  readonly reasons: readonly string[];
}

export function decide(input: DecisionInput, policies: PolicySet, memo: Memo<PolicyAnswer>): Verdict {
  const answers = requestsFor(input).map(({ request, effect, environment }) => ({
    answer: memo.recall(requestKey(request), () => ask(request, policies)),
    effect,
    environment,
  }));
  if (answers.length === 0) {
    return { decision: 'allow', obligations: [], policies: [], reason: 'it does nothing' };
  }
  const decision = answers.map(({ answer }) => answer.decision).reduce(stricter);
  const deciding = answers.filter(({ answer }) => answer.decision === decision);
  const obligations = new Set<Obligation>();
  for (const { answer } of answers) {
    // What an allowed part asks for first (a measurement, a copy) is asked for all the same when another part is held.
    if (answer.decision !== 'deny') for (const obligation of answer.obligations) obligations.add(obligation);
  }
  if (decision === 'hold') {
    const needed = Math.max(...deciding.map(({ environment }) => environment.approvals.approvers));
    if (needed > 1) obligations.add(`approvers: ${needed}`);
  }
  return {
    decision,
    obligations: decision === 'deny' ? [] : [...obligations].sort(),
    policies: [...new Set(deciding.flatMap(({ answer }) => answer.policies))].sort(),
    reason: reasonOf(deciding, input),
  };
}

function reasonOf(
  deciding: readonly { answer: PolicyAnswer; effect: Effect; environment: Environment }[],
  input: DecisionInput,
) {
  // One sentence for each thing it does, with what every environment's policies say of it, each clause once.
  const clausesOf = new Map<string, Set<string>>();
  for (const { answer, effect, environment } of deciding) {
    const freeze = input.freezeOf(environment.name);
    const clauses = clausesOf.get(effect.explain) ?? new Set<string>();
    clausesOf.set(effect.explain, clauses);
    for (const clause of answer.reasons.flatMap((reason) => reason.split('; '))) {
      const inItsOwnWords = clause === FROZEN && freeze !== undefined;
      clauses.add(inItsOwnWords ? freeze : clause.replaceAll('the environment', shownName(environment)));
    }
  }
  const all = [...clausesOf].map(([explain, clauses]) =>
    clauses.size === 0 ? explain : `${explain}: ${enumerated([...clauses])}`,
  );
  const more = all.length > 3 ? [`and ${all.length - 3} more effects`] : [];
  return [...all.slice(0, 3), ...more].join('; ');
}

function shownName({ name }: Environment): string {
  return name === UNKNOWN_ENVIRONMENT ? 'an environment that nobody could tell' : name;
}

/** `a`, `a, and b`, `a, b, and c` */
function enumerated(clauses: readonly string[]): string {
  return clauses.map((clause, i) => (i > 0 && i === clauses.length - 1 ? `and ${clause}` : clause)).join(', ');
}

/** The shipped freeze policy's reason; replaced by the freeze's own words. */
const FROZEN = 'the environment is frozen';

function ask(request: PolicyRequest, policies: PolicySet): PolicyAnswer {
  const answer = statefulIsAuthorized({
    principal: request.principal.uid,
    action: { type: 'Firebreak::Action', id: request.verb },
    resource: request.resource.uid,
    context: { ...request.context },
    preparsedPolicySetId: policies.preparsedId,
    entities: [
      { ...request.principal, parents: [] },
      { ...request.resource, parents: [] },
    ],
  });
  if (answer.type === 'failure') {
    // FAIL-CLOSED: a question that Cedar cannot answer at all is held, whatever the environment.
    return {
      decision: 'hold',
      obligations: [],
      policies: ['cedar-failure'],
      reasons: [answer.errors.map((e) => e.message).join('; ')],
    };
  }
  const { decision, diagnostics } = answer.response;
  const known = diagnostics.reason.map((id) => ({ id, annotations: policies.annotations.get(id) }));
  const said = { obligations: new Set<Obligation>(), reasons: new Set<string>() };
  for (const { annotations } of known) {
    for (const obligation of annotations?.obligations ?? []) said.obligations.add(obligation);
    if (annotations?.reason) said.reasons.add(annotations.reason);
  }
  const denying = known.filter(({ annotations }) => annotations?.hold !== true);
  let result: PolicyAnswer;
  if (decision === 'allow') {
    result = { decision: 'allow', obligations: [...said.obligations], policies: diagnostics.reason, reasons: [] };
  } else if (known.length === 0) {
    result = { decision: 'deny', obligations: [], policies: ['default-deny'], reasons: ['no policy permits it'] };
  } else if (denying.length === 0) {
    result = {
      decision: 'hold',
      obligations: [...said.obligations],
      policies: diagnostics.reason,
      reasons: [...said.reasons],
    };
  } else {
    const reasons = denying.map(({ annotations }) => annotations?.reason ?? '').filter((reason) => reason !== '');
    result = { decision: 'deny', obligations: [], policies: denying.map(({ id }) => id), reasons };
  }
  if (diagnostics.errors.length === 0 || result.decision !== 'allow' || !request.context.protected) return result;
  // FAIL-CLOSED: a policy that errors is skipped, and a skipped forbid would fail open: an allow becomes a hold on a protected environment.
  const failed = diagnostics.errors.map((error) => `error in ${error.policyId}`);
  return {
    decision: 'hold',
    obligations: result.obligations,
    policies: failed,
    reasons: ['a policy could not be evaluated'],
  };
}
