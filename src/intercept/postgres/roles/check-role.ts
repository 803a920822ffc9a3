/** Is this role what its lane needs, and no more? The walls of the lanes are the server's; this says where they have holes. */
import type { SqlConnection } from '#action/sql-connection';
import { judgeGrantOptions, judgePrivileges, privilegesOf } from './judge-privileges.js';
import { judgeOwned, judgeReach, judgeServer } from './judge-role.js';
import { readLogin } from './login-facts.js';
import { judgeOwnership } from './owner-facts.js';
import { readOwned, readPrivileges } from './privilege-facts.js';
import type { Lane, RoleFinding, RoleReport } from './report.js';

/**
 * Judges the role that this connection is logged in as. Reads the catalogs only, safe against any `search_path`; three or
 * four short queries.
 *
 * FAIL-CLOSED: what makes a role more than its lane needs is a finding of severity `refuse`.
 *
 * @throws SqlError or whatever the connection throws: a role that could not be checked is not a good one.
 */
export async function checkRole(connection: SqlConnection, lane: Lane): Promise<RoleReport> {
  const login = await readLogin(connection);
  const reach = login.reach.map(({ oid }) => oid);
  const findings: RoleFinding[] = [...judgeServer(login), ...judgeReach(login, lane)];
  const privileges = await readPrivileges(connection, reach, login.serverVersion, privilegesOf(lane));
  if (lane === 'owner') findings.push(...(await judgeOwnership(connection, login.role, reach)));
  else findings.push(...judgeOwned(await readOwned(connection, reach), login));
  findings.push(...judgePrivileges(privileges, lane), ...judgeGrantOptions(privileges, lane));
  return {
    lane,
    role: login.role,
    serverVersion: login.serverVersion,
    findings: [...findings.filter(isRefusal), ...findings.filter((finding) => !isRefusal(finding))],
  };
}

const isRefusal = ({ severity }: RoleFinding) => severity === 'refuse';
