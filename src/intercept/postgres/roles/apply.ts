/** Runs what `provisionSteps` says, in one transaction: all of it, or nothing. */
import { type SqlConnection, SqlError } from '#action/sql-connection';
import { PostgresDoorError } from '../errors.js';
import { type ProvisionPlan, provisionSteps } from './provision-sql.js';

/** How Neon says that it wants the password itself; it says so at COMMIT. */
const WANTS_PLAIN_PASSWORDS = /only supports being given plaintext passwords/i;

/**
 * @param connection an administrator's.
 * @throws PostgresDoorError `UPSTREAM_REFUSED` with the server's word on the command that failed; nothing was changed then.
 */
export async function applyProvision(connection: SqlConnection, plan: ProvisionPlan): Promise<void> {
  await connection.query('BEGIN');
  let doing = '';
  try {
    for (const { comment, commands } of provisionSteps(plan)) {
      [doing = ''] = comment.split('\n');
      for (const command of commands) await connection.query(command);
    }
    doing = 'COMMIT';
    await connection.query('COMMIT');
  } catch (thrown) {
    if (!(thrown instanceof SqlError)) throw thrown;
    await connection.query('ROLLBACK');
    // The step's words and not the command: with `plainPasswords` that has a password in it, and so may the message.
    const said = Object.values(plan.passwords).reduce(
      (text, secret) => text.replaceAll(secret, '[secret]'),
      thrown.message,
    );
    throw new PostgresDoorError('UPSTREAM_REFUSED', thrown.sqlState, `the server refused (${doing}): ${said}`, {
      hint: WANTS_PLAIN_PASSWORDS.test(thrown.message)
        ? 'nothing was changed; this server takes no verifiers: add --plain-passwords'
        : 'nothing was changed; is this role the owner of the database and of what is in it?',
    });
  }
}
