/** `firebreak db` and what `firebreak doctor` says of databases: a real server, a real vault, no daemon. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Secret } from '#base/secret';
import { main } from '#cli/program';
import { roleName } from '#daemon/provision';
import { createServices } from '#daemon/services';
import { openVault } from '#secrets/vault';
import { type PreparedFirebreak, prepareFirebreak } from '../../demo/daemon-process.js';
import { type ScratchPostgres, startPostgres } from '../../demo/scratch-postgres.js';
import { connectPg, type TestConnection } from '../support/pg-connection.js';

let folder: string;
let postgres: ScratchPostgres;
let superuser: TestConnection;
let prepared: PreparedFirebreak;

const configText = (extra = '') => `version: 1
environments: { production: { protected: true }, staging: {} }
resources:
  orders-db:
    kind: postgres
    environment: production
    upstream: { host: ${postgres.host}, port: ${postgres.port}, database: orders }
    credentials: { write: orders-write, read: orders-read, owner: orders-owner }
${extra}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fb-provision-'));
  postgres = await startPostgres({ directory: join(folder, 'pg'), databases: ['orders'] });
  superuser = await connectPg(postgres.connectionString('orders'));
  await superuser.script(`CREATE ROLE app LOGIN PASSWORD 'the app''s'; CREATE TABLE orders (id serial PRIMARY KEY, a int);
    ALTER TABLE orders OWNER TO app; INSERT INTO orders (a) VALUES (1), (2)`);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await superuser?.close();
  await postgres?.stop('immediate');
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

let counter = 0;
beforeEach(async () => {
  counter += 1;
  prepared = await prepareFirebreak({
    folder: join(folder, `fb-${counter}`),
    config: configText(),
    approvers: [],
    secrets: [{ name: 'boss', user: postgres.superuser, secret: postgres.superuserPassword }],
  });
  vi.stubEnv('FIREBREAK_KEY_FILE', prepared.keyFile);
});

/** One command line in this process. */
async function fb(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      text[stream === 'stdout' ? 'out' : 'err'] += String(chunk);
      return true;
    }),
  );
  try {
    const where = ['--config', prepared.configFile, '--state', prepared.state.path];
    const status = await main(
      [...args, ...where],
      createServices(() => Promise.resolve(0)),
      '0',
    );
    return { status, ...text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function kept(name: string): Promise<{ user: string | undefined; secret: string } | undefined> {
  const identity = (await readFile(prepared.keyFile, 'utf8')).trim();
  const vault = await openVault(prepared.state.vault, { kind: 'identity', identity: new Secret(identity) });
  if (!vault.has('credentials', name)) return undefined;
  const { user, secret } = await vault.read('credentials', name);
  return { user, secret: secret.reveal() };
}

describe('firebreak db provision', () => {
  test('--apply makes the roles, keeps their passwords, logs in as each and finds nothing wrong', async () => {
    const first = await fb('db', 'provision', 'orders-db', '--apply', '--as', 'boss', '--json');
    expect(first.err).toBe('');
    expect(first.status).toBe(0);
    const { checks, applied } = JSON.parse(first.out);
    expect(applied).toBe(true);
    expect(
      checks.map(({ lane, role, fit, findings }: Record<string, unknown>) => ({ lane, role, fit, findings })),
    ).toEqual(
      ['read', 'write', 'owner'].map((lane) => ({
        lane,
        role: `firebreak_orders_db_${lane}`,
        fit: true,
        findings: [],
      })),
    );
    const secrets = await Promise.all(['orders-read', 'orders-write', 'orders-owner'].map(kept));
    for (const secret of secrets) expect(first.out).not.toContain(secret?.secret ?? 'nothing was kept');

    const again = await fb('db', 'provision', 'orders-db', '--apply', '--as', 'boss');
    expect(again).toMatchObject({ status: 0, err: '' });
    expect(again.out).toContain('owner: firebreak_orders_db_owner fits');
    expect(await Promise.all(['orders-read', 'orders-write', 'orders-owner'].map(kept))).toEqual(secrets);

    const checked = await fb('db', 'check', 'orders-db');
    expect(checked).toMatchObject({ status: 0, out: expect.stringContaining('read: firebreak_orders_db_read fits') });
    const doctor = await fb('doctor');
    expect(doctor.out).toContain('orders-db (production): reading, writing and defining have a role each');
  });

  test('prints SQL that an administrator runs by hand, and the roles then log in with what the vault has', async () => {
    const { status, out, err } = await fb('db', 'provision', 'orders-db', '--as', 'boss');
    expect(status).toBe(0);
    expect(err).toContain('They work when an administrator has run this SQL');
    expect(err).toMatch(/orders-db \(production\): fbk_production_/);
    const secrets = await Promise.all(['orders-read', 'orders-write', 'orders-owner'].map(kept));
    for (const secret of secrets) expect(out + err).not.toContain(secret?.secret ?? 'nothing was kept');
    await superuser.script(out);
    expect((await fb('db', 'check', 'orders-db')).status).toBe(0);
    // The same text again, for the passwords in the vault are used again.
    expect((await fb('db', 'provision', 'orders-db', '--as', 'boss')).out).toBe(out);
  });

  test('without anybody who could look it still prints, for the schemas that were named, and says so', async () => {
    const { status, out, err } = await fb('db', 'provision', 'orders-db', '--schema', 'sales"; DROP TABLE t; --');
    expect(status).toBe(0);
    expect(err).toContain('nobody could look at the database');
    expect(out).toContain('GRANT USAGE ON SCHEMA "sales""; DROP TABLE t; --" TO');
  });

  test('an administrator may be a user with a password that is asked for', async () => {
    vi.stubEnv('PGPASSWORD', postgres.superuserPassword);
    const { status, out } = await fb('db', 'provision', 'orders-db', '--apply', '--user', postgres.superuser);
    vi.stubEnv('PGPASSWORD', undefined);
    expect({ status, out }).toMatchObject({
      status: 0,
      out: expect.stringContaining('read: firebreak_orders_db_read fits'),
    });
    expect(await kept('orders-read')).toMatchObject({ user: 'firebreak_orders_db_read' });
  });

  test('a secret of another role is replaced only when that is asked for', async () => {
    prepared = await prepareFirebreak({
      folder: join(folder, 'fb-other'),
      config: configText(),
      approvers: [],
      secrets: [
        { name: 'boss', user: postgres.superuser, secret: postgres.superuserPassword },
        { name: 'orders-write', user: 'app', secret: "the app's" },
      ],
    });
    vi.stubEnv('FIREBREAK_KEY_FILE', prepared.keyFile);
    const refused = await fb('db', 'provision', 'orders-db', '--apply', '--as', 'boss');
    expect(refused).toMatchObject({ status: 1, err: expect.stringContaining('is the password of app') });
    expect(await kept('orders-write')).toEqual({ user: 'app', secret: "the app's" });
    expect(await kept('orders-read')).toBeUndefined();
    // The check says what is wrong with it until then.
    const checked = await fb('db', 'check', 'orders-db');
    expect(checked.status).toBe(1);
    expect(checked.out).toContain('write: app IS REFUSED on a protected environment');
    expect(checked.out).toContain('owns 2 relations: sequence orders_id_seq, table orders');
    const doctor = await fb('doctor');
    expect(doctor).toMatchObject({ status: 1, out: expect.stringContaining('the role app owns 2 relations') });
    expect((await fb('db', 'provision', 'orders-db', '--apply', '--as', 'boss', '--replace')).status).toBe(0);
    expect(await kept('orders-write')).toMatchObject({ user: 'firebreak_orders_db_write' });
  });

  test('nothing is kept when the server refuses', async () => {
    vi.stubEnv('PGPASSWORD', "the app's");
    const { status, err } = await fb('db', 'provision', 'orders-db', '--apply', '--user', 'app');
    vi.stubEnv('PGPASSWORD', undefined);
    expect(status).toBe(1);
    expect(err).toMatch(/the server refused .*nothing was changed/s);
    expect(await kept('orders-read')).toBeUndefined();
  });

  test('a password itself is neither printed nor sent where somebody could read it', async () => {
    const printed = await fb('db', 'provision', 'orders-db', '--plain-passwords', '--as', 'boss');
    expect(printed).toMatchObject({ status: 1, out: '', err: expect.stringContaining('--apply only') });
    const sent = await fb('db', 'provision', 'orders-db', '--plain-passwords', '--apply', '--as', 'boss');
    expect(sent).toMatchObject({ status: 0 }); // Loopback.
    await writeFile(prepared.configFile, configText().replace(/host: [\d.]+, /, 'host: db.invalid, tls: require, '));
    const far = await fb('db', 'provision', 'orders-db', '--plain-passwords', '--apply', '--as', 'boss');
    expect(far).toMatchObject({ status: 1, err: expect.stringContaining('`tls: verify-full`') });
  });

  test.each([
    ['db provision nothing', /no database is called `nothing`.*it has orders-db/s],
    ['db provision orders-db --apply', /somebody who may make roles is needed/],
    ['db provision orders-db --as boss --user app', /both say who/],
    ['db provision orders-db --as boss --schema none', /the database has no schema `none`.*public/s],
  ])('%s is a usage error', async (line, message) => {
    expect(await fb(...line.split(' '))).toMatchObject({ status: 2, out: '', err: expect.stringMatching(message) });
  });
});

test('two lanes with one secret are not provisioned, and the check says that they share a wall', async () => {
  await writeFile(prepared.configFile, configText().replace('owner: orders-owner', 'owner: orders-write'));
  expect(await fb('db', 'provision', 'orders-db', '--as', 'boss')).toMatchObject({
    status: 1,
    err: expect.stringContaining('name the same secret'),
  });
  await writeFile(
    prepared.configFile,
    configText().replace(/credentials: .*/, 'credentials: { write: boss, owner: boss }'),
  );
  const { status, out } = await fb('db', 'check', 'orders-db');
  expect(status).toBe(1);
  expect(out).toContain('write: postgres IS REFUSED');
  expect(out).toContain('is the login of owner too');
  expect(out).toContain('read: credentials.read is not in the configuration');
});

test('a database that cannot be reached is said by doctor, and fails nothing', async () => {
  await writeFile(
    prepared.configFile,
    configText()
      .replace(/port: \d+/, 'port: 1')
      .replaceAll('orders-', 'boss')
      .replace(/credentials: .*/, 'credentials: { write: boss }'),
  );
  const { out } = await fb('doctor', '--json');
  const findings: { level: string; what: string }[] = JSON.parse(out);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'warning', what: expect.stringMatching(/cannot be reached/) }),
  );
  expect(findings.filter(({ what }) => /cannot be reached/.test(what)).every(({ level }) => level === 'warning')).toBe(
    true,
  );
});

test("names of roles tell resources apart and fit into the server's 63 bytes", () => {
  expect(roleName('orders-db', 'read')).toBe('firebreak_orders_db_read');
  const long = ['a', 'b'].map((end) => roleName(`${'x'.repeat(62)}${end}`, 'owner'));
  expect(new Set(long).size).toBe(2);
  for (const name of long) expect(name).toMatch(/^firebreak_x+_[0-9a-f]{8}_owner$/);
  expect(long.every((name) => name.length <= 63)).toBe(true);
});
