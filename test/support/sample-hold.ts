import type { Action } from '#action/action';
import { digestOf } from '#action/canonical';
import type { Effect } from '#action/effect';
import type { ApprovalSubject, Hold } from '#action/hold';
import type { Session } from '#action/session';
import type { Verdict } from '#action/verdict';

export const SESSION: Session = {
  id: 'ses_1',
  agent: 'test-agent',
  intent: 'tidy up staging',
  environments: ['*'],
  mode: 'work',
  tier: 'advisory',
};

export const DROP: Action = { kind: 'sql', statements: [{ text: 'drop table users', parameters: [] }], resource: 'db' };

export const DROPS_USERS: Effect = {
  verb: 'destroy',
  resource: { kind: 'table', name: 'users' },
  environments: ['production'],
  amount: { unit: 'rows', count: 'all' },
  reversible: 'no',
  evidence: 'parsed',
  explain: 'drops table users with all its rows',
};

export const HELD: Verdict = {
  decision: 'hold',
  obligations: ['factor: totp'],
  policies: ['protected.destroy-for-good'],
  reason: 'drops table users with all its rows: production is protected and it cannot be undone',
};

export function sampleSubject(rest: Partial<ApprovalSubject> = {}): ApprovalSubject {
  return {
    action: DROP,
    effects: [DROPS_USERS],
    session: SESSION.id,
    policyVersion: 'sha256:policies',
    snapshot: null,
    nonce: 'nonce_1',
    expiresAt: 1_780_000_620_000,
    ...rest,
  };
}

/** A hold as the desk gives it to the storage. */
export function sampleHold(rest: Partial<ApprovalSubject> = {}): Omit<Hold, 'id'> {
  const subject = sampleSubject(rest);
  return {
    state: 'waiting',
    action: subject.action,
    session: SESSION,
    effects: subject.effects,
    verdict: HELD,
    digest: digestOf(subject),
    subject,
    createdAt: 1_780_000_020_000,
    expiresAt: subject.expiresAt,
    approversNeeded: 1,
    approvals: [],
  };
}
