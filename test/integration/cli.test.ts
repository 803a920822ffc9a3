/** The command line as people and scripts meet it: exit statuses, messages, JSON; with and without a daemon. */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageFile } from '../../demo/package-root.js';
import { type CommandOptions, firebreak } from '../support/firebreak-command.js';
import { everythingIn } from './daemon-rig.js';

let folder: string;
let stateFolder: string;
const fb = (args: string, options: CommandOptions = {}) => firebreak(args.split(' '), { cwd: folder, ...options });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fb-cli-'));
  stateFolder = join(folder, '.local', 'state', 'firebreak');
  const { status } = await fb('init --yes --postgres orders-db=production@db.invalid/orders');
  expect(status).toBe(0);
  const config = join(folder, 'firebreak.yaml');
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8')}\nlisten: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', postgres: '127.0.0.1:0' }\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of its own beside the others. */
const place = (name: string) => {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
};

const NO_STACK = /^(?!.*\n {4}at )/s;

describe('what was typed wrong', () => {
  test.each([
    ['bogus', /unknown command 'bogus'/],
    ['hold', /Did you mean holds\?/],
    ['holds --bogus', /unknown option '--bogus'/],
    ['approve', /missing required argument 'id'/],
    ['run', /missing required argument 'agent'/],
    ['freeze production', /a freeze needs a reason/],
    ['freeze production --reason x --until yesterday', /write a date such as 2027-01-03/],
    ['init --yes --postgres orders@db', /is not NAME=ENVIRONMENT@HOST/],
    ['log show --last x', /write a number, 1 or more/],
    ['run --tier strong -- true', /Allowed choices are advisory, contained/],
  ])('`%s` ends with 2 and says what is wrong', async (args, message) => {
    const [plain, json] = await Promise.all([fb(args), fb(`--json ${args}`)]);
    expect(plain).toMatchObject({ status: 2, out: '' });
    expect(plain.err).toMatch(message);
    expect(plain.err).toMatch(NO_STACK);
    expect(json).toMatchObject({ status: 2, out: '' });
    const { error } = JSON.parse(json.err) as { error: { code: string; message: string; hint?: string } };
    expect(error).toMatchObject({ code: 'USAGE', hint: expect.any(String) });
  });

  test('no command at all shows the commands', async () => {
    const { status, err } = await firebreak([], { cwd: folder });
    expect(status).toBe(2);
    expect(err).toMatch(/Commands:/);
    expect(await fb('--help')).toMatchObject({ status: 0, err: '' });
    expect(await fb('holds --help')).toMatchObject({ status: 0, err: '' });
    expect((await fb('--version')).out).toBe(
      `${JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version}\n`,
    );
  });
});

describe('the configuration', () => {
  test('a missing one ends with 2, and says how to get one', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'fb-none-'));
    const { status, err } = await fb('holds', { cwd: empty });
    rmSync(empty, { recursive: true });
    expect({ status, err }).toEqual({
      status: 2,
      err: 'firebreak: there is no `firebreak.yaml` in this folder or above\n  hint: run `firebreak init`, or name one with --config\n',
    });
  });

  test('a misspelt key is named with its place and the nearest key, at the top and within', async () => {
    const path = join(place('misspelt'), 'firebreak.yaml');
    writeFileSync(path, 'version: 1\nenviroments:\n  production: {}\n');
    expect(await fb(`up --config ${path}`)).toMatchObject({
      status: 2,
      err: `firebreak: ${path}:2:1: unknown key \`enviroments\`\n  hint: did you mean \`environments\`?\n`,
    });
    writeFileSync(path, 'version: 1\nenvironments:\n  production: { protect: true }\n');
    const { status, err } = await fb(`holds --json --config ${path}`);
    expect(status).toBe(2);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'CONFIG_INVALID',
        message: `${path}:3:17: unknown key \`protect\` in \`environments.production\``,
        hint: 'did you mean `protected`?',
      },
    });
  });

  test('one in a folder above is found', async () => {
    expect(await fb('holds', { cwd: place('deep/er'), env: { HOME: folder } })).toMatchObject({
      status: 0,
      out: 'Nothing waits.\n',
    });
  });
});

