/** Picks the analysis for an action by its kind. What has none yet is an effect that nobody knows. */
import type { Action, ToolAction } from '#action/action';
import { type Effect, NO_AMOUNT } from '#action/effect';
import { assertNever } from '#base/assert-never';
import type { Analysis, AnalysisContext, Analyze } from './analysis.js';
import { analyzeHttp } from './http/analyze-http.js';
import { analyzeShell } from './shell/analyze-shell.js';
import { analyzeSql } from './sql/analyze-sql.js';
import { analyzeTool } from './tool/analyze-tool.js';

/** The server name of Firebreak's own administrative acts, which go through the same steps as an agent's. */
export const OWN_SERVER = 'firebreak';

export const analyze: Analyze = (action, answers, context) => {
  switch (action.kind) {
    case 'sql':
      return analyzeSql(action, answers, context);
    case 'http':
      return analyzeHttp(action, answers, context);
    case 'tool':
      return action.server === OWN_SERVER ? ownAct(action) : analyzeTool(action, answers, context);
    case 'shell':
      return analyzeShell(action, answers, context);
    case 'completion':
      return notUnderstood(action, context, `asks the model ${action.model}`);
    case 'deploy':
      return notUnderstood(action, context, `deploys ${action.revision} to ${action.target}`);
    default:
      return assertNever(action);
  }
};

/** Lifting a freeze: `{ environment }`. */
function ownAct(action: ToolAction): Analysis {
  const environment = String(action.arguments['environment'] ?? '');
  const effect: Effect = {
    verb: 'configure',
    resource: { kind: 'freeze', name: environment },
    environments: [environment],
    amount: NO_AMOUNT,
    reversible: 'yes',
    evidence: 'parsed',
    explain: `lifts the freeze of ${environment}`,
  };
  return { effects: [effect], questions: [] };
}

function notUnderstood(action: Action, context: AnalysisContext, does: string): Analysis {
  const effect: Effect = {
    verb: 'execute',
    resource: { kind: action.kind, name: action.kind },
    environments: context.environments,
    amount: NO_AMOUNT,
    reversible: 'unknown',
    evidence: 'unknown',
    explain: `${does}; Firebreak does not analyse actions of the kind ${action.kind} yet`,
  };
  return { effects: [effect], questions: [] };
}
