import { STEADY_FUNCTIONS } from './builtin-functions.js';
import { type Finding, tryable, unforeseen } from './findings.js';
import { ADVISORY_LOCK, DENIED, HARMLESS_VOLATILE, SLEEP } from './function-lists.js';
import { dotted, nameParts, settingName, shown, shownText } from './names.js';
import { judgeSetting } from './settings.js';
import { children, constantOf, type Node, type Tree } from './tree.js';

export interface CallJudgement {
  /** Undefined: its value is all that it is. */
  readonly finding: Finding | undefined;
  /** False for what can only happen when the statement runs; a plan may already call what is declared immutable. */
  readonly whenPlanned: boolean;
  readonly changesReading: boolean;
}

const HARMLESS: CallJudgement = { finding: undefined, whenPlanned: false, changesReading: false };

/**
 * Judges a call by name: PostgreSQL's own functions that are nothing but values pass, everything else may do anything.
 *
 * Not seen, and left to privilege and measurement: functions behind operators, casts and input functions of user-made
 * types; `t.f`, which calls f(t) when t has no column f; and a user-made overload of a built-in name that fits the
 * arguments better. Each needs a CREATE first, which is held on its own.
 */
export function judgeCall(call: Node): CallJudgement {
  const parts = nameParts(call, 'funcname');
  const builtin = builtinName(parts);
  if (builtin === undefined) return unknownCall(parts);
  const args = children(call, 'args');
  const special = judgeSpecial(builtin, args);
  if (special !== undefined) return special;
  const denied = DENIED.find(([name]) => name.test(builtin));
  if (denied !== undefined) return running(unforeseen(resourceOf(parts), `calls ${dotted(parts)}(), ${denied[1]}`));
  if (STEADY_FUNCTIONS.has(builtin) || HARMLESS_VOLATILE.has(builtin)) return HARMLESS;
  return unknownCall(parts);
}

/** The name of a function that may be PostgreSQL's own: unqualified, or qualified with pg_catalog. */
function builtinName(parts: readonly string[]): string | undefined {
  if (parts.length === 1) return parts[0];
  return parts.length === 2 && parts[0] === 'pg_catalog' ? parts[1] : undefined;
}

/** A call of a function that nobody here knows. FAIL-CLOSED: an unknown function may change anything. */
export function unknownCall(parts: readonly string[]): CallJudgement {
  const finding = tryable(resourceOf(parts), `calls the function ${dotted(parts)}(), whose body may change anything`);
  return { finding, whenPlanned: true, changesReading: false };
}

function judgeSpecial(name: string, args: readonly Tree[]): CallJudgement | undefined {
  if (name === 'set_config') return judgeSetConfig(args);
  if (name === 'nextval' || name === 'setval') {
    const literal = constantOf(args[0]);
    const sequence = literal === undefined ? 'a sequence' : `sequence ${shownText(literal)}`;
    return running({
      verb: 'write',
      resource: { kind: 'sequence', name: literal === undefined ? 'unknown' : shownText(literal) },
      amount: { unit: 'objects', count: 1 },
      // A sequence never goes back by itself, nor with a rollback, and gaps harm nobody; a moved one can be moved back.
      reversible: name === 'nextval' ? 'yes' : 'snapshot',
      evidence: 'parsed',
      explain: name === 'nextval' ? `takes numbers from ${sequence}` : `sets ${sequence} to another number`,
    });
  }
  if (name === 'pg_notify') return running(notification(constantOf(args[0])));
  if (ADVISORY_LOCK.test(name)) return running(harmlessCall(name, 'which other sessions may have to wait for'));
  if (SLEEP.test(name)) return running(harmlessCall(name, 'which only waits'));
  return undefined;
}

/**
 * What pg_dump sets, by `SELECT set_config(name, ...) FROM pg_settings WHERE name = ...`, on the servers that know the setting
 * (pg_dump.c, `set_restrict_relation_kind`). No setting that could do harm takes this value, so the name need not be proved.
 */
const PG_DUMP_RESTRICTS = { name: 'restrict_nonsystem_relation_kind', value: 'view, foreign-table' } as const;

function judgeSetConfig(args: readonly Tree[]): CallJudgement {
  const restricts = constantOf(args[1]) === PG_DUMP_RESTRICTS.value;
  const name = constantOf(args[0]) ?? (restricts ? PG_DUMP_RESTRICTS.name : undefined);
  if (name === undefined) {
    const explain = 'calls set_config() on a setting that the text does not name';
    return { ...running(unforeseen({ kind: 'function', name: 'set_config' }, explain)), changesReading: true };
  }
  const value = constantOf(args[1]);
  const { changesReading, ...told } = judgeSetting(name, value === undefined ? undefined : [value]);
  const resource = { kind: 'setting', name: settingName(name) };
  return { ...running({ ...told, resource, reversible: 'yes', evidence: 'parsed' }), changesReading };
}

/** NOTIFY and pg_notify: the message leaves with the commit and cannot be called back. */
export function notification(channel: string | undefined): Finding {
  const name = channel === undefined ? 'unknown' : shown(channel);
  return {
    verb: 'write',
    resource: { kind: 'channel', name },
    amount: { unit: 'objects', count: 1 },
    reversible: 'no',
    evidence: 'parsed',
    explain: `sends a notification on ${channel === undefined ? 'a channel' : `channel ${name}`}`,
  };
}

function harmlessCall(name: string, meaning: string): Finding {
  const resource = { kind: 'function', name };
  return { verb: 'read', resource, reversible: 'yes', evidence: 'parsed', explain: `calls ${name}(), ${meaning}` };
}

function running(finding: Finding): CallJudgement {
  return { finding, whenPlanned: false, changesReading: false };
}

function resourceOf(parts: readonly string[]): Finding['resource'] {
  return { kind: 'function', name: dotted(parts) };
}