describe('the state folder and its key', () => {
  test('a state folder that other users may enter is refused', async () => {
    chmodSync(stateFolder, 0o750);
    const { status, err } = await fb('holds');
    chmodSync(stateFolder, 0o700);
    expect(status).toBe(1);
    expect(err).toBe(`firebreak: other users may enter \`${stateFolder}\`\n  hint: run \`chmod 700 ${stateFolder}\`\n`);
  });

  test('a key that is missing, no key, another one, or open to others is told apart', async () => {
    const [name = ''] = readdirSync(join(folder, '.config', 'firebreak'));
    const key = readFileSync(join(folder, '.config', 'firebreak', name));
    const other = join(place('keys'), 'key');
    const withKey = (FIREBREAK_KEY_FILE: string) => fb('holds', { env: { FIREBREAK_KEY_FILE } });
    expect((await withKey(other)).err).toMatch(`the key of the vault is not in ${other}\n`);
    writeFileSync(other, 'nothing of the kind\n');
    chmodSync(other, 0o644);
    const none = await withKey(other);
    expect(none.err).toMatch(`there is no age identity in \`${other}\``);
    expect(none.err).not.toMatch(/chmod/);
    writeFileSync(other, key);
    expect((await withKey(other)).err).toMatch(`chmod 600 ${other}`);
    chmodSync(other, 0o600);
    expect(await withKey(other)).toMatchObject({ status: 0 });
    const { generateIdentity } = await import('age-encryption');
    writeFileSync(other, `${await generateIdentity()}\n`);
    const wrong = await withKey(other);
    expect(wrong).toMatchObject({ status: 1, out: '' });
    expect(wrong.err).toMatch(/this key does not open the vault\n {2}hint: check FIREBREAK_KEY_FILE/);
  });

  test('init keeps what exists', async () => {
    const before = readFileSync(join(folder, 'firebreak.yaml'), 'utf8');
    const { status, out } = await fb('init --yes --environment other --json');
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ config: { written: false }, state: { written: false }, approvers: [] });
    expect(readFileSync(join(folder, 'firebreak.yaml'), 'utf8')).toBe(before);
  });

  test('init without a terminal enrols nobody, and says so', async () => {
    const { out, status } = await fb('init --approver dana');
    expect(status).toBe(0);
    expect(out).toMatch(/No approver is enrolled: run `firebreak init` on a terminal, or every hold expires/);
  });
});

describe('without a daemon', () => {
  test('commands work on the state folder itself, and what needs a daemon says so', async () => {
    expect(await fb('holds')).toMatchObject({ status: 0, out: 'Nothing waits.\n' });
    expect(await fb('freeze')).toMatchObject({ status: 0, out: 'Nothing is frozen.\n' });
    expect(await fb('approve H-1')).toMatchObject({ status: 1, err: expect.stringMatching(/there is no hold `H-1`/) });
    for (const command of ['status', 'run -- true', 'unfreeze production --reason x']) {
      const { status, err } = await fb(command);
      expect(status).toBe(1);
      expect(err).toMatch(/no firebreak daemon .*\n {2}hint: start it with `firebreak up`/);
    }
  });

  test('two commands at once wait for each other', async () => {
    const both = await Promise.all([
      fb('secrets add first', { input: 'a' }),
      fb('secrets add second', { input: 'b' }),
      fb('holds'),
    ]);
    expect(both.map(({ status, err }) => ({ status, err }))).toEqual(both.map(() => ({ status: 0, err: '' })));
    expect(JSON.parse((await fb('secrets list --json')).out)).toMatchObject([{ name: 'first' }, { name: 'second' }]);
  });

  test('a freeze needs a declared environment and a time to come', async () => {
    const unknown = await fb('freeze prodction --reason x');
    expect(unknown).toMatchObject({ status: 1, err: expect.stringMatching(/did you mean `production`\?/) });
    const past = await fb('freeze production --reason x --until 2020-01-01');
    expect(past).toMatchObject({ status: 1, err: expect.stringMatching(/lies in the past/) });
    const done = await fb('freeze production --reason holidays --until 2099-01-02 --by dana --json');
    expect(done.status).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      environment: 'production',
      reason: 'holidays',
      by: 'dana',
      inForce: true,
    });
    expect((await fb('freeze')).out).toMatch(
      /production +in force +until 2099-01-02T23:59:59\.999Z +holidays \(dana\)/,
    );
  });
});

