/** The product as a whole: real daemon process, real PostgreSQL, real TLS; agents on one side, people on the other. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenedSession } from '#action/operations';
import { readEntries } from '#record/read-entries';
import { verifyLog } from '#record/verify';
import { logFolderReader } from '#store/log-files';
import { codeNow } from '../../demo/authenticator.js';
import { startFirebreak } from '../../demo/daemon-process.js';
import { packageFile } from '../../demo/package-root.js';
import {
  everythingIn,
  FOUND_TOKEN,
  nextHold,
  OWNER,
  type Rig,
  startRig,
  until,
  WORKSPACE_TOKEN,
} from './daemon-rig.js';

let rig: Rig;
let session: OpenedSession;

beforeAll(async () => {
  rig = await startRig('holds: { retry_within: 1s }\n');
  session = await rig.openSession(['production', 'staging']);
});
afterAll(() => rig.close());

/** How a statement ended: its result, or the error's SQLSTATE, message and hint. */
async function ending(query: Promise<{ rowCount: number | null }>) {
  try {
    return { rows: (await query).rowCount };
  } catch (error) {
    const { code, message, hint } = error as { code?: string; message: string; hint?: string }; // What `pg` throws.
    return { code, message, hint };
  }
}

const cli = (...args: string[]) => {
  const { configFile, state, keyFile } = rig.prepared;
  return spawnSync(
    process.execPath,
    [packageFile('dist', 'src', 'main.js'), ...args, '--config', configFile, '--state', state.path],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], FIREBREAK_KEY_FILE: keyFile },
    },
  );
};

