/** SQL in a command is judged by the analysis of the PostgreSQL door: one verdict however it travels. */
import { type Effect, NO_AMOUNT } from '#action/effect';
import type { AnalysisContext } from '../../analysis.js';
import { analyzeSql } from '../../sql/analyze-sql.js';
import { UNKNOWN_PART } from '../argument.js';
import { readSqlOf } from '../code/sql-dialects.js';
import type { SqlFinding } from '../finding.js';
import type { Outcome } from './files.js';

export function sqlOutcome(finding: SqlFinding, context: AnalysisContext): Outcome {
  if (finding.text.text.replaceAll(UNKNOWN_PART, '').trim() === '' && finding.text.certainty === 'unknown') {
    return { effects: [unread(finding, context)], losses: [] };
  }
  const read = readSqlOf(finding);
  if ('reads' in read) return { effects: [], losses: [] };
  const effects = read.flatMap(
    ({ text }) => analyzeSql({ kind: 'sql', statements: [{ text, parameters: [] }] }, new Map(), context).effects,
  );
  return { effects, losses: [] };
}

/** FAIL-CLOSED: SQL that nobody can see waits for a person. */
function unread({ by, text }: SqlFinding, { environments }: AnalysisContext): Effect {
  return {
    verb: 'execute',
    resource: { kind: 'database', name: by },
    environments,
    amount: NO_AMOUNT,
    reversible: 'unknown',
    evidence: 'unknown',
    explain: `sends ${text.written} to a database, and what that is nobody can tell`,
  };
}
