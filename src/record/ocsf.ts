import type { JsonObject, JsonValue } from '#action/action';
import type { ActionEvent, AdministrativeEvent, AgentEvent, HoldEvent, RecordEvent } from '#action/record-event';
import type { SealedSnapshot } from '#action/snapshot';
import { assertNever } from '#base/assert-never';
import { beginning, type CutLimits, toCutJson, WHOLE } from './cut.js';
import { attributesOfAction, classOfAction, type Filed } from './ocsf-action.js';
import { ACTIVITY_OTHER, API_ACTIVITY, APPLICATION_LIFECYCLE, AUTHENTICATION } from './ocsf-class.js';

/**
 * Events as OCSF 1.9.0 (https://schema.ocsf.io/1.9.0). The classes that fit an action are used for the decision on it; the
 * later steps name it by `metadata.correlation_uid`. The event itself is in `unmapped.firebreak`.
 */
export interface OcsfEvent {
  readonly [attribute: string]: JsonValue;
}

const OCSF_VERSION = '1.9.0';

/** `severity_id` */
const INFORMATIONAL = 1;
const MEDIUM = 3;
const HIGH = 4;

/** `status_id` */
const SUCCESS = 1;
const FAILURE = 2;
const STATUS_OTHER = 99;

/** OCSF's own attributes are for searching; the whole text is in `unmapped`. */
const ATTRIBUTE_LENGTH = 1024;

/** What differs from event to event. */
interface Facts extends Filed {
  readonly severity: number;
  readonly status: number;
  readonly message: string;
  /** Ties the events of one action, or of one hold, together. */
  readonly correlation?: string | undefined;
  readonly attributes: JsonObject;
}

/** The event as an OCSF object. Pure. With limits, what is longer is cut as `toCutJson` says. */
export function toOcsf(event: RecordEvent, limits: CutLimits = WHOLE): OcsfEvent {
  const facts = factsOf(event);
  const length = Math.min(limits.text, ATTRIBUTE_LENGTH);
  return {
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Firebreak', vendor_name: 'Firebreak' },
      ...(facts.correlation === undefined ? {} : { correlation_uid: beginning(facts.correlation, length) }),
    },
    time: event.time,
    category_uid: facts.class.category,
    class_uid: facts.class.uid,
    activity_id: facts.activity,
    ...(facts.activityName === undefined ? {} : { activity_name: facts.activityName }),
    type_uid: facts.class.uid * 100 + facts.activity,
    severity_id: facts.severity,
    status_id: facts.status,
    message: beginning(facts.message, length),
    ...shortened(facts.attributes, length),
    unmapped: { firebreak: toCutJson(event, limits) },
  };
}

function factsOf(event: RecordEvent): Facts {
  switch (event.kind) {
    case 'decided':
    case 'measured':
    case 'kept':
    case 'released':
    case 'completed':
    case 'refused':
    case 'outcome-unknown':
      return actionFacts(event);
    case 'held':
    case 'attached':
    case 'approved':
    case 'ended':
      return holdFacts(event);
    case 'instructed':
    case 'output':
      return agentFacts(event);
    case 'administered':
      return administrativeFacts(event);
    default:
      return assertNever(event);
  }
}

/** What an agent's hooks tell. */
function agentFacts(event: AgentEvent): Facts {
  const step = { class: API_ACTIVITY, activity: ACTIVITY_OTHER, activityName: event.kind, severity: INFORMATIONAL };
  const attributes = { ...agentOf(event.session), api: { operation: `agent.${event.kind}` } };
  switch (event.kind) {
    case 'instructed':
      return { ...step, status: SUCCESS, message: `told: ${event.text}`, attributes };
    case 'output': {
      const { tool, exitStatus, bytes, digest, actionId } = event;
      const status = exitStatus === undefined ? STATUS_OTHER : exitStatus === 0 ? SUCCESS : FAILURE;
      const ended = exitStatus === undefined ? '' : ` with exit status ${exitStatus}`;
      const message = `${tool} answered${ended}: ${bytes} bytes, ${digest}`;
      return { ...step, status, message, correlation: actionId, attributes };
    }
    default:
      return assertNever(event);
  }
}

function actionFacts(event: ActionEvent): Facts {
  const actor = agentOf(event.session);
  const common = { correlation: event.actionId, attributes: { ...actor, api: { operation: `action.${event.kind}` } } };
  const step = { class: API_ACTIVITY, activity: ACTIVITY_OTHER, activityName: event.kind, severity: INFORMATIONAL };
  switch (event.kind) {
    case 'decided':
      return {
        ...classOfAction(event.action, event.effects),
        severity:
          event.verdict.decision === 'allow' ? INFORMATIONAL : event.verdict.decision === 'hold' ? MEDIUM : HIGH,
        status:
          event.verdict.decision === 'allow' ? SUCCESS : event.verdict.decision === 'hold' ? STATUS_OTHER : FAILURE,
        message: `${event.verdict.decision}: ${event.verdict.reason}`,
        correlation: event.actionId,
        attributes: { ...actor, ...attributesOfAction(event.action) },
      };
    case 'measured':
      return {
        ...step,
        ...common,
        status: event.verdict.decision === 'allow' ? SUCCESS : STATUS_OTHER,
        message: `${event.verdict.decision}: measured: ${event.verdict.reason}`,
      };
    case 'kept':
      return {
        ...step,
        ...common,
        status: SUCCESS,
        message: `kept ${event.snapshot.bytes} bytes as ${event.snapshot.id}, ${event.snapshot.sha256}${tookInWords(event.snapshot)}`,
      };
    case 'released':
      return { ...step, ...common, status: SUCCESS, message: `released ${event.actionId}` };
    case 'completed':
      return { ...step, ...common, status: event.execution.ok ? SUCCESS : FAILURE, message: event.execution.summary };
    case 'refused':
      return { ...step, ...common, status: FAILURE, severity: MEDIUM, message: `${event.code}: ${event.reason}` };
    case 'outcome-unknown':
      return { ...step, ...common, status: STATUS_OTHER, severity: HIGH, message: event.reason };
    default:
      return assertNever(event);
  }
}

