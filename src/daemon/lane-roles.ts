/** Looks at the roles behind a guarded database's lanes before the door uses them, and at what its functions could reach. */
import { FirebreakError, messageOf } from '#base/errors';
import type { Lane, PostgresResource } from '#intercept/postgres/options';
import { openOwnConnection } from '#intercept/postgres/own-connection';
import { checkRole } from '#intercept/postgres/roles/check-role';
import { outsideReach } from '#intercept/postgres/roles/outside-reach';
import { isFit } from '#intercept/postgres/roles/report';
import type { Broker } from '#secrets/broker';

export interface LaneRoles {
  /** @throws FirebreakError `ROLE_UNFIT` when the role may do more than its lane should; or why nobody could look. */
  admit(lane: Lane, resource: PostgresResource): Promise<void>;
  /** What its functions and triggers could reach that no rollback takes back, by name. */
  outside(resource: PostgresResource): Promise<readonly string[]>;
}

/** Roles and extensions change rarely; a change is noticed after this long, and at once by `firebreak doctor`. */
const REMEMBERED_MS = 60_000;
const CONNECT_MS = 10_000;

interface Looked {
  readonly at: number;
  readonly found: Promise<{ readonly outside: readonly string[] }>;
}

/** @param harmless extensions that the operator vouches for, by resource. */
export function createLaneRoles(
  broker: Broker,
  now: () => number,
  harmless: (resource: string) => readonly string[],
): LaneRoles {
  const looked = new Map<string, Looked>();

  async function look(lane: Lane, resource: PostgresResource): Promise<{ readonly outside: readonly string[] }> {
    const credential = lane === 'write' ? resource.credential : resource.lanes?.[lane];
    if (credential === undefined)
      throw new FirebreakError('ROLE_UNFIT', `\`${resource.name}\` has no ${lane} credential`);
    const connection = await openOwnConnection(
      { ...resource, credential },
      await (lane === 'owner' ? broker.onDemand(credential) : broker.credential(credential)),
      [['application_name', 'firebreak']],
      AbortSignal.timeout(CONNECT_MS),
    );
    try {
      const report = await checkRole(connection, lane);
      const [first] = report.findings;
      // FAIL-CLOSED: a role that may do more than its lane should opens no connection of a protected database.
      if (!isFit(report) && first !== undefined) {
        throw new FirebreakError(
          'ROLE_UNFIT',
          `the ${lane} role \`${report.role}\` of \`${resource.name}\`: ${first.what}`,
          {
            hint: `a person must mend it: \`firebreak db check ${resource.name}\` says how`,
          },
        );
      }
      const { names } = await outsideReach(connection);
      const vouched = harmless(resource.name).map((name) => `extension ${name}`);
      return { outside: names.filter((name) => !vouched.includes(name)) };
    } finally {
      await connection.close();
    }
  }

  function remembered(lane: Lane, resource: PostgresResource): Promise<{ readonly outside: readonly string[] }> {
    const key = `${resource.name} ${lane}`;
    const known = looked.get(key);
    if (known !== undefined && known.at > now() - REMEMBERED_MS) return known.found;
    const found = look(lane, resource).catch((error: unknown) => {
      looked.delete(key); // What is wrong may be mended in a moment.
      throw error instanceof FirebreakError ? error : new FirebreakError('ROLE_UNFIT', messageOf(error));
    });
    looked.set(key, { at: now(), found });
    return found;
  }

  return {
    async admit(lane, resource) {
      await remembered(lane, resource);
    },
    async outside(resource) {
      return (await remembered('write', resource)).outside;
    },
  };
}
