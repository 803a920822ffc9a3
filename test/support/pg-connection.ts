/** A SqlConnection of a test's own, over node-postgres. */
import { Client, DatabaseError } from 'pg';
import { type SqlConnection, SqlError } from '#action/sql-connection';

export interface TestConnection extends SqlConnection {
  /** Several commands at once, without values. */
  script(text: string): Promise<void>;
  close(): Promise<void>;
}

/** @param connectionString as of `ScratchPostgres.connectionString` */
export async function connectPg(connectionString: string): Promise<TestConnection> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined); // A server that a test stops is noticed by the next query.
  await client.connect();
  const asSqlError = (thrown: unknown): never => {
    if (thrown instanceof DatabaseError) throw new SqlError(thrown.code ?? 'XX000', thrown.message);
    throw thrown;
  };
  return {
    async query(text, values = []) {
      const result = await client
        .query<(string | null)[]>({
          text,
          values: [...values],
          rowMode: 'array',
          types: { getTypeParser: () => (value: string) => value },
        })
        .catch(asSqlError);
      return { rows: result.rows, tag: `${result.command} ${result.rowCount ?? 0}` };
    },
    async script(text) {
      await client.query(text).catch(asSqlError);
    },
    close: () => client.end(),
  };
}