describe('secrets', () => {
  test('come from standard input, and are shown by no command and kept in no file', async () => {
    const secret = 'fb-cli-very-secret';
    const added = await fb('secrets add orders-db-write --user app', { input: `${secret}\n` });
    expect(added.status).toBe(0);
    expect(added.out).toMatch(/Kept orders-db-write\.\n {2}orders-db \(production\): fbk_production_[0-9a-z]{26}\n/);
    const list = await fb('secrets list');
    expect(list.out).toMatch(/orders-db-write +app +\d{4}-\d\d-\d\d +orders-db/);
    const rotated = await fb('secrets rotate orders-db-write', { input: `${secret}-2` });
    expect(rotated).toMatchObject({ status: 0, out: 'Rotated orders-db-write; placeholders still work.\n' });
    const all = [added, list, rotated, await fb('secrets list --json'), await fb('log show --json')];
    expect(JSON.stringify(all)).not.toContain(secret);
    expect(await everythingIn(folder)).not.toContain(secret);
    expect(await fb('secrets revoke orders-db-write')).toMatchObject({
      status: 0,
      out: 'Forgot orders-db-write; 1 placeholders are worthless now.\n',
    });
  });

  test('an empty, a huge, a twice added and an unknown one are refused', async () => {
    for (const input of ['', '\n']) {
      expect(await fb('secrets add nothing', { input })).toMatchObject({
        status: 2,
        err: expect.stringMatching(/an empty credential is none/),
      });
    }
    expect(await fb('secrets add huge', { input: 'x'.repeat(33_000) })).toMatchObject({
      status: 2,
      err: expect.stringMatching(/too long/),
    });
    await fb('secrets add once', { input: 'x' });
    expect(await fb('secrets add once', { input: 'y' })).toMatchObject({
      status: 1,
      err: expect.stringMatching(/secrets rotate once/),
    });
    expect(await fb('secrets rotate unknown', { input: 'y' })).toMatchObject({ status: 1 });
    expect(await fb('secrets revoke unknown')).toMatchObject({ status: 1 });
    expect(await fb('secrets add ../../x', { input: 'y' })).toMatchObject({
      status: 1,
      err: expect.stringMatching(/cannot name a secret/),
    });
  });
});

describe('the log', () => {
  test('is shown, verified and exported without a daemon; a copy verifies anywhere with the key alone', async () => {
    expect((await fb('log show --last 2')).out.trim().split('\n')).toHaveLength(2);
    const entries = JSON.parse((await fb('log show --last 3 --json')).out) as unknown[];
    expect(entries).toHaveLength(3);
    expect(JSON.parse((await fb('log show --session ses_none --json')).out)).toEqual([]);
    expect((await fb('log verify')).out).toMatch(/^The log is sound: \d+ entries/);
    const copy = join(folder, 'copy');
    const exported = JSON.parse((await fb(`log export ${copy} --json`)).out) as { publicKey: string; size: number };
    const elsewhere = { cwd: place('elsewhere'), env: { HOME: place('elsewhere') } };
    const report = JSON.parse(
      (await fb(`log verify ${copy} --key ${exported.publicKey} --json`, elsewhere)).out,
    ) as unknown;
    expect(report).toMatchObject({ ok: true, size: exported.size });
    expect(await fb(`log export ${copy}`)).toMatchObject({ status: 1, err: expect.stringMatching(/empty folder/) });
  });

  test('an altered copy, an empty folder and a folder of something else do not pass', async () => {
    const copy = join(folder, 'altered');
    cpSync(join(folder, 'copy'), copy, { recursive: true });
    const [tile = ''] = readdirSync(join(copy, 'tile', 'entries'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\d$/.test(name),
    );
    const path = join(copy, 'tile', 'entries', tile);
    writeFileSync(path, readFileSync(path, 'latin1').replace('freeze production', 'freeze prodXction'), 'latin1');
    expect(await fb(`log verify ${copy}`)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/THE LOG IS NOT SOUND/),
    });
    expect(await fb(`log verify ${place('empty')}`)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/there is no log here/),
    });
    const garbage = place('garbage');
    writeFileSync(join(garbage, 'checkpoint'), 'not a checkpoint');
    expect(await fb(`log verify ${garbage}`)).toMatchObject({ status: 1, out: expect.stringMatching(/NOT SOUND/) });
    const noKey = await fb(`log verify ${copy} --key ${join(folder, 'no-such-key')}`);
    expect(noKey).toMatchObject({ status: 1, out: '' });
    expect(noKey.err).toMatch(/^firebreak: ENOENT/);
    expect(noKey.err).toMatch(NO_STACK);
  });
});

