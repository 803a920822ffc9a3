/** The tables as Kysely sees them; `migrations.ts` makes them. Times are milliseconds since the Unix epoch. */
import type { Generated } from 'kysely';

export interface Schema {
  hold: HoldTable;
  approval: ApprovalTable;
  factor: FactorTable;
  freeze: FreezeTable;
  lifted_freeze: { key: string };
  placeholder: PlaceholderTable;
  session: SessionTable;
  destroyed: { environment: string; at: number };
  snapshot: SnapshotTable;
}

export interface HoldTable {
  number: Generated<number>;
  state: string;
  digest: string;
  /** JSON: action (bytes in base 64), session, effects, verdict, subject. */
  document: string;
  created_at: number;
  expires_at: number;
  approvers_needed: number;
  ended_at: number | null;
  ended_by: string | null;
  end_reason: string | null;
}

export interface ApprovalTable {
  hold_number: number;
  approver: string;
  factor: string;
  digest: string;
  at: number;
}

export interface FactorTable {
  approver: string;
  last_counter: number;
  failures: number;
  locked_until: number;
}

export interface FreezeTable {
  environment: string;
  from_time: number;
  until_time: number | null;
  reason: string;
  by: string;
}

export interface PlaceholderTable {
  id: string;
  /** SHA-256 of the placeholder; the text itself is never kept. */
  hash: Uint8Array;
  scram_stored_key: Uint8Array;
  scram_server_key: Uint8Array;
  environment: string;
  resource: string;
  session_id: string | null;
  issued_at: number;
  revoked_at: number | null;
}

export interface SessionTable {
  id: string;
  /** JSON of the Session. */
  document: string;
  opened_at: number;
  closed_at: number | null;
}

export interface SnapshotTable {
  number: Generated<number>;
  state: string;
  /** JSON of SnapshotAbout. */
  about: string;
  created_at: number;
  /** These three are null for a draft; of the encrypted file. */
  sha256: string | null;
  bytes: number | null;
  /** JSON of Undoable. */
  undoable: string | null;
  changed_at: number | null;
  changed_by: string | null;
}
