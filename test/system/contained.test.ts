/** The fence of `firebreak run --tier contained`, tried from inside as an agent would that wants to get out. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { prepareFirebreak, startFirebreak } from '../../demo/daemon-process.js';
import { packageFile } from '../../demo/package-root.js';
import { nextHold, OWNER, type Rig, startRig, until, WORKSPACE_TOKEN } from '../integration/daemon-rig.js';

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly flags?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly config?: string;
  readonly state?: string;
  readonly main?: string;
}

let rig: Rig;
let place: string;
let home: string;
let workspace: string;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'fb-in-'));
  home = join(place, 'home');
  workspace = join(home, 'work', 'shop');
  mkdirSync(workspace, { recursive: true });
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
});

/** Starts `firebreak run ... -- sh -c SCRIPT` without waiting for it. */
function start(script: string, options: RunOptions = {}) {
  const { configFile, state } = rig.prepared;
  const args = [options.main ?? packageFile('dist', 'src', 'main.js'), 'run', '--config', options.config ?? configFile];
  args.push(
    '--state',
    options.state ?? state.path,
    ...(options.flags ?? ['--tier', 'contained']),
    '--',
    'sh',
    '-c',
    script,
  );
  const env = { PATH: process.env['PATH'], HOME: home, ...options.env };
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? workspace,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once('close', (status) => resolve({ status, ...text })));
  return { child, ended, text };
}

const run = (script: string, options?: RunOptions) => start(script, options).ended;