function tookInWords({ took }: SealedSnapshot): string {
  return took === undefined ? '' : `: took ${took.files} files, ${took.bytes} bytes in ${took.milliseconds} ms`;
}

function holdFacts(event: HoldEvent): Facts {
  const step = { class: API_ACTIVITY, activity: ACTIVITY_OTHER, activityName: event.kind, correlation: event.holdId };
  const api = { operation: `hold.${event.kind}`, request: { uid: event.holdId } };
  switch (event.kind) {
    case 'held':
      return {
        ...step,
        severity: MEDIUM,
        status: STATUS_OTHER,
        message: `held as ${event.holdId}`,
        attributes: { ...agentOf(event.session), api },
      };
    case 'attached':
      return {
        ...step,
        severity: INFORMATIONAL,
        status: STATUS_OTHER,
        message: `${event.holdId}: the same action came again and waits for it`,
        attributes: { ...agentOf(event.session), api },
      };
    case 'approved':
      return {
        ...step,
        severity: MEDIUM,
        status: SUCCESS,
        message: `${event.approver} approved ${event.holdId}`,
        attributes: { ...personOf(event.approver), api },
      };
    case 'ended':
      return {
        ...step,
        severity: INFORMATIONAL,
        status: FAILURE,
        message: `${event.holdId} ${event.state}: ${event.reason}`,
        attributes: { ...personOf(event.by), api },
      };
    default:
      return assertNever(event);
  }
}

function administrativeFacts(event: AdministrativeEvent): Facts {
  const common = {
    severity: event.ok ? INFORMATIONAL : MEDIUM,
    status: event.ok ? SUCCESS : FAILURE,
    message: `${event.by}: ${event.act} ${event.subject}${event.detail === undefined ? '' : `, ${event.detail}`}`,
  };
  const person = personOf(event.by);
  const app = { name: 'Firebreak', vendor_name: 'Firebreak' };
  const other = { activity: ACTIVITY_OTHER, activityName: event.act };
  switch (event.act) {
    case 'daemon-started':
      return { ...common, class: APPLICATION_LIFECYCLE, activity: 3 /* Start */, attributes: { ...person, app } };
    case 'daemon-stopped':
      return { ...common, class: APPLICATION_LIFECYCLE, activity: 4 /* Stop */, attributes: { ...person, app } };
    case 'signed-in':
      return {
        ...common,
        class: AUTHENTICATION,
        activity: 1 /* Logon */,
        attributes: { ...person, user: { name: event.subject }, service: app, is_mfa: true },
      };
    case 'factor-checked':
      return {
        ...common,
        class: AUTHENTICATION,
        ...other,
        attributes: { ...person, user: { name: event.subject }, service: app, is_mfa: true },
      };
    case 'session-opened':
    case 'session-closed':
    case 'freeze':
    case 'unfreeze':
    case 'secret-added':
    case 'secret-rotated':
    case 'secret-revoked':
    case 'placeholder-issued':
    case 'placeholder-revoked':
    case 'placeholder-refused':
    case 'approver-enrolled':
    case 'tunnel-opened':
    case 'connection-refused':
    case 'undo':
    case 'snapshot-expired':
      return {
        ...common,
        class: API_ACTIVITY,
        ...other,
        attributes: { ...person, api: { operation: event.act }, resources: [{ name: event.subject }] },
      };
    default:
      return assertNever(event.act);
  }
}

/** Both attributes are required by the activity classes. */
function agentOf(session: { readonly id: string; readonly agent: string }): JsonObject {
  return {
    actor: { user: { name: session.agent, type: 'Agent', type_id: 99 }, session: { uid: session.id } },
    src_endpoint: { name: session.id },
  };
}

function personOf(name: string): JsonObject {
  return { actor: { user: { name } }, src_endpoint: { name } };
}

/** Attributes of our own making: shallow, and long only in their texts. */
function shortened(attributes: JsonObject, length: number): JsonObject {
  const result: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(attributes)) result[name] = shorten(value, length);
  return result;
}

function shorten(value: JsonValue, length: number): JsonValue {
  if (typeof value === 'string') return beginning(value, length);
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map((item) => shorten(item, length)) : shortened(value, length);
}

/** `Array.isArray` does not tell a readonly array from an object. */
function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
