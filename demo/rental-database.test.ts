import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checksums, loadRental, PRODUCTION_DATABASE, type RentalLogins, withClient } from './rental-database.js';
import { type ScratchPostgres, startPostgres } from './scratch-postgres.js';

let folder: string;
let postgres: ScratchPostgres;
let logins: RentalLogins;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-test-'));
  postgres = await startPostgres({ directory: join(folder, 'server') });
  logins = await loadRental(postgres);
});

afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const asOwner = <T>(use: Parameters<typeof withClient<T>>[1]) =>
  withClient(postgres.connectionString(PRODUCTION_DATABASE, logins.owner.user, logins.owner.password), use);

test('the rental database has at least 100,000 rows, belongs to an ordinary role, and sums up the same twice', async () => {
  const first = await asOwner(checksums);
  expect(first.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100_000);
  expect(first.map(({ table }) => table)).toContain('payments');
  expect(await asOwner(checksums)).toEqual(first);
  const role = await asOwner((client) => client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user'));
  expect(role.rows).toEqual([{ rolsuper: false }]);
});

test('one changed value changes one checksum, and a dropped table is missing', async () => {
  await asOwner(async (client) => {
    const before = await checksums(client);
    await client.query('BEGIN');
    await client.query('UPDATE payments SET amount_cents = amount_cents + 1 WHERE id = 4711');
    const after = await checksums(client);
    expect(after.filter((sum, index) => sum.checksum !== before[index]?.checksum).map(({ table }) => table)).toEqual([
      'payments',
    ]);
    await client.query('DROP TABLE payments');
    expect((await checksums(client)).map(({ table }) => table)).not.toContain('payments');
    await client.query('ROLLBACK');
  });
});

test('the tidy-up function deletes bookings with their payments and leaves an audit trail', async () => {
  await asOwner(async (client) => {
    await client.query('BEGIN');
    const tidied = await client.query('SELECT tidy_up_stale_bookings() AS n');
    const left = await client.query(
      'SELECT (SELECT count(*)::int FROM bookings) AS b, (SELECT count(*)::int FROM booking_audit) AS a',
    );
    expect(tidied.rows[0].n).toBeGreaterThan(50_000);
    expect(left.rows).toEqual([{ b: 60_000 - tidied.rows[0].n, a: tidied.rows[0].n }]);
    await client.query('ROLLBACK');
  });
});
