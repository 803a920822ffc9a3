import type { Action, JsonObject } from '#action/action';
import type { Effect, Verb } from '#action/effect';
import { assertNever } from '#base/assert-never';
import { ACTIVITY_OTHER, API_ACTIVITY, DATASTORE_ACTIVITY, type EventClass, PROCESS_ACTIVITY } from './ocsf-class.js';

/** Where an event is filed. */
export interface Filed {
  readonly class: EventClass;
  readonly activity: number;
  /** Required when the activity is 99. */
  readonly activityName?: string;
}

/** The class and activity of a decision on an action with these effects. */
export function classOfAction(action: Action, effects: readonly Effect[]): Filed {
  const verbs = new Set(effects.map((effect) => effect.verb));
  const other = { activity: ACTIVITY_OTHER, activityName: [...verbs].sort().join(', ') || 'unknown' };
  switch (action.kind) {
    case 'shell':
      return { class: PROCESS_ACTIVITY, activity: 1 /* Launch */ };
    case 'sql': {
      const activity = activityOf(verbs, { destroy: 7 /* Delete */, write: 2 /* Update */, read: 4 /* Query */ });
      return { class: DATASTORE_ACTIVITY, ...(activity === undefined ? other : { activity }) };
    }
    case 'http':
    case 'tool':
    case 'completion':
    case 'deploy': {
      const activity = activityOf(verbs, { destroy: 4 /* Delete */, write: 3 /* Update */, read: 2 /* Read */ });
      return { class: API_ACTIVITY, ...(activity === undefined ? other : { activity }) };
    }
    default:
      return assertNever(action);
  }
}

/** The activity of the worst verb; undefined when a verb has none. */
function activityOf(
  verbs: ReadonlySet<Verb>,
  ids: Readonly<Record<'destroy' | 'write' | 'read', number>>,
): number | undefined {
  for (const verb of ['destroy', 'write', 'read'] as const) {
    if (verbs.has(verb)) return verb === 'read' && verbs.size > 1 ? undefined : ids[verb];
  }
  return undefined;
}

/** What the class's own attributes say of an action. */
export function attributesOfAction(action: Action): JsonObject {
  switch (action.kind) {
    case 'shell':
      return {
        process: { cmd_line: action.text, ...(action.cwd === undefined ? {} : { working_directory: action.cwd }) },
        device: { type_id: 0 },
      };
    case 'sql':
      return {
        query_info: { query_string: action.statements.map((statement) => statement.text).join(';\n') },
        database: { name: action.resource ?? 'unknown', type_id: 1 /* Relational */ },
      };
    case 'http':
      return {
        api: { operation: action.method, service: { name: hostOf(action.url) } },
        http_request: { http_method: action.method, url: { url_string: action.url } },
      };
    case 'tool':
      return { api: { operation: action.name, service: { name: action.server } } };
    case 'completion':
      return { api: { operation: 'completion', service: { name: action.model } } };
    case 'deploy':
      return { api: { operation: 'deploy', version: action.revision, service: { name: action.target } } };
    default:
      return assertNever(action);
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'unknown';
}
