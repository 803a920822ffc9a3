/** What is wrong with the role that a lane would use, as data. */

/** Which of a database's three logins: reads, rows, or definitions. */
export type Lane = 'read' | 'write' | 'owner';

export const LANES: readonly Lane[] = ['read', 'write', 'owner'];

export interface RoleReport {
  readonly lane: Lane;
  /** The role that logged in (`session_user`): whatever SET ROLE was run since, RESET ROLE leads back to it. */
  readonly role: string;
  /** As `server_version_num`: 150008 is 15.8. */
  readonly serverVersion: number;
  /** Refusals first. */
  readonly findings: readonly RoleFinding[];
}

export interface RoleFinding {
  /** `refuse`: on a protected environment the lane does not open with this role. */
  readonly severity: 'refuse' | 'warn';
  /** What the role can do, or what the server lacks. */
  readonly what: string;
  /** What an agent, or a mistake of ours, could do with that. */
  readonly why: string;
  /** SQL that ends it, for an administrator. */
  readonly fix: string;
}

/** True when the lane may open on a protected environment. */
export function isFit(report: RoleReport): boolean {
  return report.findings.every(({ severity }) => severity !== 'refuse');
}
