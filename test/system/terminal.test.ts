/** The command line on a real terminal of 80 columns, as a person meets it who sets Firebreak up. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { packageFile } from '../../demo/package-root.js';
import { openTerminal, type Screen } from '../support/tmux.js';

let home: string;
let screen: Screen;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fb-tty-'));
  mkdirSync(join(home, 'shop'));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const main = packageFile('dist', 'src', 'main.js');
  writeFileSync(join(bin, 'firebreak'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  screen = openTerminal({ cwd: join(home, 'shop'), env: { HOME: home, PATH: `${bin}:${process.env['PATH']}` } });
  onTestFinished(() => {
    screen.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  });
});

/** Runs a command line and waits for its end. @returns its exit status and what it showed. */
async function finish(): Promise<{ status: number; text: string }> {
  screen.type('', 'echo "status=$?="', 'Enter');
  const [, status = ''] = await screen.shows(/status=(\d+)=/);
  const text = screen.read(true);
  screen.clear();
  return { status: Number(status), text };
}

/** What an authenticator app shows for the secret on the screen. */
const code = (secret: string, when = 'now') =>
  execFileSync('oathtool', ['--totp', '-b', '-N', when, secret], { encoding: 'utf8' }).trim();

/** Answers everything that `init` asks. @returns the approver's secret. */
async function initialise(approver = 'dana'): Promise<string> {
  screen.type('firebreak init', 'Enter');
  await screen.shows(/A PostgreSQL database/);
  screen.type('orders-db=production@127.0.0.1:1/orders', 'Enter');
  await screen.shows(/Do you use Railway\?/);
  screen.type('Enter');
  await screen.shows(/Who approves\?/);
  screen.type(approver, 'Enter');
  const [, secret = ''] = await screen.shows(/type this secret: ([A-Z2-7]{32})/);
  await screen.shows(/Code of dana's authenticator app/);
  screen.type(code(secret, '30 seconds ago'), 'Enter'); // As good, and leaves the current one for later.
  await screen.shows(/Done\./);
  const config = join(home, 'shop', 'firebreak.yaml');
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8')}listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', postgres: '127.0.0.1:0' }\n`,
  );
  return secret;
}

/** But for the command lines that were typed. */
const noWiderThan80 = (text: string) =>
  expect(text.split('\n').filter((line) => line.length > 80 && !/^(prompt> )?firebreak /.test(line))).toEqual([]);
const NO_STACK = /^(?!.*\n {4}at )/s;

describe('firebreak init', () => {
  test('asks, shows a QR code that fits on a small terminal, takes a code from an app, and enrols', async () => {
    screen.type('firebreak init', 'Enter');
    await screen.shows(/A PostgreSQL database/);
    screen.type('orders', 'Enter');
    await screen.shows(/`orders` is not NAME=ENVIRONMENT@HOST/);
    screen.type('C-u');
    screen.type('orders-db=production@db.example.com/orders', 'Enter');
    await screen.shows(/Do you use Railway\?/);
    screen.type('Right', 'Enter');
    await screen.shows(/Who approves\?/);
    screen.type('Dana Smith', 'Enter');
    await screen.shows(/lower-case letters, digits, dots and dashes, please/);
    screen.type('C-u');
    screen.type('dana', 'Enter');
    const [, secret = ''] = await screen.shows(/type this secret: ([A-Z2-7]{32})/);
    const rows = screen
      .read(true)
      .split('\n')
      .filter((line) => /[█▀▄]{3}/.test(line));
    expect(rows.length).toBeGreaterThan(12);
    expect(rows.length).toBeLessThan(22);
    screen.type('000000', 'Enter');
    await screen.shows(/that is not the code that your authenticator app shows/);
    screen.type(code(secret), 'Enter');
    await screen.shows(/Done\./);
    const { status, text } = await finish();
    expect(status).toBe(0);
    expect(text).toMatch(/Wrote .*firebreak\.yaml/);
    expect(text).toMatch(/Approvers: dana/);
    expect(text).toMatch(
      /firebreak secrets add orders-db-write\n.*firebreak secrets add railway-workspace\n.*firebreak up/,
    );
    const state = join(home, '.local', 'state', 'firebreak');
    expect(readdirSync(join(state, 'vault', 'approvers'))).toContain('dana.age');
    expect(execFileSync('stat', ['-c', '%a', state, join(state, 'vault')], { encoding: 'utf8' })).toBe('700\n700\n');

    const before = readFileSync(join(home, 'shop', 'firebreak.yaml'), 'utf8');
    screen.type('firebreak init', 'Enter');
    const again = await finish();
    expect(again.text).toMatch(/Kept .*firebreak\.yaml[\s\S]*Approvers: dana[\s\S]*Done\./);
    expect(again.text).not.toMatch(/A PostgreSQL database|Who approves|secret:/);
    expect(readFileSync(join(home, 'shop', 'firebreak.yaml'), 'utf8')).toBe(before);
  });

  test('Ctrl-C at any question leaves nothing half-done, and shows no stack', async () => {
    const begin = async () => {
      screen.type('firebreak init', 'Enter');
      await screen.shows(/A PostgreSQL database/);
    };
    await begin();
    screen.type('C-c');
    const first = await finish();
    expect(first).toMatchObject({ status: 1, text: expect.stringMatching(/Nothing was done\./) });
    await begin();
    screen.type('Enter');
    await screen.shows(/Do you use Railway\?/);
    screen.type('C-c');
    const second = await finish();
    expect(second).toMatchObject({ status: 1, text: expect.stringMatching(/Nothing was done\./) });
    expect([first, second].map(({ text }) => text).join()).toMatch(NO_STACK);
    expect(existsSync(join(home, 'shop', 'firebreak.yaml'))).toBe(false);
    expect(existsSync(join(home, '.local'))).toBe(false);

    await begin();
    screen.type('Enter');
    await screen.shows(/Do you use Railway\?/);
    screen.type('Enter');
    await screen.shows(/Who approves\?/);
    screen.type('C-c');
    const third = await finish();
    expect(third.status).toBe(1);
    expect(third.text).toMatch(/Nobody was enrolled\. `firebreak init` asks again\./);
    expect(third.text).toMatch(NO_STACK);
    screen.type('firebreak init', 'Enter');
    await screen.shows(/Who approves\?/);
    screen.type('dana', 'Enter');
    await screen.shows(/Code of dana's authenticator app/);
    screen.type('C-c');
    const fourth = await finish();
    expect(fourth.text).toMatch(/Nobody was enrolled/);
    expect(readdirSync(join(home, '.local', 'state', 'firebreak', 'vault'))).not.toContain('approvers');
    // What is left can be gone on with.
    screen.type('firebreak init', 'Enter');
    await screen.shows(/Who approves\?/);
    screen.type('dana', 'Enter');
    const [, secret = ''] = await screen.shows(/type this secret: ([A-Z2-7]{32})/);
    screen.type(code(secret), 'Enter');
    await screen.shows(/Done\./);
  });

  test('a second approver needs the word of the first', async () => {
    const secret = await initialise();
    await finish();
    screen.type('firebreak init --approver eli', 'Enter');
    await screen.shows(/An approver vouches for a further one/);
    await screen.shows(/Code of dana's authenticator app/);
    screen.type('000000', 'Enter');
    const refused = await finish();
    expect(refused.status).toBe(1);
    expect(refused.text).toMatch(/the code for `dana` was not accepted/);
    screen.type('firebreak init --approver eli', 'Enter');
    await screen.shows(/Code of dana's authenticator app/);
    screen.type(code(secret), 'Enter');
    const [, second = ''] = await screen.shows(/type this secret: ([A-Z2-7]{32})/);
    await screen.shows(/Code of eli's authenticator app/);
    screen.type(code(second), 'Enter');
    await screen.shows(/Approvers: dana, eli/);
    expect((await finish()).status).toBe(0);
  });

  test('a vault with a passphrase is made, asks for it each time, and takes no other', async () => {
    const passphrase = 'correct horse battery';
    screen.type('firebreak init --passphrase --postgres orders-db=production@127.0.0.1:1/orders --railway', 'Enter');
    await screen.shows(/A passphrase for the vault/);
    screen.type(passphrase, 'Enter');
    await screen.shows(/The same once more/);
    screen.type('another horse entirely', 'Enter');
    const different = await finish();
    expect(different).toMatchObject({ status: 2, text: expect.stringMatching(/two different passphrases/) });
    expect(existsSync(join(home, '.local'))).toBe(false);

    screen.type('firebreak init --passphrase --postgres orders-db=production@127.0.0.1:1/orders --railway', 'Enter');
    await screen.shows(/A passphrase for the vault/);
    screen.type(passphrase, 'Enter');
    await screen.shows(/The same once more/);
    screen.type(passphrase, 'Enter');
    await screen.shows(/Who approves\?/);
    screen.type('dana', 'Enter');
    const [, secret = ''] = await screen.shows(/type this secret: ([A-Z2-7]{32})/);
    screen.type(code(secret), 'Enter');
    await screen.shows(/Done\./);
    const { text } = await finish();
    expect(text).not.toContain(passphrase);
    expect(existsSync(join(home, '.config', 'firebreak'))).toBe(false);

    screen.type('firebreak holds', 'Enter');
    await screen.shows(/The vault's passphrase/);
    screen.type('wrong horse battery', 'Enter');
    expect(await finish()).toMatchObject({ status: 1, text: expect.stringMatching(/does not open the vault/) });
    screen.type('firebreak holds', 'Enter');
    await screen.shows(/The vault's passphrase/);
    screen.type(passphrase, 'Enter');
    expect(await finish()).toMatchObject({ status: 0, text: expect.stringMatching(/Nothing waits\./) });
    screen.type('firebreak holds </dev/null', 'Enter');
    expect(await finish()).toMatchObject({ status: 1, text: expect.stringMatching(/there is no terminal to ask on/) });
  });
});

describe('the daemon and those who decide', () => {
  test('up, a hold, a wrong code, the right one, and Ctrl-C: every screen fits on 80 columns', async () => {
    const secret = await initialise();
    await finish();
    screen.type('firebreak secrets add orders-db-write --user app', 'Enter');
    await screen.shows(/The credential orders-db-write/);
    screen.type('very-real-password', 'Enter');
    const added = await finish();
    expect(added.text).toMatch(/Kept orders-db-write\./);
    expect(added.text).not.toContain('very-real-password');
    noWiderThan80(added.text);

    const daemon = openTerminal({
      cwd: join(home, 'shop'),
      env: { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH']}` },
    });
    onTestFinished(() => daemon.close());
    daemon.type('firebreak up', 'Enter');
    await daemon.shows(/Ctrl-C stops it/);
    noWiderThan80(daemon.read());

    for (const command of ['status', 'doctor', 'holds', 'secrets list', 'freeze', 'log', '--help', 'run --help']) {
      screen.type(`firebreak ${command}`, 'Enter');
      const { status, text } = await finish();
      expect({ command, status }).toEqual({ command, status: 0 });
      noWiderThan80(text);
      expect(text).toMatch(NO_STACK);
    }

    screen.type(
      'firebreak freeze production --reason "the holidays, when nobody is here to look after what breaks"',
      'Enter',
    );
    noWiderThan80((await finish()).text);
    screen.type('firebreak unfreeze production --reason "back at work"', 'Enter');
    const held = await finish();
    expect(held.status).toBe(3);
    expect(held.text).toMatch(/Held as H-1/);
    for (const command of ['holds', 'holds H-1', 'status']) {
      screen.type(`firebreak ${command}`, 'Enter');
      noWiderThan80((await finish()).text);
    }

    screen.type('firebreak approve H-1', 'Enter');
    await screen.shows(/exactly this would run:[\s\S]*back at work[\s\S]*Code of dana's authenticator app/);
    screen.type('C-c');
    const cancelled = await finish();
    expect(cancelled).toMatchObject({ status: 1, text: expect.stringMatching(/Nothing was done\./) });
    screen.type('firebreak approve H-1', 'Enter');
    await screen.shows(/Code of dana's/);
    screen.type('000000', 'Enter');
    const wrong = await finish();
    expect(wrong).toMatchObject({
      status: 1,
      text: expect.stringMatching(/the code for `dana` was not accepted[\s\S]*4 tries left/),
    });
    screen.type('firebreak approve H-1', 'Enter');
    await screen.shows(/Code of dana's/);
    screen.type(code(secret), 'Enter');
    const approved = await finish();
    expect(approved).toMatchObject({ status: 0, text: expect.stringMatching(/H-1: approved\. It runs once, now\./) });
    screen.type('firebreak freeze', 'Enter');
    expect((await finish()).text).toMatch(/Nothing is frozen\./);

    screen.type('firebreak init --approver eli', 'Enter');
    const busy = await finish();
    expect(busy.status).toBe(1);
    expect(busy.text).toMatch(/another firebreak daemon works on this state folder[\s\S]*hint: .*stop it first/);

    daemon.type('C-c');
    await daemon.shows(/firebreak: stopped; what was waiting is withdrawn\.\nprompt>/);
    daemon.type('echo "status=$?="', 'Enter');
    await daemon.shows(/status=0=/);
  });
});
