/** The prepared statements and portals of one connection, as the server confirmed them. */
import type { SqlStatement } from '#action/action';

export interface Prepared {
  readonly text: string;
  readonly typeOids: readonly number[];
}

export class Catalog {
  readonly #statements = new Map<string, Prepared>();
  readonly #portals = new Map<string, SqlStatement>();
  /** Names whose text must be asked of the server before it is believed again. */
  readonly #uncertain = new Set<string>();
  #bytes = 0;

  /** Bytes kept, about. */
  get bytes(): number {
    return this.#bytes;
  }

  statement(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  portal(name: string): SqlStatement | undefined {
    return this.#portals.get(name);
  }

  isUncertain(name: string): boolean {
    return this.#uncertain.has(name);
  }

  prepared(name: string, statement: Prepared): void {
    this.dropStatement(name);
    this.#statements.set(name, statement);
    this.#bytes += sizeOfPrepared(statement);
  }

  bound(name: string, statement: SqlStatement): void {
    this.dropPortal(name);
    this.#portals.set(name, statement);
    this.#bytes += sizeOfPortal(statement);
  }

  dropStatement(name: string): void {
    const old = this.#statements.get(name);
    if (old === undefined) return;
    this.#statements.delete(name);
    this.#uncertain.delete(name);
    this.#bytes -= sizeOfPrepared(old);
  }

  dropPortal(name: string): void {
    const old = this.#portals.get(name);
    if (old === undefined) return;
    this.#portals.delete(name);
    this.#bytes -= sizeOfPortal(old);
  }

  /** Outside a transaction there is no portal (PostgreSQL documentation, "Extended Query Overview"). */
  transactionEnded(): void {
    for (const name of [...this.#portals.keys()]) this.dropPortal(name);
  }

  /**
   * These texts were sent. SQL's own PREPARE and DEALLOCATE share the names with the protocol's Parse and Close, and a
   * function may run them unseen, so that a name may now stand for another text.
   */
  executed(statements: readonly SqlStatement[]): void {
    if (statements.every(({ text }) => isTame(text))) return;
    for (const name of this.#statements.keys()) {
      // The unnamed statement cannot be reached by SQL: there is no empty identifier.
      if (name !== '') this.#uncertain.add(name);
    }
  }

  /** The server has said that this name still stands for its text. */
  verified(name: string): void {
    this.#uncertain.delete(name);
  }
}

/**
 * True for texts that provably touch no prepared statement: one plain query or transaction command, nothing called by name.
 * Everything else only costs a question to the server.
 */
function isTame(text: string): boolean {
  return (
    /^\s*(select|values|table|show|begin|start|commit|end|rollback|abort|savepoint|release)\b/i.test(text) &&
    !/[()]|;(?!\s*$)|\b(prepare|prepared|execute|deallocate|discard)\b/i.test(text)
  );
}

function sizeOfPrepared(statement: Prepared): number {
  return 256 + statement.text.length + 4 * statement.typeOids.length;
}

function sizeOfPortal(statement: SqlStatement): number {
  // The text is its prepared statement's.
  return statement.parameters.reduce((sum, { value }) => sum + 64 + (value?.length ?? 0), 256);
}
