import type { Amount, Effect, Verb } from '#action/effect';
import { type Measurement, nameOf, type TableChange } from '#action/measurement';
import type { Undoable } from '#action/snapshot';

/**
 * The effects of an action once it was counted: what analysis could only guess of rows, and what it could not know at all,
 * gives way to what really happened. What a count cannot show (settings, grants, notifications) stays as it was read.
 *
 * @param environments of the database.
 */
export function measuredEffects(
  guessed: readonly Effect[],
  measurement: Measurement,
  undoable: Undoable,
  environments: readonly string[],
): readonly Effect[] {
  const stays = guessed.filter((effect) => !isAboutRows(effect) && effect.evidence !== 'unknown');
  // An UPDATE that reads as one of every row destroys as much as a deletion does.
  const overwrites = guessed.some(({ verb, amount }) => verb === 'destroy' && amount.count === 'all');
  const effects = [
    ...stays,
    ...measurement.tables.flatMap((table) => ofTable(table, overwrites, undoable, environments)),
    ...ofSchema(measurement, undoable, environments),
  ];
  if (effects.length > 0) return effects;
  const [first] = guessed;
  if (measurement.sequences.length > 0) return [movesSequences(measurement.sequences, environments)];
  return first === undefined
    ? []
    : [{ ...first, ...PLAIN_READ, environments, explain: 'changes nothing: it was run and counted' }];
}

/** Whether a function only took numbers, or set one anew, no count tells. */
function movesSequences(sequences: readonly string[], environments: readonly string[]): Effect {
  return {
    verb: 'write',
    resource: { kind: 'sequence', name: sequences.join(', ').slice(0, 200) },
    environments,
    amount: { unit: 'objects', count: sequences.length },
    reversible: 'yes',
    evidence: 'measured',
    explain: `moves ${sequences.join(', ')}, which no rollback takes back, and changes no rows`,
  };
}

const PLAIN_READ = {
  verb: 'read',
  amount: { unit: 'rows', count: 0 },
  reversible: 'yes',
  evidence: 'measured',
} satisfies Partial<Effect>;

function isAboutRows({ verb, resource }: Effect): boolean {
  return (verb === 'write' || verb === 'destroy') && resource.kind === 'table';
}

function ofTable(
  table: TableChange,
  overwrites: boolean,
  undoable: Undoable,
  environments: readonly string[],
): readonly Effect[] {
  const name = nameOf(table);
  const make = (verb: Verb, count: number, words: string): readonly Effect[] => {
    if (count === 0) return [];
    return [
      {
        verb,
        resource: { kind: 'table', name },
        environments,
        amount: { unit: 'rows', count },
        reversible: reversibleBy(undoable),
        evidence: 'measured',
        explain: words,
      },
    ];
  };
  return [
    ...make('destroy', table.deleted, `deletes ${rows(table.deleted)} of ${name}`),
    ...make(
      overwrites ? 'destroy' : 'write',
      table.updated,
      `${overwrites ? 'overwrites' : 'updates'} ${rows(table.updated)} of ${name}`,
    ),
    ...make('write', table.inserted, `inserts ${rows(table.inserted)} into ${name}`),
  ];
}

/** DDL and TRUNCATE where the text announced none: somebody's function did it. */
function ofSchema(
  { catalogs, exclusive }: Measurement,
  undoable: Undoable,
  environments: readonly string[],
): readonly Effect[] {
  if (catalogs.length === 0 && exclusive.length === 0) return [];
  const sum = catalogs.reduce((total, { rows: count }) => total + count, 0);
  const where = exclusive.length === 0 ? catalogs.map(({ name }) => name).join(', ') : exclusive.join(', ');
  const amount: Amount = { unit: 'objects', count: 'unknown' };
  return [
    {
      verb: 'destroy',
      resource: { kind: 'schema', name: where.slice(0, 200) },
      environments,
      amount,
      reversible: reversibleBy(undoable),
      evidence: 'measured',
      explain:
        exclusive.length === 0
          ? `changes ${rows(sum)} of the system catalogs (${where}), which its text does not say`
          : `empties or changes the definition of ${where}, which its text does not say`,
    },
  ];
}

/** Only what can be undone whole counts as undoable. */
export function reversibleBy(undoable: Undoable): Effect['reversible'] {
  return undoable.answer === 'yes' ? 'snapshot' : 'no';
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count.toLocaleString('en-GB')} rows`;
}
