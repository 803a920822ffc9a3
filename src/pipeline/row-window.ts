import type { Measurement } from '#action/measurement';
import type { Clock } from '#base/clock';

const MINUTE = 60_000;

/**
 * Rows that each session has changed lately in each environment. A thousand single-row deletes within a minute are one act:
 * limits count them together.
 */
export interface RowWindow {
  /** In the minute before now. */
  rowsOf(session: string, environment: string): number;
  /** @returns takes them back: they were not changed after all. */
  add(session: string, environments: readonly string[], rows: number): () => void;
}

export function createRowWindow(clock: Clock): RowWindow {
  const changes = new Map<string, { readonly at: number; readonly rows: number }[]>();
  const keyOf = (session: string, environment: string) => JSON.stringify([session, environment]);
  const recent = (key: string) => {
    const kept = (changes.get(key) ?? []).filter(({ at }) => at > clock.now() - MINUTE);
    if (kept.length === 0) changes.delete(key);
    else changes.set(key, kept);
    return kept;
  };
  return {
    rowsOf: (session, environment) => recent(keyOf(session, environment)).reduce((sum, { rows }) => sum + rows, 0),
    add(session, environments, rows) {
      const change = { at: clock.now(), rows };
      const keys = rows === 0 ? [] : [...new Set(environments)].map((environment) => keyOf(session, environment));
      for (const key of keys) changes.set(key, [...recent(key), change]);
      return () => {
        for (const key of keys) {
          changes.set(
            key,
            recent(key).filter((one) => one !== change),
          );
        }
      };
    },
  };
}

/** Every row that is changed in any way. */
export function changedRows({ tables }: Measurement): number {
  return tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
}
