import { type Argument, exactly } from '../../argument.js';
import type { Finding } from '../../finding.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';

/** Source: Ansible's ansible(1) and ansible-playbook(1). */
const VALUES = [
  '-a',
  '--args',
  '-m',
  '--module-name',
  '-i',
  '--inventory',
  '-l',
  '--limit',
  '-u',
  '--user',
  '-e',
  '--extra-vars',
  '-f',
  '--forks',
  '-t',
  '--tags',
  '-T',
  '--timeout',
  '-c',
  '--connection',
  '-P',
  '--poll',
  '-B',
  '--background',
  '-M',
  '--module-path',
  '--become-user',
  '--become-method',
  '--private-key',
  '--key-file',
  '--vault-id',
  '--vault-password-file',
  '--skip-tags',
  '--start-at-task',
  '--ssh-common-args',
  '--playbook-dir',
  '--task-timeout',
  '--tree',
  '--become-password-file',
];

const SHELLS = /^(?:ansible\.(?:builtin|legacy|windows)\.)?(?:command|shell|raw|win_command|win_shell|expect)$/u;

/** Modules that only look. */
const LOOKS =
  /^(?:ansible\.builtin\.)?(?:ping|setup|debug|gather_facts|stat|find|slurp|fetch|assert|wait_for|service_facts|package_facts|win_ping|getent|set_fact|fail)$/u;

/** Ad-hoc: one module with its arguments on every host that fits. */
export const ansible: Tool = {
  names: ['ansible'],
  judge: ({ args }) => {
    const options = readOptions(args, { values: VALUES });
    const [pattern] = options.operands;
    if (
      pattern === undefined ||
      options.has('--check', '-C', '--list-hosts', '--help', '-h', '--version', '--syntax-check')
    )
      return [];
    const given = options.value('-a', '--args');
    const named = options.value('-m', '--module-name');
    const module = named?.text ?? 'command';
    const hosts = `on the hosts ${pattern.written}`;
    if (SHELLS.test(module)) {
      return given === undefined ? [] : [{ kind: 'shell', text: given, elsewhere: hosts, by: 'ansible' }];
    }
    if (named?.certainty === 'unknown') return [{ kind: 'opaque', explain: `runs a module that is computed ${hosts}` }];
    if (LOOKS.test(module)) return [];
    return [onHosts(module, given, pattern, hosts)];
  },
};

/** A playbook does what its tasks say, on hosts that its inventory names. */
export const ansiblePlaybook: Tool = {
  names: ['ansible-playbook', 'ansible-pull', 'ansible-navigator', 'ansible-runner'],
  judge: ({ name, args }) => {
    const options = readOptions(args, { values: VALUES });
    const looks = [
      '--check',
      '-C',
      '--syntax-check',
      '--list-hosts',
      '--list-tasks',
      '--list-tags',
      '--help',
      '-h',
      '--version',
    ];
    const playbook = options.operands[0];
    if (playbook === undefined || options.has(...looks)) return [];
    const local =
      /^(?:localhost|127\.0\.0\.1),?$/u.test(options.value('-i', '--inventory')?.text ?? '') ||
      options.value('-c', '--connection')?.text === 'local';
    return [
      {
        kind: 'effect',
        verb: 'deploy',
        resource: { kind: 'ansible:playbook', name: playbook.written },
        place: local ? 'local' : 'remote',
        explain: `${name} runs ${playbook.written} on the hosts of its inventory`,
      },
    ];
  },
};

function onHosts(module: string, given: Argument | undefined, pattern: Argument, hosts: string): Finding {
  const what = (given ?? exactly('')).text;
  const removes =
    /\bstate\s*=\s*"?(?:absent|removed|stopped|purged|killed)\b/u.test(what) ||
    /(?:delete|destroy|drop|remove)/u.test(module);
  return {
    kind: 'effect',
    verb: removes ? 'destroy' : 'configure',
    resource: { kind: `ansible:${module}`, name: pattern.written },
    place: /^(?:localhost|127\.0\.0\.1)$/u.test(pattern.text) ? 'local' : 'remote',
    explain: `runs the module ${module}${given === undefined ? '' : ` with ${given.written}`} ${hosts}`,
  };
}
