/** Programs that talk to other machines, apart from HTTP and SSH. */
import { knownText } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onPaths } from '../files/on-paths.js';

/** `-e`, `-c`: whoever connects gets this program. Source: ncat(1), nc.traditional(1), socat(1). */
export const netcat: Tool = {
  names: ['nc', 'ncat', 'netcat', 'nc.traditional', 'nc.openbsd'],
  judge: ({ name, args }) => {
    const values = [
      '-e',
      '--exec',
      '-c',
      '--sh-exec',
      '--lua-exec',
      '-p',
      '-s',
      '-w',
      '-q',
      '-i',
      '-x',
      '-X',
      '-I',
      '-O',
      '-T',
      '-o',
      '--output',
      '--proxy',
      '-b',
    ];
    const options = readOptions(args, { values });
    if (options.has('-U', '--unixsock')) return onPaths('read', options.operands);
    const program = options.value('-e', '--exec', '-c', '--sh-exec', '--lua-exec');
    if (program === undefined) return [];
    return [{ kind: 'opaque', explain: `gives whoever is at the other end of ${name} the program ${program.written}` }];
  },
};

export const socat: Tool = {
  names: ['socat'],
  judge: ({ args }) => {
    const program = args.find(({ text }) => /^(?:exec|system|shell):/iu.test(text));
    const sockets = args.flatMap((one) => {
      const path = /^(?:unix|unix-connect|unix-client|unix-sendto|gopen|open|file|create):([^,]+)/iu.exec(
        one.text,
      )?.[1];
      return path === undefined ? [] : [{ ...one, text: path }];
    });
    if (program === undefined) return onPaths('read', sockets);
    return [{ kind: 'opaque', explain: `gives whoever is at the other end of socat ${program.written}` }];
  },
};

/** `grpcurl HOST package.Service/Method`: methods are named verb first. */
export const grpcurl: Tool = {
  names: ['grpcurl', 'evans', 'ghz'],
  judge: ({ args }) => {
    const values = [
      '-d',
      '-H',
      '-rpc-header',
      '-reflect-header',
      '-import-path',
      '-proto',
      '-protoset',
      '-cacert',
      '-cert',
      '-key',
      '-servername',
      '-authority',
      '-max-time',
      '-connect-timeout',
      '-format',
      '-user-agent',
      '-max-msg-sz',
      '-expand-headers',
    ];
    const options = readOptions(args, { values, singleDash: true });
    const method = options.operands
      .map(knownText)
      .findLast((one) => one !== undefined && /^[\w.]+[/.]\w+$/u.test(one) && !/:\d+$/u.test(one));
    const name = method?.split(/[/.]/u).at(-1) ?? '';
    if (options.operands.some(({ text }) => text === 'list' || text === 'describe')) return [];
    if (
      method === undefined ||
      /^(?:get|list|search|find|check|watch|read|describe|query|count|stream|health|echo|ping)/iu.test(name)
    )
      return [];
    const verb = /(?:delete|remove|drop|purge|destroy|terminate|wipe|truncate|clear|revoke|reset|cancel)/iu.test(name)
      ? 'destroy'
      : 'write';
    const resource = { kind: 'grpc', name: method };
    return [
      {
        kind: 'effect',
        verb,
        resource,
        place: 'remote',
        ...(verb === 'write' ? { count: 1 } : {}),
        explain: `calls ${method}`,
      },
    ];
  },
};

/** Files that these write, over what is there. */
function writesTo(
  names: readonly string[],
  options: readonly string[],
  values: readonly string[],
  singleDash: boolean,
): Tool {
  return {
    names,
    judge: ({ args }) =>
      readOptions(args, { values: [...values, ...options], singleDash })
        .values(...options)
        .filter(({ text }) => text !== '-' && text !== '/dev/null')
        .map((path): Finding => ({ kind: 'files', act: 'place', path, recursive: false })),
  };
}

export const openssl = writesTo(
  ['openssl'],
  ['-out', '-keyout', '-writerand', '-sigout'],
  [
    '-in',
    '-inkey',
    '-key',
    '-passin',
    '-passout',
    '-pass',
    '-config',
    '-subj',
    '-days',
    '-CA',
    '-CAkey',
    '-connect',
    '-newkey',
    '-extfile',
    '-name',
    '-inform',
    '-outform',
  ],
  true,
);

export const nmap = writesTo(
  ['nmap', 'masscan', 'zmap'],
  ['-oN', '-oX', '-oG', '-oA', '-oL'],
  ['-p', '--script', '-iL', '--exclude', '-e', '-S'],
  true,
);

export const certbot = cliTool({
  names: ['certbot', 'acme.sh', 'lego'],
  values: [
    '-d',
    '--domain',
    '--domains',
    '--cert-name',
    '--cert-path',
    '-w',
    '--webroot-path',
    '-m',
    '--email',
    '--config-dir',
    '--reason',
    '--key-path',
    '--path',
    '--dns',
  ],
  resource: 'certificate',
  place: 'remote',
  naming: ['--cert-name', '--cert-path', '-d'],
  dryRun: ['--dry-run', '--staging', '--test-cert'],
  rules: [
    { command: 'revoke', does: 'destroy', reversible: 'no', explain: 'revokes the certificate' },
    { command: 'delete|unregister|rollback', does: 'destroy', explain: 'deletes the certificate or account' },
    {
      command: '**',
      when: ['--revoke', '--remove', '--deactivate', '--deactivate-account', '--uninstall'],
      does: 'destroy',
      explain: 'takes a certificate away',
    },
    { command: '**', does: 'harmless', explain: '' },
  ],
});

/** Tunnels that put a port of this machine on the internet. */
export const tunnels = cliTool({
  names: ['ngrok', 'localtunnel', 'lt', 'bore', 'frpc', 'tailscale', 'zerotier-cli'],
  values: ['--config', '--log', '--hostname', '--authtoken', '--region'],
  resource: 'tunnel',
  place: 'remote',
  rules: [
    { command: 'api * delete|update|reset', does: 'configure', explain: 'changes' },
    { command: 'funnel|serve reset|off', does: 'write', explain: 'closes' },
    { command: 'logout|down|leave', does: 'configure', explain: 'leaves the network' },
    { command: '**', does: 'harmless', explain: '' },
  ],
});
