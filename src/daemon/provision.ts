/** `firebreak db provision`: the three roles of a database, their secrets in the vault, and the proof that they fit. */
import { createHash } from 'node:crypto';
import type { Credential } from '#action/credential';
import type { IssuedPlaceholder, Operations } from '#action/operations';
import { FirebreakError } from '#base/errors';
import { randomText } from '#base/ids';
import { Secret } from '#base/secret';
import type { Provisioned, ProvisionRequest } from '#cli/services';
import { applyProvision } from '#intercept/postgres/roles/apply';
import { type ProvisionPlan, provisionSql } from '#intercept/postgres/roles/provision-sql';
import { LANES, type Lane } from '#intercept/postgres/roles/report';
import { type Survey, survey } from '#intercept/postgres/roles/survey';
import type { Vault } from '#secrets/vault';
import { checkRoles } from './check-roles.js';
import { type GuardedDatabase, secretNameOf, sharedSecrets, withLogin } from './database-login.js';
import { isLoopback } from './settings.js';

const CONNECT_MILLISECONDS = 15_000;
/** 160 random bits. */
const PASSWORD_LENGTH = 32;
/** Bytes of an identifier (documentation, "Identifiers and Key Words"). */
const LONGEST_NAME = 63;

export interface ProvisionTools {
  readonly vault: Vault;
  /** Opened when there is something to keep. */
  readonly operations: () => Promise<Operations & { close(): Promise<void> }>;
}

interface LaneSecret {
  readonly lane: Lane;
  readonly secret: string;
  readonly user: string;
  readonly password: string;
  /** What the vault must be told. */
  readonly change: 'none' | 'add' | 'replace';
}

/** @throws FirebreakError `USAGE`, `SECRET_OF_ANOTHER`, `SECRET_SHARED`, `PASSWORD_EXPOSED`, and what logins throw. */
export async function provision(
  database: GuardedDatabase,
  request: ProvisionRequest,
  tools: ProvisionTools,
): Promise<Provisioned> {
  if (sharedSecrets(database).length > 0) {
    throw new FirebreakError('SECRET_SHARED', `two lanes of \`${database.name}\` name the same secret`, {
      hint: 'give `credentials.read`, `.write` and `.owner` in firebreak.yaml a name each',
    });
  }
  const secrets = await Promise.all(LANES.map((lane) => secretOf(database, lane, request.replace, tools.vault)));
  const by = <T>(pick: (secret: LaneSecret) => T) => byLane((lane) => pick(only(secrets, lane)));
  const names = by(({ user }) => user);
  const admin = await adminOf(request, tools.vault);
  if (request.apply && admin === undefined) {
    throw new FirebreakError('USAGE', 'somebody who may make roles is needed', {
      hint: 'name a secret of the vault with --as, or a user with --user',
    });
  }
  if (request.plainPasswords) refuseExposure(database, request);

  // The password itself never leaves for a screen: only its verifier does.
  const plan = (found: Survey): ProvisionPlan => ({
    survey: found,
    schemas: chosenSchemas(found, request.schemas),
    names,
    passwords: by(({ password }) => password),
    plainPasswords: request.plainPasswords,
    takeOwnership: request.takeOwnership,
  });
  const missing = LANES.filter((lane) => database.credentials[lane] === undefined);
  const about = {
    resource: database.name,
    roles: names,
    configure: missing.map((lane) => `${lane}: ${secretNameOf(database, lane)}`),
  };

  if (!request.apply) {
    const looker = admin ?? (await anyLogin(database, tools.vault));
    const found =
      looker === undefined
        ? unseen(database.upstream.database, request.schemas)
        : await withLogin(database, looker.name, looker.credential, CONNECT_MILLISECONDS, (connection) =>
            survey(connection, names),
          );
    const planned = plan(admin === undefined ? trusting(found) : found);
    const sql = provisionSql(planned);
    // Kept before it is shown: SQL that was run with a password that nobody has makes a role that nobody can use.
    const placeholders = await keep(secrets, tools);
    return { ...about, sql, applied: false, checks: [], placeholders, notes: notesOf(planned, looker !== undefined) };
  }

  const planned = await withLogin(
    database,
    admin?.name ?? '',
    admin?.credential ?? NOBODY,
    CONNECT_MILLISECONDS,
    async (connection) => {
      const made = plan(await survey(connection, names));
      await applyProvision(connection, made);
      return made;
    },
  );
  // Kept after it was done: should this fail, the next run finds the vault as it was and sets the passwords anew.
  const placeholders = await keep(secrets, tools);
  const checks = await checkRoles(
    { ...database, credentials: byLane((lane) => secretNameOf(database, lane)) },
    tools.vault,
    CONNECT_MILLISECONDS,
  );
  return { ...about, sql: undefined, applied: true, checks, placeholders, notes: notesOf(planned, true) };
}

const NOBODY: Credential = { user: undefined, secret: new Secret('') };

function byLane<T>(pick: (lane: Lane) => T): Readonly<Record<Lane, T>> {
  return { read: pick('read'), write: pick('write'), owner: pick('owner') };
}

function only(secrets: readonly LaneSecret[], lane: Lane): LaneSecret {
  const found = secrets.find((one) => one.lane === lane);
  if (found === undefined) throw new TypeError(`no secret for the lane ${lane}`);
  return found;
}

