import type { HttpAction } from '#action/action';
import { NO_AMOUNT } from '#action/effect';
import type { Analysis, Analyze } from '../analysis.js';
import { analyzeGeneric } from './generic.js';
import { httpTarget } from './http-target.js';
import { methodsOf } from './methods.js';
import { analyzeRailway, isRailwayGraphql } from './railway.js';

/**
 * What an HTTP request would do: what is known of its provider first, then what its structure says, then its method, else
 * unknown. Decides on parsed structure alone; words in strings, aliases and comments do not count.
 */
export const analyzeHttp: Analyze<HttpAction> = (action, answers, context): Analysis => {
  const target = httpTarget(action.url, context);
  if (target === undefined) {
    const explain = 'sends a request whose address cannot be read';
    const effect = { verb: 'write', resource: { kind: 'http', name: 'unknown' }, environments: [] } as const;
    return {
      effects: [{ ...effect, amount: NO_AMOUNT, reversible: 'unknown', evidence: 'unknown', explain }],
      questions: [],
    };
  }
  if (!isRailwayGraphql(target)) return analyzeGeneric(action, target);
  const methods = methodsOf(action, target.url, []);
  // With an override nobody knows which method counts; no method is then the one that GraphQL is sent with.
  const [method = ''] = methods.length === 1 ? methods : ['an overridden method'];
  return analyzeRailway(action, method, target, answers);
};