describe('doctor', () => {
  test('says what is wrong, what is weak and what to do, and ends with 1 when something is wrong', async () => {
    const { status, out } = await fb('doctor', { env: { PATH: '/nonexistent' } });
    expect(status).toBe(0);
    expect(out).toMatch(/^ok {7}the configuration and its policies are valid$/m);
    expect(out).toMatch(/^ok {7}the log is sound$/m);
    expect(out).toMatch(/^warning {2}no daemon runs\n +hint: start it with `firebreak up`$/m);
    expect(out).toMatch(/^warning {2}tier: advisory at best.*bwrap is not installed\)\n +hint: install bubblewrap/m);
    expect(out).toMatch(/^warning {2}not protected from: root on this machine/m);
    expect(/^warning {2}agents that you start run as root/m.test(out)).toBe(process.getuid?.() === 0);

    const empty = place('nothing-here');
    const wrong = await fb('doctor --json', { cwd: empty, env: { HOME: empty } });
    expect(wrong.status).toBe(1);
    expect(JSON.parse(wrong.out)).toContainEqual(
      expect.objectContaining({
        level: 'problem',
        what: expect.stringMatching(/there is no state in/),
        hint: 'run `firebreak init`',
      }),
    );
  });
});

describe('with a daemon', () => {
  test('every answer under --json is one JSON value, the log can be read meanwhile, and a second daemon is refused', async () => {
    const daemon = spawn(process.execPath, [packageFile('dist', 'src', 'main.js'), 'up', '--json'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => daemon.once('close', resolve));
    const [first] = await new Promise<string[]>((resolve) => {
      let text = '';
      daemon.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve(text.split('\n'));
      });
    });
    try {
      expect(JSON.parse(first ?? '')).toMatchObject({ ready: true, stateFolder });
      for (const command of [
        'status',
        'holds',
        'holds --all',
        'secrets list',
        'freeze',
        'log show',
        'log verify',
        'init --yes',
      ]) {
        const { status, out, err } = await fb(`${command} --json`);
        expect({ command, status, err }).toEqual({ command, status: 0, err: '' });
        expect(JSON.parse(out)).toBeTypeOf('object');
        expect(out.endsWith('\n')).toBe(true);
      }
      expect(JSON.parse((await fb('doctor --json')).out)).toContainEqual(
        expect.objectContaining({ level: 'ok', what: expect.stringMatching(/the daemon runs/) }),
      );
      const held = await fb('unfreeze production --reason over --json');
      expect(held.status).toBe(3);
      expect(JSON.parse(held.out)).toEqual({ held: 'H-1' });
      expect(JSON.parse((await fb('holds H-1 --json')).out)).toMatchObject({ id: 'H-1', state: 'waiting' });
      const approved = await fb('approve H-1 --json');
      expect(approved).toMatchObject({ status: 1, out: '' });
      expect(JSON.parse(approved.err)).toMatchObject({ error: { code: 'APPROVER_UNKNOWN', hint: expect.any(String) } });
      expect(await fb('reject H-1 --reason no')).toMatchObject({
        status: 0,
        out: 'H-1: rejected. The agent is told.\n',
      });
      const second = await fb('up');
      expect(second).toMatchObject({ status: 1, out: '' });
      expect(second.err).toMatch(
        /another firebreak daemon works on this state folder\n {2}hint: `firebreak status` shows it/,
      );
      const enrolling = await fb('up --state .local/state/firebreak');
      expect(enrolling.status).toBe(1);
    } finally {
      daemon.kill('SIGINT');
    }
    expect(await ended).toBe(0);
  });
});
