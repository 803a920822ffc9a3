/**
 * What a unit's bytes would execute: Execute names a portal, the portal a statement, the statement a text. Reading the same
 * bytes again gives the same, which is how the door proves what it is about to send.
 */
import type { SqlAction, SqlParameter, SqlStatement } from '#action/action';
import { decodeBind, decodeExecute, decodeParse, decodeQuery, decodeTarget } from '#wire/postgres/client-messages';
import { PostgresWireError } from '#wire/postgres/errors';
import { Frontend } from '#wire/postgres/letters';
import type { Catalog, Prepared } from './catalog.js';
import { PostgresDoorError } from './errors.js';
import type { Expected } from './reply-tracker.js';
import { SqlState } from './sqlstates.js';

export interface UnitReading {
  /** In the order of execution; none: the unit only prepares, describes or closes. */
  readonly statements: readonly SqlStatement[];
  /** For each Bind and Execute in turn, what it would execute: a Bind only when no Execute of the unit uses its portal. */
  readonly ofExecutes: readonly (readonly SqlStatement[])[];
  /** The replies to follow; confirming them updates the catalogue. */
  readonly expected: readonly Expected[];
  /** Prepared statements of earlier units that it uses, but the unnamed one. */
  readonly uses: readonly string[];
}

/**
 * @param bytes whole messages.
 * @throws PostgresDoorError `STATEMENT_REFUSED`
 */
export function readUnit(bytes: Buffer, catalog: Catalog): UnitReading {
  try {
    return new Reading(catalog).read(bytes);
  } catch (thrown) {
    if (!(thrown instanceof PostgresWireError)) throw thrown;
    const state = thrown.code === 'TEXT_NOT_UTF8' ? SqlState.characterNotInRepertoire : SqlState.protocolViolation;
    throw refused(state, thrown.message, thrown.hint);
  }
}

/** The action of a unit that was read. */
export function actionOf(reading: UnitReading, resource: string, standardConformingStrings: boolean): SqlAction {
  const { statements } = reading;
  return { kind: 'sql', statements, resource, ...(standardConformingStrings ? {} : { standardConformingStrings }) };
}

class Reading {
  readonly #catalog: Catalog;
  /** What the messages so far would change: undefined for what they close. */
  readonly #prepared = new Map<string, Prepared | undefined>();
  readonly #bound = new Map<string, { statement: SqlStatement; executed: boolean } | undefined>();
  readonly #statements: (SqlStatement | { readonly ifUnused: { statement: SqlStatement; executed: boolean } })[] = [];
  readonly #expected: Expected[] = [];
  readonly #uses = new Set<string>();
  #renames = false;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  read(bytes: Buffer): UnitReading {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      this.#message(bytes.subarray(at, end));
      at = end;
    }
    const ofExecutes = this.#statements.map((item) => {
      if (!('ifUnused' in item)) return [item];
      return item.ifUnused.executed ? [] : [item.ifUnused.statement];
    });
    return { statements: ofExecutes.flat(), ofExecutes, expected: this.#expected, uses: [...this.#uses] };
  }

  #message(message: Buffer): void {
    const letter = message.readUInt8(0);
    switch (letter) {
      case Frontend.Query:
        this.#statements.push({ text: decodeQuery(message), parameters: [] });
        this.#expected.push({ letter });
        return;
      case Frontend.Parse: {
        const { statement: name, text, typeOids } = decodeParse(message);
        this.#prepared.set(name, { text, typeOids });
        this.#expected.push({ letter, confirmed: () => this.#catalog.prepared(name, { text, typeOids }) });
        return;
      }
      case Frontend.Bind:
        this.#bind(message);
        return;
      case Frontend.Execute:
        this.#execute(decodeExecute(message).portal);
        this.#expected.push({ letter });
        return;
      case Frontend.Describe:
        decodeTarget(message);
        this.#expected.push({ letter });
        return;
      case Frontend.Close:
        this.#close(message);
        return;
      case Frontend.Sync:
        this.#expected.push({ letter });
        return;
      case Frontend.Flush:
        return;
      default:
        throw refused(SqlState.protocolViolation, 'this message does not belong to a unit of work');
    }
  }

  #bind(message: Buffer): void {
    const { portal, statement: name, formats, values } = decodeBind(message);
    const prepared = this.#statement(name);
    const parameters = values.map(
      (value, index): SqlParameter => ({
        typeOid: prepared.typeOids[index] ?? 0,
        format: formats[index] ?? 0,
        value,
      }),
    );
    const bound = { statement: { text: prepared.text, parameters }, executed: false };
    this.#bound.set(portal, bound);
    // Binding plans the statement, and planning runs functions that claim to be immutable: a Bind whose portal this unit
    // does not execute counts as an execution.
    this.#statements.push({ ifUnused: bound });
    this.#expected.push({
      letter: Frontend.Bind,
      confirmed: () => this.#catalog.bound(portal, bound.statement),
    });
  }

  #statement(name: string): Prepared {
    const here = this.#prepared.has(name);
    const prepared = here ? this.#prepared.get(name) : this.#catalog.statement(name);
    // FAIL-CLOSED: a prepared statement that the door did not see is refused: its text is not known.
    if (prepared === undefined) {
      throw refused(
        SqlState.invalidStatementName,
        `prepared statement \`${shorten(name)}\` does not exist for Firebreak`,
        'prepare it with a Parse message on this connection; names made by SQL PREPARE are used by SQL EXECUTE only',
      );
    }
    if (name === '') return prepared;
    // FAIL-CLOSED: a named statement behind a command of the same unit that may rename statements is refused: nobody can
    // tell in between what the name stands for.
    if (this.#renames) {
      throw refused(
        SqlState.invalidStatementName,
        `prepared statement \`${shorten(name)}\` may have changed earlier in the same round trip`,
        'send a Sync between them',
      );
    }
    if (!here) this.#uses.add(name);
    return prepared;
  }

  #execute(portal: string): void {
    const here = this.#bound.get(portal);
    const statement = this.#bound.has(portal) ? here?.statement : this.#catalog.portal(portal);
    // FAIL-CLOSED: a portal that the door did not see bound is refused: what it runs is not known.
    if (statement === undefined) {
      throw refused(
        SqlState.invalidCursorName,
        `portal \`${shorten(portal)}\` does not exist for Firebreak`,
        'bind it with a Bind message on this connection; SQL cursors are read with FETCH',
      );
    }
    if (here !== undefined) here.executed = true;
    this.#statements.push(statement);
    if (mayRename(statement.text)) this.#renames = true;
  }

  #close(message: Buffer): void {
    const { kind, name } = decodeTarget(message);
    const catalog = this.#catalog;
    if (kind === 'statement') this.#prepared.set(name, undefined);
    else this.#bound.set(name, undefined);
    this.#expected.push({
      letter: Frontend.Close,
      confirmed: () => (kind === 'statement' ? catalog.dropStatement(name) : catalog.dropPortal(name)),
    });
  }
}

/** Commands that may make a name stand for another text. An extended statement is one command, so it begins with its word. */
function mayRename(text: string): boolean {
  const start = text.replace(/^(?:\s|--[^\n\r]*|\/\*(?:(?!\/\*)[\s\S])*?\*\/)+/, '');
  return /^(?:deallocate|discard|prepare|do|call|\/\*)/i.test(start);
}

function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}\u2026` : name;
}

function refused(sqlState: string, message: string, hint?: string): PostgresDoorError {
  return new PostgresDoorError('STATEMENT_REFUSED', sqlState, message, hint === undefined ? {} : { hint });
}
