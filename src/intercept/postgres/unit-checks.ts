/** What must hold of the connection before a unit is even submitted. */
import type { CredentialBroker, Placeholder } from '#action/credential';
import type { Catalog } from './catalog.js';
import { PostgresDoorError } from './errors.js';
import type { PostgresDoorLimits, PostgresResource } from './options.js';
import { askPreparedStatement } from './own-questions.js';
import type { PipelineSettings } from './pipeline-settings.js';
import { SqlState } from './sqlstates.js';
import type { UnitReading } from './unit-reading.js';
import type { UpstreamLink } from './upstream-link.js';

interface Connection {
  readonly broker: CredentialBroker;
  readonly resource: PostgresResource;
  readonly placeholder: Placeholder;
  readonly limits: PostgresDoorLimits;
}

/**
 * True while the placeholder that opened the connection may be used.
 *
 * FAIL-CLOSED: a placeholder that was revoked opens nothing any more, also on a connection that it has opened.
 */
export function isIssued({ broker, resource, placeholder }: Connection): boolean {
  return broker.placeholdersFor(resource.name).some(({ id }) => id === placeholder.id);
}

/**
 * @param preparedBytes kept for this connection if the unit's were kept too.
 * @throws PostgresDoorError `AGENT_REFUSED`: the connection must end; `STATEMENT_REFUSED`.
 */
export function checkConnection(connection: Connection, settings: PipelineSettings, preparedBytes: number): void {
  if (!isIssued(connection)) {
    throw new PostgresDoorError('AGENT_REFUSED', SqlState.invalidAuthorization, 'the placeholder was revoked', {
      hint: 'ask a person for a new one',
    });
  }
  // FAIL-CLOSED: with a client_encoding other than UTF8 or SQL_ASCII no statement runs: the server would read another text.
  if (!settings.encodingIsUtf8) {
    throw new PostgresDoorError(
      'STATEMENT_REFUSED',
      SqlState.featureNotSupported,
      'statements cannot be looked at while client_encoding is not UTF8',
      { hint: 'connect again, and leave client_encoding at UTF8' },
    );
  }
  if (preparedBytes > connection.limits.preparedBytes) {
    throw new PostgresDoorError(
      'STATEMENT_REFUSED',
      SqlState.programLimitExceeded,
      `prepared statements of more than ${connection.limits.preparedBytes} bytes on one connection`,
      { hint: 'close prepared statements that are not used any more, or connect again' },
    );
  }
}

/**
 * FAIL-CLOSED: a named statement whose text the server does not confirm is refused. SQL can rename what Parse named.
 *
 * @throws PostgresDoorError `STATEMENT_REFUSED`; `UPSTREAM_LOST`
 */
export async function checkNames(
  reading: Pick<UnitReading, 'statements' | 'uses'>,
  catalog: Catalog,
  link: UpstreamLink,
): Promise<void> {
  for (const name of reading.uses) {
    if (!catalog.isUncertain(name)) continue;
    // In a failed transaction only its end can run, and nothing can be asked.
    if (link.status === 'E' && !link.pipelineOpen && reading.statements.length === 1) continue;
    const text = await askPreparedStatement(link, name);
    if (text === undefined || text !== catalog.statement(name)?.text) {
      catalog.dropStatement(name);
      throw new PostgresDoorError(
        'STATEMENT_REFUSED',
        SqlState.invalidStatementName,
        `prepared statement \`${name.slice(0, 64)}\` is not what was prepared under that name`,
        { hint: 'prepare it again' },
      );
    }
    catalog.verified(name);
  }
}
