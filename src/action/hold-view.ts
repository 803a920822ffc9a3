import type { Action, JsonObject, SqlAction, SqlParameter } from '#action/action';
import type { Effect } from '#action/effect';
import type { Hold, HoldState } from '#action/hold';
import { type MeasuredView, type UndoView, viewMeasurement, viewUndo } from '#action/measured-view';
import { changesAnything } from '#action/measurement';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';
import { visibleLine, visibleText } from '#action/visible-text';
import { assertNever } from '#base/assert-never';

/** A hold as people see it, on the page and on the terminal: plain JSON, and every text in it is safe to show. */
export interface HoldView {
  readonly id: string;
  readonly state: HoldState;
  readonly kind: Action['kind'];
  /** The exact bytes of the action as text, whole. */
  readonly exact: string;
  /** The statements of a transaction in their order, each as in `exact`; empty for anything but several statements. */
  readonly statements: readonly string[];
  /** What it really did when it was tried out; undefined when it was not. */
  readonly measured?: MeasuredView | undefined;
  /** Whether it can be undone; undefined when nothing needs to be kept. */
  readonly undo?: UndoView | undefined;
  readonly effects: readonly Effect[];
  readonly environments: readonly string[];
  readonly verdict: Verdict;
  readonly session: Session;
  readonly digest: string;
  /** The digest's first 16 hexadecimal digits in groups of four, to compare two screens by eye. */
  readonly digestWords: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly approversNeeded: number;
  readonly approvedBy: readonly string[];
  readonly endedBy?: string | undefined;
  readonly endReason?: string | undefined;
}

export function viewHold(hold: Hold): HoldView {
  const { measured, snapshot } = hold.subject;
  // What waits for an owner's rights has an empty measurement: nobody has run it yet.
  const tried =
    measured !== undefined &&
    (changesAnything(measured) || hold.effects.some(({ evidence }) => evidence === 'measured'));
  const counted = tried ? viewMeasurement(measured) : undefined;
  return {
    id: hold.id,
    state: hold.state,
    kind: hold.action.kind,
    exact: exactText(hold.action),
    statements: hold.action.kind === 'sql' && hold.action.statements.length > 1 ? statementTexts(hold.action) : [],
    measured: counted,
    undo: viewUndo(snapshot, counted),
    effects: hold.effects.map((effect) => ({
      ...effect,
      resource: { kind: visibleLine(effect.resource.kind), name: visibleLine(effect.resource.name) },
      environments: effect.environments.map(visibleLine),
      explain: visibleLine(effect.explain),
    })),
    environments: [...new Set(hold.effects.flatMap((effect) => effect.environments))].map(visibleLine).sort(),
    verdict: { ...hold.verdict, reason: visibleLine(hold.verdict.reason) },
    session: { ...hold.session, agent: visibleLine(hold.session.agent), intent: visibleText(hold.session.intent) },
    digest: hold.digest,
    digestWords: (hold.digest.slice('sha256:'.length).slice(0, 16).match(/.{4}/g) ?? []).join(' '),
    createdAt: hold.createdAt,
    expiresAt: hold.expiresAt,
    approversNeeded: hold.approversNeeded,
    approvedBy: hold.approvals.map((approval) => visibleLine(approval.approver)),
    endedBy: hold.endedBy && visibleLine(hold.endedBy),
    endReason: hold.endReason && visibleText(hold.endReason),
  };
}

/** The whole of an action as text that a person can read; nothing is left out or shortened. */
export function exactText(action: Action): string {
  switch (action.kind) {
    case 'shell':
      return action.cwd === undefined
        ? visibleText(action.text)
        : `# in ${visibleLine(action.cwd)}\n${visibleText(action.text)}`;
    case 'sql': {
      // It changes where the text's strings end.
      const setting = action.standardConformingStrings === false ? '-- standard_conforming_strings = off\n' : '';
      return setting + statementTexts(action).join('\n;\n');
    }
    case 'http': {
      const headers = action.headers.map(([name, value]) => `${visibleLine(name)}: ${visibleLine(value)}`);
      const first = `${visibleLine(action.method)} ${visibleLine(action.url)}`;
      return [first, ...headers].join('\n') + shownBody(action.body);
    }
    case 'tool': {
      const call = `${visibleLine(action.server)}: ${visibleLine(action.name)} ${shownJson(action.arguments)}`;
      return action.definition === undefined
        ? call
        : `${call}\n\nas its server defines it: ${shownJson(action.definition)}`;
    }
    case 'completion':
      return `${visibleLine(action.model)} ${shownJson(action.request)}`;
    case 'deploy':
      return `${visibleLine(action.revision)} to ${visibleLine(action.target)}`;
    default:
      return assertNever(action);
  }
}

function statementTexts({ statements }: SqlAction): readonly string[] {
  return statements.map(({ text, parameters }) => [visibleText(text), ...parameters.map(shownParameter)].join('\n'));
}

function shownJson(value: JsonObject): string {
  return visibleText(JSON.stringify(value, null, 2));
}

/** `=` stands before a text only, so that the text `NULL` is not taken for NULL, nor `\x41` for bytes. */
function shownParameter({ value, format, typeOid }: SqlParameter, index: number): string {
  const name = `-- $${index + 1}`;
  if (value === null) return `${name} is NULL`;
  if (format !== 0) return `${name} is ${hex(value)} (binary, type ${typeOid})`;
  const text = decoded(value);
  return text === undefined ? `${name} is ${hex(value)} (not UTF-8)` : `${name} = ${visibleLine(text)}`;
}

function shownBody(body: Uint8Array): string {
  if (body.length === 0) return '';
  const text = decoded(body);
  return text === undefined
    ? `\n\n(${body.length} bytes that are not UTF-8, in hexadecimal)\n${hex(body)}`
    : `\n\n${visibleText(text)}`;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // Not UTF-8: the caller shows the bytes themselves.
  }
}

function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString('hex')}`;
}