describe('the network', () => {
  test('nothing is reachable but the doors: no TCP, no UDP, no name, no port of the host', async () => {
    const [, humanPort = ''] = rig.firebreak.addresses.human.split(':');
    const [, doorPort = ''] = (rig.firebreak.addresses.postgres ?? '').split(':');
    const tcp = (port: string | number) =>
      `if (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null; then echo "tcp ${port} OPEN"; fi`;
    const { out, status } = await run(`cat > probe.bash <<'EOF'
${tcp(rig.postgres.port)}
${tcp(humanPort)}
${tcp(doorPort)}
if (exec 3<>/dev/tcp/1.1.1.1/443) 2>/dev/null; then echo "internet OPEN"; fi
if echo x 2>/dev/null >/dev/udp/1.1.1.1/53; then echo "udp OPEN"; fi
if getent hosts example.com; then echo "dns OPEN"; fi
echo "interfaces: $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' ')"
EOF
bash probe.bash; echo done`);
    expect(out).toBe('interfaces: lo \ndone\n');
    expect(status).toBe(0);
  });

  test('psql reaches the database through the door with its placeholder, and a destructive statement is held', async () => {
    const agent = start(
      'psql "$ORDERS_DB_URL" -Atc "SELECT count(*) FROM orders"; psql "$ORDERS_DB_URL" -c "DROP TABLE orders"',
      {
        flags: ['--tier', 'contained', '--env', 'production', '--intent', 'look at orders'],
      },
    );
    const hold = await nextHold(rig);
    expect(hold.session).toMatchObject({ agent: 'sh', intent: 'look at orders', tier: 'contained' });
    await rig.firebreak.operations.reject(hold.id, { by: 'dana', reason: 'not today' });
    const { out, err, status } = await agent.ended;
    expect(out).toBe('100\n');
    expect(err).toMatch(/not today/);
    expect(status).toBe(1);
  });

  test('curl reaches the provider through the proxy with its placeholder, and never learns the real token', async () => {
    const query = `'{"query":"query { projects { edges { node { name } } } }"}'`;
    const ask = (token: string) =>
      `curl -sS https://backboard.railway.app/graphql/v2 -H "Authorization: Bearer ${token}" -H 'Content-Type: application/json' -d ${query}; echo`;
    const { out, err } = await run(`${ask('$RAILWAY_API_TOKEN')}\n${ask('token-that-lay-about-0123456789')}\nenv`, {
      flags: ['--tier', 'contained', '--env', 'production'],
    });
    expect(out).toMatch(/^\{"data":\{"projects"/);
    expect(out).toMatch(/not issued by Firebreak/);
    expect(out + err).not.toContain(WORKSPACE_TOKEN);
    expect(out + err).not.toContain(OWNER.password);
  });

  test('the proxy leads to no port of this machine, however it is spelt', async () => {
    const listener = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nREACHED'));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void listener.close());
    const address = listener.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '0.0.0.0',
      '127.1',
      '2130706433',
      '0x7f.1',
      '[::ffff:127.0.0.1]',
      'localhost.',
    ];
    const asks = hosts.flatMap((host) => [
      `curl -s -m 5 --noproxy '' -x "$HTTPS_PROXY" http://${host}:${port}/`,
      `curl -s -m 5 --noproxy '' -p -x "$HTTPS_PROXY" http://${host}:${port}/`,
    ]);
    const { out } = await run(`${asks.join('\n')}\necho done`);
    expect(out).not.toContain('REACHED');
    expect(out).toMatch(/done\n$/);
  });

  test('a Unix socket of another program, in a folder that can be seen, leads nowhere', async () => {
    const path = join(home, 'desktop.sock');
    const server = createServer((socket) => socket.end('REACHED'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    const probe = `node -e 'require("net").connect("${path}").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code))'`;
    const { out } = await run(probe);
    expect(out.trim()).toMatch(/^(ECONNREFUSED|ENOTSOCK)$/);
  });
});

describe('the files', () => {
  test('state, key, control socket and credentials of other tools cannot be seen', async () => {
    for (const file of [
      '.aws/credentials',
      '.ssh/id_ed25519',
      '.config/gh/hosts.yml',
      '.netrc',
      '.npmrc',
      '.bash_history',
    ]) {
      mkdirSync(join(home, file, '..'), { recursive: true });
      writeFileSync(join(home, file), 'REAL SECRET');
    }
    const kubeconfig = join(home, 'clusters.yaml');
    writeFileSync(kubeconfig, 'REAL SECRET');
    writeFileSync(join(home, 'notes.txt'), 'just notes\n');
    const { state, keyFile } = rig.prepared;
    const { out } = await run(
      `cat ~/.aws/credentials ~/.ssh/* ~/.config/gh/hosts.yml ~/.netrc ~/.npmrc ~/.bash_history ${kubeconfig} 2>/dev/null
      ls -A ${state.path} 2>/dev/null; cat ${keyFile} 2>/dev/null; ls ${state.controlSocket} 2>/dev/null
      test -r ~/.npmrc && echo "npm can read its settings"; cat ~/notes.txt`,
      { env: { KUBECONFIG: kubeconfig } },
    );
    expect(out).toBe('npm can read its settings\njust notes\n');
    expect(existsSync(state.controlSocket)).toBe(true);
  });

  test('the workspace can be changed; home, configuration, policies, git hooks and agent hooks cannot', async () => {
    mkdirSync(join(workspace, '.git', 'hooks'), { recursive: true });
    writeFileSync(join(workspace, '.git', 'config'), '');
    mkdirSync(join(workspace, 'policies'));
    writeFileSync(join(workspace, 'policies', 'own.cedar'), '');
    mkdirSync(join(home, '.claude'));
    writeFileSync(join(home, '.claude', 'settings.json'), '{}');
    const config = join(workspace, 'conf', 'firebreak.yaml');
    mkdirSync(join(workspace, 'conf'));
    writeFileSync(
      config,
      `${readFileSync(rig.prepared.configFile, 'utf8').replace('../railway-ca.pem', join(rig.folder, 'railway-ca.pem'))}policies: [../policies]\n`,
    );
    const changes = [
      'echo x > conf/firebreak.yaml',
      'mv conf/firebreak.yaml conf/other',
      'rm conf/firebreak.yaml',
      'mv conf elsewhere',
      'echo x > policies/own.cedar',
      'echo x > policies/new.cedar',
      'mv policies elsewhere',
      'echo x > .git/config',
      'echo x > .git/hooks/pre-commit',
      'mv .git elsewhere',
      'echo x > ~/.bashrc',
      'mkdir ~/bin',
      'mv ~/work ~/elsewhere',
      'echo x > ~/.claude/settings.json',
    ];
    const script = changes.map((change) => `if (${change}) 2>/dev/null; then echo 'CHANGED: ${change}'; fi`);
    const { out } = await run(
      `${script.join('\n')}\necho x > conf/beside && echo x > .git/index && echo x > new && echo x > ~/.claude/session && echo done`,
      { config },
    );
    expect(out).toBe('done\n');
    expect(readFileSync(join(workspace, 'new'), 'utf8')).toBe('x\n');
    expect(readFileSync(join(home, '.claude', 'session'), 'utf8')).toBe('x\n');
  });

  test('what an agent leaves in a cache or a temporary folder is gone', async () => {
    mkdirSync(join(home, '.cache'));
    writeFileSync(join(home, '.cache', 'tool'), 'mine');
    const { out } = await run(
      'cat ~/.cache/tool 2>/dev/null; echo x > ~/.cache/tool && echo x > /tmp/fb-left-behind && echo ok',
    );
    expect(out).toBe('ok\n');
    expect(readFileSync(join(home, '.cache', 'tool'), 'utf8')).toBe('mine');
    expect(existsSync('/tmp/fb-left-behind')).toBe(false);
  });

  test('a symbolic link in the workspace leads to nothing that is hidden', async () => {
    const { state, keyFile } = rig.prepared;
    symlinkSync(state.path, join(workspace, 'state'));
    symlinkSync(keyFile, join(workspace, 'key'));
    const { out } = await run('ls state/ 2>/dev/null; cat key 2>/dev/null; echo done');
    expect(out).toBe('done\n');
  });

  test('a link that an earlier session left where settings are expected uncovers nothing', async () => {
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, '.ssh', 'id_ed25519'), 'REAL SECRET');
    mkdirSync(join(home, '.claude'));
    symlinkSync(join(home, '.ssh', 'id_ed25519'), join(home, '.claude', 'settings.json'));
    mkdirSync(join(workspace, '.git'));
    symlinkSync(join(home, '.ssh', 'id_ed25519'), join(workspace, '.git', 'config'));
    const { out } = await run('cat ~/.claude/settings.json .git/config ~/.ssh/id_ed25519 2>/dev/null; echo done');
    expect(out).toBe('done\n');
  });

  test('a configuration that is a link in the workspace is refused: the agent could replace it', async () => {
    symlinkSync(rig.prepared.configFile, join(workspace, 'firebreak.yaml'));
    const { status, err } = await run('echo started', { config: join(workspace, 'firebreak.yaml') });
    expect(status).toBe(1);
    expect(err).toMatch(/firebreak\.yaml` is a symbolic link that the agent could replace\n {2}hint: /);
  });

  test('--writable names another folder that may be changed', async () => {
    const other = join(home, 'work', 'library');
    mkdirSync(other);
    const { out } = await run(`echo x > ${other}/file && echo ok`, {
      flags: ['--tier', 'contained', '--writable', '../library'],
    });
    expect(out).toBe('ok\n');
  });
});

describe('folders that no fence fits', () => {
  const refused = async (cwd: string, why: RegExp, options: RunOptions = {}) => {
    const { status, out, err } = await run('echo started', { cwd, ...options });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(why);
    expect(err).toMatch(/hint: start it in the folder of its project/);
    expect(await rig.firebreak.operations.status()).toMatchObject({ openSessions: 0 });
  };

  test('the home folder, or one above it', async () => {
    await refused(home, /whoever may change your home folder/);
    await refused(place, /whoever may change your home folder/);
    await refused('/', /whoever may change your home folder/);
  });

  test('the real home folder, whatever HOME says', async () => {
    const env = { HOME: '/nonexistent' };
    expect((await run('echo "$PWD"', { env })).out).toBe(`${workspace}\n`);
    expect((await run('echo started', { env: { HOME: undefined } })).out).toBe('started\n');
    expect((await run('echo started', { env: { HOME: '' } })).out).toBe('started\n');
    await refused(userInfo().homedir, /whoever may change your home folder/, { env });
  });

  test('a folder that the whole machine uses', async () => {
    await refused('/tmp', /the whole machine uses it|whoever may change your home folder/);
  });

  test('the state folder, or a folder in it', async () => {
    await refused(rig.prepared.state.log, /it lies in Firebreak's own state/);
  });

  test('the Firebreak that guards it', async () => {
    await refused(packageFile('docs'), /it lies in the very Firebreak that guards it/);
  });
});

describe('a state folder inside the workspace', () => {
  test('is hidden, with the key beside it, and can be neither renamed nor replaced', async () => {
    const folder = join(workspace, 'fb');
    const own = await prepareFirebreak({
      folder,
      approvers: [],
      secrets: [{ name: 'key', secret: 'REAL SECRET' }],
      config: "version: 1\nenvironments: { staging: {} }\nlisten: { human: '127.0.0.1:0', hooks: '127.0.0.1:0' }\n",
    });
    const firebreak = await startFirebreak(own);
    onTestFinished(() => firebreak.close());
    const { out, err, status } = await run(
      `ls -A fb/state; cat fb/vault.key
      for try in 'mv fb away' 'mv fb/state away' 'rm -r fb/state' 'rm fb/vault.key' 'touch fb/state/x'; do
        if ($try) 2>/dev/null; then echo "DONE: $try"; fi
      done
      grep -rl 'REAL SECRET\\|AGE-SECRET-KEY' . 2>/dev/null; grep -c staging firebreak.yaml fb/firebreak.yaml 2>/dev/null`,
      { config: own.configFile, state: own.state.path },
    );
    expect(err).toMatch(/tier: contained/);
    expect(out).toBe('fb/firebreak.yaml:1\n');
    expect(status).toBe(2);
  });
});

describe('a Firebreak that is installed inside the workspace', () => {
  test('cannot be changed from within, and the person is warned', async () => {
    const installed = join(workspace, 'node_modules', 'firebreak');
    mkdirSync(installed, { recursive: true });
    for (const part of ['dist', 'policies', 'schema', 'package.json'])
      cpSync(packageFile(part), join(installed, part), { recursive: true });
    symlinkSync(packageFile('node_modules'), join(installed, 'node_modules'));
    const tries = [
      'rm -r node_modules/firebreak/dist',
      'mv node_modules away',
      'echo > node_modules/firebreak/policies/x.cedar',
    ];
    const script = tries.map((one) => `if (${one}) 2>/dev/null; then echo 'DONE: ${one}'; fi`).join('\n');
    const { out, err } = await run(`${script}\nmkdir node_modules/other && echo ok`, {
      main: join(installed, 'dist', 'src', 'main.js'),
    });
    expect(out).toBe('ok\n');
    expect(err).toMatch(/warning: this Firebreak lies in a folder that the agent may change/);
  });
});

describe('the processes', () => {
  test('those of the host can be neither seen nor signalled, and there is no way to new privileges', async () => {
    const { out } = await run(
      `ls /proc | grep -c '^[0-9]' | { read n; [ "$n" -lt 12 ] && echo few; }
      kill -0 ${process.pid} 2>/dev/null && echo "SIGNALLED"
      ls /proc/${process.pid}/environ 2>/dev/null
      tr '\\0' '\\n' < /proc/1/environ | grep -i 'fb-in-secret' && echo 'LEAKED'
      unshare -Ur true 2>/dev/null && echo 'USER NAMESPACE'
      unshare -m true 2>/dev/null && echo 'MOUNT NAMESPACE'
      mount -t tmpfs none /mnt 2>/dev/null && echo 'MOUNTED'
      umount ${rig.prepared.state.path} 2>/dev/null && echo 'UNMOUNTED'
      for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/kernel/uevent_helper; do
        if (printf '' >> $f) 2>/dev/null; then echo "WRITABLE $f"; fi
      done
      grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -s '\\t' ' '`,
      { env: { MY_API_TOKEN: 'fb-in-secret' } },
    );
    expect(out).toBe('few\nCapEff: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\n');
  });

  test("keystrokes cannot be forged on the person's terminal, and a virtual machine's host cannot be reached", async () => {
    const { out } = await run(
      `perl -e 'open(my $t, "<", "/dev/null"); my $c = "x"; ioctl($t, 0x5412, $c) or print "TIOCSTI: ", $!{EPERM} ? "refused" : $!, "\\n"'
      perl -e 'open(my $t, "<", "/dev/null"); my $c = "x"; ioctl($t, 0x100005412, $c) or print "with high bits: ", $!{EPERM} ? "refused" : $!, "\\n"'
      perl -e 'socket(my $s, 40, 1, 0) or print "AF_VSOCK: ", $!{EPERM} ? "refused" : $!, "\\n"'`,
    );
    expect(out).toBe('TIOCSTI: refused\nwith high bits: refused\nAF_VSOCK: refused\n');
  });

  test('what the agent leaves running ends with it', async () => {
    const { status } = await run('(sleep 987 &) ; (setsid sleep 987 &); exit 0');
    expect(status).toBe(0);
    await until(async () => (running('sleep 987') ? undefined : true));
  });
});

describe('the session', () => {
  test("the exit status is the agent's own", async () => {
    expect((await run('exit 0')).status).toBe(0);
    expect((await run('exit 7')).status).toBe(7);
    expect((await run('kill -9 $$')).status).toBe(137);
  });

  test('a command that does not exist is told in one line', async () => {
    const { configFile, state } = rig.prepared;
    for (const tier of ['contained', 'advisory']) {
      const child = spawn(
        process.execPath,
        [
          packageFile('dist', 'src', 'main.js'),
          'run',
          '--config',
          configFile,
          '--state',
          state.path,
          '--tier',
          tier,
          '--',
          'no-such-agent',
        ],
        { cwd: workspace, env: { PATH: process.env['PATH'], HOME: home } },
      );
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      const status = await new Promise((resolve) => child.once('close', resolve));
      expect(err).toMatch(/cannot start `no-such-agent`/);
      expect(err).not.toMatch(/ {4}at /);
      expect(status).toBe(127);
    }
  });

  test('variables that look like credentials are withheld, and named', async () => {
    const { out, err } = await run('env', {
      env: {
        STRIPE_SECRET: 'fb-in-secret',
        my_api_key: 'fb-in-secret',
        MYSQL_PWD: 'fb-in-secret',
        SITE: 'https://user:fb-in-secret@example.com/',
        JDBC: 'jdbc:postgresql://db/x?user=a&password=fb-in-secret',
        INNOCENT: 'ghp_0123456789012345678901234567890123456789',
        ALL_PROXY: 'http://elsewhere:1',
        EDITOR: 'vi',
        ANTHROPIC_API_KEY: 'its own',
      },
    });
    expect(out).not.toMatch(/fb-in-secret|ghp_|elsewhere/);
    expect(out).toMatch(/^EDITOR=vi$/m);
    expect(out).toMatch(/^ANTHROPIC_API_KEY=its own$/m);
    expect(err).toMatch(/withheld from the agent: INNOCENT, JDBC, MYSQL_PWD, SITE, STRIPE_SECRET, my_api_key\n/);
  });

  test("the agent's end closes its session, and its placeholders are worthless afterwards", async () => {
    const { out, status } = await run('echo "$SANDBOX_DB_URL"');
    expect(status).toBe(0);
    const password = new URL(out.trim()).password;
    expect(password).toMatch(/^fbk_staging_/);
    expect(await rig.firebreak.operations.status()).toMatchObject({ openSessions: 0 });
    const { Client } = await import('pg');
    const [host = '', port] = (rig.firebreak.addresses.postgres ?? '').split(':');
    const late = new Client({ host, port: Number(port), user: 'agent', password, database: 'sandbox-db' });
    await expect(late.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  test('kill -9 of the launcher ends the agent, and the daemon closes the session', async () => {
    const agent = start('echo started; exec sleep 986');
    await until(async () => (agent.text.out.includes('started') ? true : undefined));
    expect(await rig.firebreak.operations.status()).toMatchObject({ openSessions: 1 });
    agent.child.kill('SIGKILL');
    await until(async () => (running('sleep 986') ? undefined : true));
    await until(async () => ((await rig.firebreak.operations.status()).openSessions === 0 ? true : undefined));
  });

  test('SIGTERM to the launcher ends the agent and closes the session', async () => {
    const agent = start('echo started; exec sleep 985');
    await until(async () => (agent.text.out.includes('started') ? true : undefined));
    agent.child.kill('SIGTERM');
    const { status } = await agent.ended;
    expect(status).toBeGreaterThanOrEqual(128);
    expect(running('sleep 985')).toBe(false);
    expect(await rig.firebreak.operations.status()).toMatchObject({ openSessions: 0 });
  });

  test('an advisory session is called so, plainly', async () => {
    const { err, out } = await run('echo ran', { flags: ['--tier', 'advisory'] });
    expect(out).toBe('ran\n');
    expect(err).toMatch(/tier: ADVISORY, as you asked\. Nothing stops this agent from going round Firebreak/);
  });

  test('bwrap in the workspace is not taken for bwrap', async () => {
    mkdirSync(join(workspace, 'bin'));
    writeFileSync(join(workspace, 'bin', 'bwrap'), '#!/bin/sh\necho TAKEN\n');
    chmodSync(join(workspace, 'bin', 'bwrap'), 0o755);
    const { out, err } = await run('echo contained', { env: { PATH: `${workspace}/bin:bin:${process.env['PATH']}` } });
    expect(out).toBe('contained\n');
    expect(err).toMatch(/tier: contained/);
  });
});

describe('an environment that demands containment', () => {
  test('gives nothing to a session on a machine that cannot contain it; a tier that was asked for and cannot be reached refuses to start', async () => {
    const own = await prepareFirebreak({
      folder: join(place, 'fb'),
      approvers: [],
      secrets: [{ name: 'key', secret: 'REAL SECRET' }],
      config: `version: 1
environments: { production: { protected: true, tier: contained } }
resources: { api: { kind: http, hosts: [api.example.com], environment: production, credential: key } }
listen: { human: '127.0.0.1:0', hooks: '127.0.0.1:0', http: '127.0.0.1:0' }
`,
    });
    const firebreak = await startFirebreak(own);
    onTestFinished(() => firebreak.close());
    const bare = join(place, 'bin');
    mkdirSync(bare);
    for (const tool of ['sh', 'env', 'grep']) symlinkSync(`/bin/${tool}`, join(bare, tool));
    const where = { config: own.configFile, state: own.state.path };
    const weak = await run('env | grep fbk_; echo ran', {
      ...where,
      flags: ['--env', 'production'],
      env: { PATH: bare },
    });
    expect(weak.out).toBe('ran\n');
    expect(weak.err).toMatch(/tier: ADVISORY: bwrap is not installed/);
    expect(weak.err).toMatch(
      /no placeholder of production: it demands the tier contained, and this session is advisory/,
    );
    const refused = await run('echo ran', { ...where, flags: ['--tier', 'contained'], env: { PATH: bare } });
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toMatch(
      /this machine cannot contain an agent: bwrap is not installed\n {2}hint: install bubblewrap/,
    );
    const strong = await run('echo "$API_TOKEN"', { ...where, flags: ['--env', 'production'] });
    expect(strong.out).toMatch(/^fbk_production_/);
  });
});

/** True while a process with this command line runs anywhere on the machine. */
function running(command: string): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() === command;
    } catch {
      return false; // It has just ended.
    }
  });
}
