import type { DatabaseKeeper } from '#action/keeper';
import { type CoverageOptions, coverage, USUAL_COVERAGE } from './rows/coverage.js';
import { watchRows } from './rows/keep-rows.js';
import { beforeSchema } from './schema/keep.js';

/** Keeps what an act on PostgreSQL (14 or later) is about to change: rows by cursors, the schema by its definitions. */
export function postgresKeeper(options: CoverageOptions = USUAL_COVERAGE): DatabaseKeeper {
  return {
    undoable: (connection, measurement) => coverage(connection, measurement, options),
    beforeRows: (connection, tables) => watchRows(connection, tables, options),
    beforeSchema,
  };
}
