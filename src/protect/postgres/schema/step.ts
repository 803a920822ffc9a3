import { z } from 'zod';
import { ProtectError } from '../../errors.js';

/** One step of an undo. */
export type UndoStep =
  /** `of` says what it is for. Without a `soft` one the undo is still worth having. `rehearsal`: what is run instead where the rows are missing; null is nothing. */
  | {
      readonly kind: 'sql';
      readonly text: string;
      readonly of: string;
      readonly soft: boolean;
      readonly rehearsal?: string | null | undefined;
    }
  /** Rows of a table that was just made. */
  | { readonly kind: 'load'; readonly table: string }
  /** Rows of tables that are still there, but were emptied. */
  | { readonly kind: 'refill'; readonly tables: readonly string[] }
  | { readonly kind: 'sequence'; readonly sequence: string }
  | { readonly kind: 'refresh'; readonly view: string };

/** A table whose rows are kept whole. Names are written as SQL. */
export interface KeptTable {
  readonly table: string;
  /** The snapshot's part with its rows: lines of COPY's text format. */
  readonly part: string;
  readonly columns: readonly string[];
  /** The primary key's; empty without one, and for a deferrable one. */
  readonly key: readonly string[];
  /** Of `columns`, those that an UPDATE may not set. */
  readonly fixed: readonly string[];
}

export interface KeptSequence {
  readonly sequence: string;
  readonly value: string;
  readonly called: boolean;
}

/** What a snapshot of the kind `schema` has in its part `plan`. */
export interface UndoPlan {
  readonly steps: readonly UndoStep[];
  readonly tables: readonly KeptTable[];
  readonly sequences: readonly KeptSequence[];
  /** Definitions by key, before and after the act; null where there was no such thing. */
  readonly before: Readonly<Record<string, string | null>>;
  readonly after: Readonly<Record<string, string | null>>;
  /** Fingerprints of rows as the act left them, by table: of tables that the undo makes anew. */
  readonly rowsAfter: Readonly<Record<string, string>>;
  /** Keys of what the rehearsal could not put back; they are not compared. */
  readonly left: readonly string[];
  readonly because: readonly string[];
}

const state = z.record(z.string(), z.string().nullable());
const plan = z.strictObject({
  steps: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('sql'),
        text: z.string(),
        of: z.string(),
        soft: z.boolean(),
        rehearsal: z.string().nullable().optional(),
      }),
      z.strictObject({ kind: z.literal('load'), table: z.string() }),
      z.strictObject({ kind: z.literal('refill'), tables: z.array(z.string()) }),
      z.strictObject({ kind: z.literal('sequence'), sequence: z.string() }),
      z.strictObject({ kind: z.literal('refresh'), view: z.string() }),
    ]),
  ),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      part: z.string(),
      columns: z.array(z.string()),
      key: z.array(z.string()),
      fixed: z.array(z.string()),
    }),
  ),
  sequences: z.array(z.strictObject({ sequence: z.string(), value: z.string(), called: z.boolean() })),
  before: state,
  after: state,
  rowsAfter: z.record(z.string(), z.string()),
  left: z.array(z.string()),
  because: z.array(z.string()),
});

/** @throws ProtectError `SNAPSHOT_DAMAGED` */
export function decodePlan(written: string): UndoPlan {
  const parsed = plan.safeParse(parse(written));
  if (parsed.success) return parsed.data;
  throw new ProtectError('SNAPSHOT_DAMAGED', `its plan cannot be read: ${z.prettifyError(parsed.error)}`);
}

function parse(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw new ProtectError('SNAPSHOT_DAMAGED', 'its plan is not JSON', { cause });
  }
}
