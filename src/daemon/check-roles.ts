/** Checks the roles behind a database's lanes by logging in with each. */
import { FirebreakError, messageOf } from '#base/errors';
import type { Finding, LaneCheck } from '#cli/services';
import { checkRole } from '#intercept/postgres/roles/check-role';
import { outsideReach } from '#intercept/postgres/roles/outside-reach';
import { isFit, LANES, type Lane } from '#intercept/postgres/roles/report';
import type { Vault } from '#secrets/vault';
import { type GuardedDatabase, sharedSecrets, withLogin } from './database-login.js';

/** Every lane, in order. What cannot be reached or has no credential is said, and is no exception. */
export async function checkRoles(
  database: GuardedDatabase,
  vault: Vault,
  connectMs: number,
): Promise<readonly LaneCheck[]> {
  return Promise.all(LANES.map((lane) => checkLane(database, vault, connectMs, lane)));
}

async function checkLane(database: GuardedDatabase, vault: Vault, connectMs: number, lane: Lane): Promise<LaneCheck> {
  const secret = database.credentials[lane];
  const unchecked = (problem: string, hint: string | undefined): LaneCheck => ({
    lane,
    secret,
    role: undefined,
    fit: false,
    findings: [],
    outside: [],
    problem,
    hint,
  });
  if (secret === undefined) {
    return unchecked(
      `credentials.${lane} is not in the configuration`,
      `\`firebreak db provision ${database.name}\` makes a role for it`,
    );
  }
  if (!vault.has('credentials', secret)) {
    return unchecked(`the vault has no secret \`${secret}\``, `\`firebreak db provision ${database.name}\` makes one`);
  }
  try {
    const credential = await vault.read('credentials', secret);
    return await withLogin(database, secret, credential, connectMs, async (connection) => {
      const report = await checkRole(connection, lane);
      const { ways } = await outsideReach(connection);
      const shared = sharedSecrets(database);
      const findings = shared.includes(lane)
        ? [...report.findings, oneForAll(shared.filter((other) => other !== lane))]
        : report.findings;
      return {
        lane,
        secret,
        role: report.role,
        fit: isFit(report),
        findings,
        outside: ways,
        problem: undefined,
        hint: undefined,
      };
    });
  } catch (error) {
    return unchecked(messageOf(error), error instanceof FirebreakError ? error.hint : undefined);
  }
}

const oneForAll = (others: readonly Lane[]): LaneCheck['findings'][number] => ({
  severity: 'warn',
  what: `is the login of ${others.join(' and ')} too`,
  why: 'lanes with one login have one wall: what one may do, the other may',
  fix: '-- `firebreak db provision` makes a role for each',
});

/** What the checks come to, for `firebreak doctor`: in words, worst first. */
export function summarise(database: GuardedDatabase, checks: readonly LaneCheck[]): readonly Finding[] {
  const { name, environment } = database;
  const place = `${name} (${environment})`;
  const findings = checks.flatMap((check): readonly Finding[] => {
    if (check.problem !== undefined) {
      return [{ level: 'warning', what: `${place}, ${check.lane}: ${check.problem}`, hint: check.hint }];
    }
    return check.findings.map(({ severity, what, fix }) => ({
      level: severity === 'refuse' && database.protected ? 'problem' : 'warning',
      what: `${place}, ${check.lane}: the role ${check.role ?? ''} ${what}`,
      hint: fix.split('\n')[0],
    }));
  });
  const [outside = []] = checks.map((check) => check.outside).filter((ways) => ways.length > 0);
  if (outside.length > 0) {
    findings.push({
      level: 'warning',
      what: `${place}: out of reach of a rollback: ${outside.map((way) => way.name).join(', ')}`,
      hint: 'calls of functions are not tried out there; they are held without numbers',
    });
  }
  const fit = checks.filter((check) => check.fit).map(({ lane }) => lane);
  if (fit.length === LANES.length && sharedSecrets(database).length === 0) {
    findings.unshift({
      level: 'ok',
      what: `${place}: reading, writing and defining have a role each, and none can do more; the server itself keeps the lanes apart`,
    });
  } else if (fit.length > 0) {
    findings.unshift({
      level: 'warning',
      what: `${place}: the server itself holds ${fit.length === 1 ? 'the lane' : 'the lanes'} ${fit.join(' and ')}; what else happens rests on Firebreak alone`,
      hint: `firebreak db provision ${name}`,
    });
  }
  return findings;
}