describe('the PostgreSQL door', () => {
  test('reads pass, and so does an insert whose rows are counted', async () => {
    const client = await rig.connect(session);
    expect(await ending(client.query('SELECT * FROM orders'))).toEqual({ rows: 100 });
    expect(await ending(client.query('INSERT INTO orders VALUES (101, 1)'))).toEqual({ rows: 1 });
  });

  test('a destructive statement waits on its connection, and runs once when a person approves', async () => {
    const client = await rig.connect(session);
    const deletion = ending(client.query('DELETE FROM orders WHERE id > $1', [100]));
    const hold = await nextHold(rig);
    expect(hold.exact).toMatch(/^DELETE FROM orders WHERE id > \$1\n-- \$1 = '?100'?$/);
    expect(hold.environments).toEqual(['production']);
    expect(await rig.direct('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 101 }]);
    await rig.approve(hold);
    expect(await deletion).toEqual({ rows: 1 });
    expect(await rig.direct('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 100 }]);
    expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({ state: 'released', approvedBy: ['dana'] });
  });

  test('a rejected one fails with an SQLSTATE, a message and a hint that an agent understands', async () => {
    const client = await rig.connect(session);
    const notices: string[] = [];
    client.on('notice', (notice) => notices.push(notice.message ?? ''));
    const drop = ending(client.query('DROP TABLE orders'));
    const hold = await nextHold(rig);
    await rig.firebreak.operations.reject(hold.id, { by: 'dana', reason: 'not today' });
    expect(await drop).toMatchObject({
      code: '42501',
      message: expect.stringMatching(/not today/),
      hint: expect.stringMatching(/do not retry/),
    });
    expect(notices.join()).toMatch(
      new RegExp(`held as ${hold.id}.*approve at http://127\\.0\\.0\\.1:\\d+.*do not retry`),
    );
    expect(await ending(client.query('SELECT 1'))).toEqual({ rows: 1 });
  });

  test('when the client goes away, its hold is withdrawn and nothing runs', async () => {
    const client = await rig.connect(session);
    void ending(client.query('TRUNCATE orders'));
    const hold = await nextHold(rig);
    await client.end();
    const ended = await until(async () => {
      const now = await rig.firebreak.operations.hold(hold.id);
      return now.state === 'waiting' ? undefined : now;
    });
    expect(ended.state).toBe('withdrawn');
    await expect(rig.approve(hold, { approver: 1 })).rejects.toMatchObject({ code: 'HOLD_ENDED' });
    expect(await rig.direct('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 100 }]);
  });

  test('a prepared statement is judged by what it does, at the time of EXECUTE', async () => {
    const client = await rig.connect(session);
    await client.query('PREPARE harmless AS DELETE FROM orders');
    const deletion = ending(client.query('EXECUTE harmless'));
    const hold = await nextHold(rig);
    expect(hold.effects.some((effect) => effect.verb === 'destroy')).toBe(true);
    await rig.firebreak.operations.reject(hold.id, { by: 'dana', reason: 'no' });
    expect(await deletion).toMatchObject({ code: '42501' });
  });

  test('a staging session cannot open production, whatever placeholder it tries', async () => {
    const staging = await rig.openSession(['staging']);
    expect(staging.placeholders.map((one) => one.resource).sort()).toEqual(['railway', 'sandbox-db']);
    const [host = '', port] = (rig.firebreak.addresses.postgres ?? '').split(':');
    const { Client } = await import('pg');
    const password = staging.placeholders.find((one) => one.resource === 'sandbox-db')?.text ?? '';
    const client = new Client({ host, port: Number(port), user: 'agent', password, database: 'orders-db' });
    await expect(client.connect()).rejects.toMatchObject({
      code: '28000',
      message: expect.stringMatching(/staging.*orders-db.*production/),
    });
    const real = new Client({
      host,
      port: Number(port),
      user: OWNER.user,
      password: OWNER.password,
      database: 'orders-db',
    });
    await expect(real.connect()).rejects.toMatchObject({ code: '28P01' });
    await rig.firebreak.operations.closeSession(staging.session.id);
    const late = new Client({ host, port: Number(port), user: 'agent', password, database: 'sandbox-db' });
    await expect(late.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('a planning session reads, and what else it tries is noted and not done', async () => {
    const plan = await rig.openSession(['production'], 'plan');
    const client = await rig.connect(plan);
    expect(await ending(client.query('SELECT 1'))).toEqual({ rows: 1 });
    expect(await ending(client.query('INSERT INTO orders VALUES (500, 1)'))).toMatchObject({
      code: '42501',
      message: expect.stringMatching(/only plans/),
    });
  });
});

describe('the HTTPS door', () => {
  const deletion = () => `mutation { volumeDelete(volumeId: "${rig.volumeId}") }`;

  test('a read with the placeholder passes, with the real token swapped in', async () => {
    const { status, body } = await rig.railway(session, 'query { projects { edges { node { name } } } }');
    expect(status).toBe(200);
    expect(body).toContain('"data"');
  });

  test('a token that was found somewhere is refused, although the provider would take it', async () => {
    const { status, body } = await rig.railway(session, deletion(), FOUND_TOKEN);
    expect(status).toBe(403);
    expect(body).toMatch(/not issued by Firebreak/);
    expect(rig.deletedVolumes).toEqual([]);
  });

  test('volumeDelete waits, with every environment named, and runs when it is approved', async () => {
    const answer = rig.railway(session, deletion());
    const hold = await nextHold(rig);
    expect(hold.environments).toEqual(['production', 'staging']);
    expect(hold.effects[0]?.evidence).toBe('resolved');
    await rig.approve(hold, { approver: 1 });
    expect(await answer).toMatchObject({ status: 200, body: expect.stringMatching(/"volumeDelete":true/) });
    expect(rig.deletedVolumes).toEqual([rig.volumeId]);
  });
});

describe('people', () => {
  test('a wrong code, a digest that was not shown, and a second use of one code are refused', async () => {
    const client = await rig.connect(session);
    const drop = ending(client.query('DROP TABLE orders'));
    const hold = await nextHold(rig);
    const dana = rig.prepared.approvers[0];
    await expect(
      rig.firebreak.operations.approve(hold.id, { approver: 'dana', code: '000000', digest: hold.digest }),
    ).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
    await expect(rig.approve(hold, { digest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    await expect(
      rig.firebreak.operations.approve(hold.id, { approver: 'mallory', code: '000000', digest: hold.digest }),
    ).rejects.toMatchObject({ code: 'APPROVER_UNKNOWN' });
    // The code that approved the first hold of this file, or one of its step: spent.
    const spent = dana && codeNow(dana.totpSecret, -1);
    await expect(
      rig.firebreak.operations.approve(hold.id, { approver: 'dana', code: spent ?? '', digest: hold.digest }),
    ).rejects.toMatchObject({ code: 'FACTOR_WRONG' });
    await rig.firebreak.operations.reject(hold.id, { by: 'dana', reason: 'enough' });
    expect(await drop).toMatchObject({ code: '42501' });
  });

  test('the command line shows, rejects and reports with the documented exit statuses', async () => {
    const client = await rig.connect(session);
    const drop = ending(client.query('DROP TABLE orders -- \u001b[2K\u202e harmless'));
    const hold = await nextHold(rig);
    const card = cli('holds', hold.id);
    expect(card.status).toBe(0);
    expect(card.stdout).toContain('DROP TABLE orders');
    expect(card.stdout).toContain('\\u{1b}[2K\\u{202e} harmless');
    expect(card.stdout).not.toContain('\u001b');
    expect(JSON.parse(cli('holds', '--json').stdout)).toMatchObject([{ id: hold.id, state: 'waiting' }]);
    expect(cli('approve', hold.id, '--approver', 'dana', '--code', '111111')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/not accepted/),
    });
    expect(cli('reject', hold.id, '--reason', 'by the command line')).toMatchObject({ status: 0, stderr: '' });
    expect(await drop).toMatchObject({ message: expect.stringMatching(/by the command line/) });
    expect(cli('holds', 'H-999')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^firebreak: there is no hold `H-999`\n {2}hint: /),
    });
    expect(cli('status').stdout).toMatch(/orders-db \(postgres, production\): ready/);
    expect(cli('stauts')).toMatchObject({ status: 2, stderr: expect.stringMatching(/Did you mean status\?/) });
  });

  test('a second daemon on the same state folder refuses', async () => {
    await expect(startFirebreak(rig.prepared)).rejects.toThrow(/another firebreak daemon works on this state folder/);
  });
});

describe('a freeze', () => {
  test('is enforced at both doors within a second, waiting holds included; reads pass; lifting it takes an approval', async () => {
    const client = await rig.connect(session);
    const other = await rig.connect(session);
    const waiting = ending(client.query('DELETE FROM orders'));
    const hold = await nextHold(rig);
    const declared = Date.now();
    expect(cli('freeze', 'production', '--until', '2999-01-01', '--reason', 'holidays')).toMatchObject({ status: 0 });
    expect(await waiting).toMatchObject({
      code: '25006',
      message: expect.stringMatching(/production is frozen until 2999.*holidays/),
    });
    expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({ state: 'rejected', endedBy: 'freeze' });
    expect(Date.now() - declared).toBeLessThan(2_000); // The command line's own start included.
    expect(await ending(other.query('INSERT INTO orders VALUES (200, 1)'))).toMatchObject({ code: '25006' });
    expect(await ending(other.query('SELECT count(*) FROM orders'))).toEqual({ rows: 1 });
    const frozen = await rig.railway(session, 'mutation { environmentDelete(id: "x") }');
    expect(frozen.status).toBe(403);

    const asked = cli('unfreeze', 'production', '--reason', 'back at work');
    expect(asked.status).toBe(3);
    const lift = await nextHold(rig);
    expect(await ending(other.query('INSERT INTO orders VALUES (200, 1)'))).toMatchObject({ code: '25006' });
    await rig.approve(lift, { approver: 1, step: 1 });
    await until(async () => ((await rig.firebreak.operations.freezes()).length === 0 ? true : undefined));
    expect(await ending(other.query('INSERT INTO orders VALUES (200, 1)'))).toEqual({ rows: 1 });
    await rig.direct('DELETE FROM orders WHERE id = 200');
  });
});

describe('the record', () => {
  test('tells everything, verifies with the public key alone, and holds no secret', async () => {
    const reader = logFolderReader(rig.prepared.state.log);
    const { stdout, status } = cli('log', 'verify');
    expect(stdout).toMatch(/The log is sound: \d+ entries/);
    expect(status).toBe(0);
    const messages: string[] = [];
    for await (const { data } of readEntries(reader)) messages.push(Buffer.from(data).toString('utf8'));
    const all = messages.join('\n');
    for (const kind of ['decided', 'held', 'approved', 'released', 'completed', 'refused', 'ended', 'administered']) {
      expect(all).toContain(`"kind":"${kind}"`);
    }
    const kept = await everythingIn(rig.prepared.state.path);
    for (const secret of [
      OWNER.password,
      WORKSPACE_TOKEN,
      FOUND_TOKEN,
      ...session.placeholders.map((one) => one.text),
    ]) {
      expect(kept).not.toContain(secret);
    }
    expect(rig.firebreak.complaints).toEqual([]);
  });

  test('names the entry that somebody edited', async () => {
    const { cp, mkdtemp, readdir, readFile, writeFile } = await import('node:fs/promises');
    const copy = await mkdtemp(`${rig.folder}/copy-`);
    await cp(rig.prepared.state.log, copy, { recursive: true });
    const publicKey = (await readFile(rig.prepared.state.logKey, 'utf8')).trim();
    expect(await verifyLog(logFolderReader(copy), { publicKey })).toMatchObject({ ok: true });
    for (const file of await readdir(copy, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = `${file.parentPath}/${file.name}`;
      const text = await readFile(path, 'latin1');
      await writeFile(path, text.replaceAll('DROP TABLE orders', 'DROP TABLE 0rders'), 'latin1');
    }
    const report = await verifyLog(logFolderReader(copy), { publicKey });
    expect(report.ok).toBe(false);
    expect(report.firstBad?.first).toBeGreaterThan(0);
  });
});

describe('after the daemon dies', () => {
  test('placeholders of its sessions are worthless, and what waited is withdrawn', async () => {
    const client = await rig.connect(session);
    const drop = ending(client.query('DROP TABLE orders'));
    const hold = await nextHold(rig);
    await rig.restart('SIGKILL');
    expect(await drop).not.toHaveProperty('rows');
    expect(await rig.firebreak.operations.hold(hold.id)).toMatchObject({
      state: 'withdrawn',
      endReason: 'the daemon was restarted',
    });
    await expect(rig.connect(session)).rejects.toMatchObject({ code: '28P01' });
    expect(await rig.direct('SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 100 }]);
    const fresh = await rig.connect(await rig.openSession(['production']));
    expect(await ending(fresh.query('SELECT 1'))).toEqual({ rows: 1 });
  });

  test('a log that cannot be written: nothing executes', async () => {
    // A file may not grow beyond this many half-kilobytes (ulimit -f), as on a full disk; the log's journal meets it first.
    await rig.restart('SIGTERM', (command) => [
      '/bin/sh',
      '-c',
      'trap "" XFSZ; ulimit -f 900; exec "$@"',
      'sh',
      ...command,
    ]);
    const client = await rig.connect(await rig.openSession(['staging']), 'sandbox-db');
    await client.query('CREATE TABLE counted (n int)');
    let written = 0;
    let refusal: Awaited<ReturnType<typeof ending>> = { rows: 1 };
    for (; written < 200 && 'rows' in refusal; written += 1) {
      // A long text in each statement fills the log.
      refusal = await ending(client.query(`INSERT INTO counted VALUES (${written}) -- ${'x'.repeat(20_000)}`));
    }
    expect(refusal).toMatchObject({ code: '58000', message: expect.stringMatching(/record/) });
    const again = await ending(client.query('INSERT INTO counted VALUES (1000)'));
    expect(again).toMatchObject({ code: '58000' });
    const { Client } = await import('pg');
    const direct = new Client({
      connectionString: rig.postgres.connectionString('sandbox', OWNER.user, OWNER.password),
    });
    await direct.connect();
    const { rows } = await direct.query('SELECT max(n)::int AS most FROM counted');
    await direct.end();
    expect(rows[0].most).toBeLessThan(written);
    expect(rows[0].most).not.toBe(1000);
  });
});
