/** Programs that configure many machines at once. Source: each program's own reference. */
import { type Argument, exactly } from '../../argument.js';
import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

/** Salt: `salt TARGET FUNCTION ARGUMENTS`. */
export const salt: Tool = {
  names: ['salt', 'salt-ssh', 'salt-call'],
  judge: ({ name, args }) => {
    const values = [
      '-t',
      '--timeout',
      '-b',
      '--batch-size',
      '-c',
      '--config-dir',
      '-u',
      '--user',
      '--out',
      '--output',
      '-l',
      '--log-level',
      '--roster',
      '-i',
      '--id',
    ];
    const options = readOptions(args, { values });
    const [target, call, ...rest] =
      name === 'salt-call' ? [exactly('this machine'), ...options.operands] : options.operands;
    if (
      target === undefined ||
      call === undefined ||
      options.has('--help', '-h') ||
      rest.some(({ text }) => text === 'test=True')
    )
      return [];
    const on = `on ${target.written}`;
    const [first] = rest;
    if (/^cmd\.(?:run|run_all|run_stdout|shell|script|exec_code)$/u.test(call.text))
      return first === undefined ? [] : [{ kind: 'shell', text: first, elsewhere: on, by: name }];
    if (
      /^(?:test|grains|pillar|status|disk|sys|network|saltutil)\.(?!.*(?:del|set|kill))|\.(?:list|get|show|version|info|status|usage|stats|exists|is_)\w*$/u.test(
        call.text,
      )
    )
      return [];
    const removes =
      /\b(?:remove|purge|delete|del|absent|stop|kill|reboot|shutdown|poweroff|rm|unlink|drop|wipe|halt)/u.test(
        call.text.replaceAll('_', ' '),
      );
    return [effectOn(removes ? 'destroy' : 'configure', target, `runs ${call.written} ${on}`)];
  },
};

function effectOn(verb: 'destroy' | 'configure', target: Argument, explain: string) {
  return { kind: 'effect', verb, resource: { kind: 'salt', name: target.written }, place: 'remote', explain } as const;
}

export const puppet = cliTool({
  names: ['puppet', 'puppetserver', 'bolt'],
  values: [
    '--server',
    '--certname',
    '--environment',
    '--modulepath',
    '--logdest',
    '-t',
    '--targets',
    '-n',
    '--nodes',
    '--user',
    '-u',
  ],
  resource: 'puppet',
  place: 'remote',
  dryRun: ['--noop'],
  rules: [
    {
      command: 'node|cert|ca|certificate clean|purge|deactivate|destroy|revoke',
      does: 'destroy',
      explain: 'takes the node off',
    },
    { command: 'module uninstall', does: 'write', place: 'local', explain: 'removes a module' },
    {
      command: 'resource * * ensure=absent|ensure=purged|ensure=stopped',
      does: 'destroy',
      place: 'local',
      explain: 'removes',
    },
    {
      command: 'agent',
      when: ['-t', '--test', '--onetime'],
      does: 'configure',
      place: 'local',
      explain: 'applies the configuration to this machine',
    },
    { command: 'apply', does: 'configure', place: 'local', explain: 'applies to this machine' },
    { command: 'command|script|task|plan run', does: 'execute', explain: 'runs on many machines:' },
  ],
});

export const chef = cliTool({
  names: ['knife', 'chef', 'chef-client', 'chef-solo', 'inspec'],
  values: [
    '-c',
    '--config',
    '-z',
    '-k',
    '--key',
    '-u',
    '--user',
    '-s',
    '--server-url',
    '-E',
    '--environment',
    '-N',
    '--node-name',
    '-r',
    '--run-list',
    '-x',
    '-i',
    '-P',
  ],
  resource: 'chef',
  place: 'remote',
  dryRun: ['--why-run', '-W'],
  rules: [
    { command: '* delete|purge', does: 'destroy', explain: 'deletes' },
    { command: '* bulk delete', does: 'destroy', reversible: 'no', explain: 'deletes' },
    { command: 'data bag delete', does: 'destroy', explain: 'deletes' },
    { command: '* server delete', does: 'destroy', explain: 'deletes the server' },
    { command: 'ssh', does: 'execute', explain: 'runs on many machines:' },
    { command: 'bootstrap', does: 'configure', explain: 'sets up' },
    {
      command: 'node|role|environment|client|user edit|run_list|from|reregister',
      does: 'configure',
      explain: 'changes',
    },
    { command: 'node run_list *', does: 'configure', explain: 'changes' },
    { command: 'cookbook|data|role upload|from', does: 'write', explain: 'uploads' },
    {
      command: 'clean-policy-revisions|clean-policy-cookbooks|delete-policy|delete-policy-group',
      does: 'destroy',
      explain: 'deletes',
    },
  ],
});
