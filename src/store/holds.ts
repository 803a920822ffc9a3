import type { Kysely } from 'kysely';
import { decodeAction, encodeAction } from '#action/codec';
import type { Approval, Hold, HoldState } from '#action/hold';
import type { HoldStorage } from '#approve/storage';
import type { ApprovalTable, Schema } from './schema.js';

/** What of a hold is kept as one JSON document: it never changes after the hold was opened. */
type Document = Pick<Hold, 'session' | 'effects' | 'verdict'> & {
  readonly action: unknown;
  readonly subject: Omit<Hold['subject'], 'action' | 'effects'>;
};

export function createHoldStorage(db: Kysely<Schema>): HoldStorage {
  async function load(numbers: readonly number[]): Promise<readonly Hold[]> {
    if (numbers.length === 0) return [];
    const rows = await db
      .selectFrom('hold')
      .selectAll()
      .where('number', 'in', numbers)
      .orderBy('number', 'desc')
      .execute();
    const approvals = await db
      .selectFrom('approval')
      .selectAll()
      .where('hold_number', 'in', numbers)
      .orderBy('at')
      .execute();
    return rows.map((row) => {
      // Written by `insert` below, in this form only.
      const document = JSON.parse(row.document) as Document;
      const action = decodeAction(document.action);
      return {
        id: `H-${row.number}`,
        // The table's check constraint admits these only.
        state: row.state as HoldState,
        action,
        session: document.session,
        effects: document.effects,
        verdict: document.verdict,
        digest: row.digest,
        subject: { ...document.subject, action, effects: document.effects },
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        approversNeeded: row.approvers_needed,
        approvals: approvals.filter((approval) => approval.hold_number === row.number).map(approvalOf),
        endedAt: row.ended_at ?? undefined,
        endedBy: row.ended_by ?? undefined,
        endReason: row.end_reason ?? undefined,
      };
    });
  }

  return {
    async insert(hold) {
      const { action: _action, effects: _effects, ...subject } = hold.subject;
      const document: Document = {
        action: encodeAction(hold.action),
        session: hold.session,
        effects: hold.effects,
        verdict: hold.verdict,
        subject,
      };
      const { number } = await db
        .insertInto('hold')
        .values({
          state: hold.state,
          digest: hold.digest,
          document: JSON.stringify(document),
          created_at: hold.createdAt,
          expires_at: hold.expiresAt,
          approvers_needed: hold.approversNeeded,
          ended_at: null,
          ended_by: null,
          end_reason: null,
        })
        .returning('number')
        .executeTakeFirstOrThrow();
      return { ...hold, id: `H-${number}` };
    },

    async get(id) {
      const number = numberOf(id);
      return number === undefined ? undefined : (await load([number]))[0];
    },

    async list({ states, limit }) {
      const rows = await db
        .selectFrom('hold')
        .select('number')
        .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return load(rows.map((row) => row.number));
    },

    async addApproval(id, approval) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('approval')
        .values({ hold_number: numberOf(id) ?? -1, ...approval })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    async move(id, from, to, ended) {
      const { numUpdatedRows } = await db
        .updateTable('hold')
        .set({
          state: to,
          ...(ended === undefined ? {} : { ended_at: ended.at, ended_by: ended.by, end_reason: ended.reason }),
        })
        .where('number', '=', numberOf(id) ?? -1)
        .where('state', 'in', from)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
  };
}

function numberOf(id: string): number | undefined {
  const match = /^H-([1-9][0-9]{0,14})$/.exec(id);
  return match === null ? undefined : Number(match[1]);
}

function approvalOf(row: ApprovalTable): Approval {
  return { approver: row.approver, factor: 'totp', digest: row.digest, at: row.at };
}
