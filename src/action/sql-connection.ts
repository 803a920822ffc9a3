/**
 * A database connection of Firebreak's own, or its own questions on an agent's connection between two of the agent's
 * statements. Values go in and come out as PostgreSQL's text representation.
 */
export interface SqlConnection {
  /**
   * Runs one command.
   *
   * @param values for `$1`, `$2`, ... as text; a list is written with `arrayLiteral`.
   * @throws SqlError what the server answered; anything else when the connection is gone.
   */
  query(text: string, values?: readonly (string | null)[]): Promise<SqlResult>;
}

export interface SqlResult {
  /** In the order of the columns; null is SQL NULL. */
  readonly rows: readonly SqlRow[];
  /** The command tag, such as `DELETE 3`. */
  readonly tag: string;
}

export type SqlRow = readonly (string | null)[];

/** The server's own error. */
export class SqlError extends Error {
  /** SQLSTATE, five characters. */
  readonly sqlState: string;

  constructor(sqlState: string, message: string) {
    super(message);
    this.name = 'SqlError';
    this.sqlState = sqlState;
  }
}

/** A one-dimensional array as PostgreSQL reads it (documentation, "Array Input and Output Syntax"). */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  const written = elements.map((element) =>
    element === null ? 'NULL' : `"${element.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`,
  );
  return `{${written.join(',')}}`;
}

/** A name as SQL writes it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"` */
export function quoteQualified({ schema, name }: QualifiedName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}
