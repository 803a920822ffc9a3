import type { JsonObject } from '#action/action';
import type { AgentRun } from '../dialect.js';
import { textIn } from '../json.js';

/** Which run a body tells of. Codex has taken over the form of these fields. */
export function runOf(id: string, body: JsonObject): AgentRun {
  const subagent = textIn(body, 'agent_id');
  return {
    id,
    folder: textIn(body, 'cwd'),
    subagent: subagent === undefined ? undefined : { id: subagent, kind: textIn(body, 'agent_type') ?? '' },
    planning: body['permission_mode'] === 'plan',
  };
}