/** A password that the vault has for our role is used again, so that a second run changes nothing. */
async function secretOf(database: GuardedDatabase, lane: Lane, replace: boolean, vault: Vault): Promise<LaneSecret> {
  const secret = secretNameOf(database, lane);
  const user = roleName(database.name, lane);
  const fresh = { lane, secret, user, password: randomText(PASSWORD_LENGTH) };
  if (!vault.has('credentials', secret)) return { ...fresh, change: 'add' };
  const kept = await vault.read('credentials', secret);
  if (kept.user === user) return { ...fresh, password: kept.secret.reveal(), change: 'none' };
  if (replace) return { ...fresh, change: 'replace' };
  throw new FirebreakError(
    'SECRET_OF_ANOTHER',
    `the secret \`${secret}\` is the password of ${kept.user ?? 'nobody in particular'}, and not of ${user}`,
    {
      hint: `keep that password under another name (\`firebreak secrets add\`, for --as), then add --replace`,
    },
  );
}

/** Roles are of the whole server: the resource's name tells those of two databases apart. */
export function roleName(resource: string, lane: Lane): string {
  const name = `firebreak_${resource.replaceAll('-', '_')}_${lane}`;
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(resource).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - digest.length - lane.length - 2)}_${digest}_${lane}`;
}

interface NamedCredential {
  readonly name: string;
  readonly credential: Credential;
}

async function adminOf({ admin }: ProvisionRequest, vault: Vault): Promise<NamedCredential | undefined> {
  if (admin === undefined) return undefined;
  if (admin.kind === 'secret') return { name: admin.name, credential: await vault.read('credentials', admin.name) };
  return { name: admin.user, credential: { user: admin.user, secret: new Secret(admin.password) } };
}

/** A login that can at least look at the catalogs. */
async function anyLogin(database: GuardedDatabase, vault: Vault): Promise<NamedCredential | undefined> {
  for (const lane of LANES) {
    const name = database.credentials[lane];
    if (name === undefined || !vault.has('credentials', name)) continue;
    const credential = await vault.read('credentials', name);
    const works = await withLogin(database, name, credential, CONNECT_MILLISECONDS, async () => true).catch(
      () => false,
    );
    if (works) return { name, credential };
  }
  return undefined;
}

function refuseExposure({ upstream }: GuardedDatabase, { apply }: ProvisionRequest): void {
  // FAIL-CLOSED: a password itself is neither printed nor sent where somebody could read it.
  if (apply && (upstream.tls.mode === 'verify-full' || isLoopback(upstream.host))) return;
  throw new FirebreakError('PASSWORD_EXPOSED', '--plain-passwords sends the passwords themselves to the server', {
    hint: 'it goes with --apply only, and with `tls: verify-full`',
  });
}

/** A survey by a role that is not the one who will run the SQL says nothing of what that one may do. */
function trusting(found: Survey): Survey {
  return {
    ...found,
    databaseGrantable: true,
    schemas: found.schemas.map((schema) => ({ ...schema, owned: true, grantable: true })),
    owners: found.owners.map((owner) => ({ ...owner, grantable: true, lendable: true })),
  };
}

/** Nobody could look: one open question less is worth more than a guess that breaks something. */
function unseen(database: string, schemas: readonly string[]): Survey {
  const named = schemas.length === 0 ? ['public'] : schemas;
  return {
    database,
    version: 0,
    superuser: false,
    databaseGrantable: true,
    ownerOwns: false,
    schemas: named.map((name) => ({ name, owned: true, grantable: true, open: false })),
    owners: [],
    rowSecurity: [],
    logins: [],
  };
}

function chosenSchemas({ schemas }: Survey, wanted: readonly string[]): readonly string[] {
  if (wanted.length === 0) return schemas.filter(({ grantable }) => grantable).map(({ name }) => name);
  const unknown = wanted.find((name) => !schemas.some((schema) => schema.name === name));
  if (unknown === undefined) return wanted;
  throw new FirebreakError('USAGE', `the database has no schema \`${unknown}\``, {
    hint: `it has ${schemas.map(({ name }) => name).join(', ')}`,
  });
}

/** How many tables a note names. */
const NAMED = 3;

function notesOf({ survey: found, schemas }: ProvisionPlan, seen: boolean): readonly string[] {
  const left = found.schemas.filter(({ name }) => !schemas.includes(name)).map(({ name }) => name);
  return [
    ...(seen
      ? []
      : [
          'nobody could look at the database: who owns its tables and what else is in it is not in this SQL (--as, --user)',
        ]),
    ...(found.rowSecurity.length === 0
      ? []
      : [
          `row security is on for ${found.rowSecurity.length} tables (${found.rowSecurity.slice(0, NAMED).join(', ')}${found.rowSecurity.length > NAMED ? ' ...' : ''}): the roles see in them what a policy gives them, which is nothing until one names them`,
        ]),
    ...(left.length === 0
      ? []
      : [`left out, because the role that runs this may not grant there or nobody asked: ${left.join(', ')}`]),
  ];
}

async function keep(secrets: readonly LaneSecret[], tools: ProvisionTools): Promise<readonly IssuedPlaceholder[]> {
  const changed = secrets.filter(({ change }) => change !== 'none');
  if (changed.length === 0) return [];
  const operations = await tools.operations();
  try {
    const issued: IssuedPlaceholder[] = [];
    for (const { secret: name, user, password, change } of changed) {
      if (change === 'add') issued.push(...(await operations.addSecret({ name, user, secret: password })));
      else await operations.rotateSecret({ name, user, secret: password });
    }
    return issued;
  } finally {
    await operations.close();
  }
}
