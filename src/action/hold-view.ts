import type { Action, SqlParameter } from '#action/action';
import type { Effect } from '#action/effect';
import type { Hold, HoldState } from '#action/hold';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';
import { visibleText } from '#action/visible-text';
import { assertNever } from '#base/assert-never';

/** A hold as people see it, on the page and on the terminal: plain JSON, and every text in it is safe to show. */
export interface HoldView {
  readonly id: string;
  readonly state: HoldState;
  readonly kind: Action['kind'];
  /** The exact bytes of the action as text, whole. */
  readonly exact: string;
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
  return {
    id: hold.id,
    state: hold.state,
    kind: hold.action.kind,
    exact: exactText(hold.action),
    effects: hold.effects.map((effect) => ({
      ...effect,
      resource: { kind: effect.resource.kind, name: visibleText(effect.resource.name) },
      environments: effect.environments.map(visibleText),
      explain: visibleText(effect.explain),
    })),
    environments: [...new Set(hold.effects.flatMap((effect) => effect.environments))].map(visibleText).sort(),
    verdict: { ...hold.verdict, reason: visibleText(hold.verdict.reason) },
    session: { ...hold.session, agent: visibleText(hold.session.agent), intent: visibleText(hold.session.intent) },
    digest: hold.digest,
    digestWords: (hold.digest.slice('sha256:'.length).slice(0, 16).match(/.{4}/g) ?? []).join(' '),
    createdAt: hold.createdAt,
    expiresAt: hold.expiresAt,
    approversNeeded: hold.approversNeeded,
    approvedBy: hold.approvals.map((approval) => approval.approver),
    endedBy: hold.endedBy,
    endReason: hold.endReason && visibleText(hold.endReason),
  };
}

/** The whole of an action as text that a person can read; nothing is left out or shortened. */
export function exactText(action: Action): string {
  switch (action.kind) {
    case 'shell':
      return visibleText(action.cwd === undefined ? action.text : `# in ${action.cwd}\n${action.text}`);
    case 'sql':
      return action.statements
        .map(({ text, parameters }) => [visibleText(text), ...parameters.map(shownParameter)].join('\n'))
        .join('\n;\n');
    case 'http': {
      const headers = action.headers.map(([name, value]) => `${name}: ${value}`);
      return visibleText([`${action.method} ${action.url}`, ...headers].join('\n')) + shownBody(action.body);
    }
    case 'tool':
      return visibleText(`${action.server}: ${action.name} ${JSON.stringify(action.arguments, null, 2)}`);
    case 'completion':
      return visibleText(`${action.model} ${JSON.stringify(action.request, null, 2)}`);
    case 'deploy':
      return visibleText(`${action.revision} to ${action.target}`);
    default:
      return assertNever(action);
  }
}

function shownParameter({ value, format }: SqlParameter, index: number): string {
  const name = `-- $${index + 1} =`;
  if (value === null) return `${name} NULL`;
  return format === 0
    ? `${name} ${visibleText(decoded(value) ?? hex(value)).replaceAll('\n', '\\n')}`
    : `${name} ${hex(value)} (binary)`;
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
