import type { Undoable } from '#action/snapshot';
import { visibleLine } from '#action/visible-text';

/** What became of a snapshot and of the act that it was made for. */
export type SnapshotState =
  /** It is being written. */
  | 'draft'
  /** It is whole; whether the act happened is not known yet. */
  | 'sealed'
  /** The act was done. */
  | 'done'
  /** The act was rolled back: there is nothing to undo, and the file is gone. */
  | 'unneeded'
  /** Nobody knows whether the act was done. */
  | 'uncertain'
  /** The act was done, and undone. */
  | 'undone'
  /** It is older than the configuration keeps them; the file is gone. */
  | 'expired';

/** A snapshot as people see it: plain JSON, and every text in it is safe to show. */
export interface SnapshotView {
  readonly id: string;
  readonly state: SnapshotState;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly actionId: string;
  readonly holdId?: string | undefined;
  readonly agent: string;
  /** Who undid it, or had it expire. */
  readonly endedBy?: string | undefined;
  readonly resource: string;
  readonly environments: readonly string[];
  /** What the act does, in one line. */
  readonly summary: string;
  /** Of the encrypted file; 0 when there is none. */
  readonly bytes: number;
  readonly undoable: Undoable;
  /** True when the file was looked at just now and is exactly what was sealed. */
  readonly checked: boolean;
  /** `can be undone: yes, checked` */
  readonly answer: string;
}

/**
 * Whether the act can be undone, in the words that people know: `can be undone: yes, checked`, `partly, because ...` or
 * `no, because ...`.
 */
export function undoableInWords({ answer, because }: Undoable, checked: boolean): string {
  const why = because.map(visibleLine).join('; ');
  if (answer === 'yes') return `can be undone: yes${checked ? ', checked' : ''}${why === '' ? '' : ` (${why})`}`;
  return `can be undone: ${answer}, because ${why || 'the reason was not kept'}`;
}
