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
  add(session: string, environments: readonly string[], rows: number): void;
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
      if (rows === 0) return;
      for (const environment of new Set(environments)) {
        const key = keyOf(session, environment);
        changes.set(key, [...recent(key), { at: clock.now(), rows }]);
      }
    },
  };
}

/** Every row that is changed in any way. */
export function changedRows({ tables }: Measurement): number {
  return tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
}
