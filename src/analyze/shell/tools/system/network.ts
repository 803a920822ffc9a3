/** Addresses, routes and packet filters of this machine. */
import { cliTool } from '../../cli-tool.js';
import { readOptions } from '../../options.js';
import type { Tool } from '../../tool.js';
import { onlyShows, onMachine, saying } from './on-machine.js';

/** iptables(8): `-F` and `-X` throw the rules away, the others change one. */
const iptables: Tool = {
  names: [
    'iptables',
    'ip6tables',
    'ebtables',
    'arptables',
    'iptables-restore',
    'ip6tables-restore',
    'iptables-legacy',
    'iptables-nft',
    'ipset',
  ],
  judge: ({ name, args }) => {
    const options = readOptions(args, {
      values: [
        '-t',
        '--table',
        '-s',
        '-d',
        '-p',
        '-i',
        '-o',
        '-j',
        '-m',
        '--dport',
        '--sport',
        '-A',
        '-D',
        '-I',
        '-R',
        '-P',
        '-N',
        '-E',
        '-w',
      ],
    });
    if (onlyShows(args) || options.has('-L', '--list', '-S', '--list-rules', '-C', '--check', '-h')) return [];
    const verb = options.operands[0]?.text ?? '';
    if (name === 'ipset' && /^(?:list|save|test|version)$/u.test(verb)) return [];
    const flushes =
      options.has('-F', '--flush', '-X', '--delete-chain', '-Z') ||
      /^(?:destroy|flush|x|f)$/u.test(verb) ||
      (/restore$/u.test(name) && !options.has('-n', '--noflush'));
    if (flushes)
      return onMachine('destroy', 'firewall', `throws rules of the packet filter away: ${name} ${saying(args)}`);
    return args.length === 0
      ? []
      : onMachine('configure', 'firewall', `changes the packet filter: ${name} ${saying(args)}`);
  },
};

const filters = cliTool({
  names: ['nft', 'ufw', 'firewall-cmd', 'pfctl', 'fail2ban-client'],
  values: ['-f', '--file', '-F', '--zone', '--port', '--service', '-a', '-t'],
  resource: 'firewall',
  place: 'local',
  dryRun: ['--dry-run', '-c', '--check'],
  rules: [
    { command: 'flush|destroy|reset', does: 'destroy', explain: 'throws rules of the packet filter away' },
    {
      command: 'delete table|chain|ruleset|set|map',
      does: 'destroy',
      explain: 'throws rules of the packet filter away',
    },
    { command: 'list|status|show|monitor|version|get|describe|app|--state', does: 'harmless', explain: '' },
    { command: '*', does: 'configure', explain: 'changes the packet filter' },
  ],
});

/** pfctl(8), nft(8) and firewall-cmd(1) by option. */
const flushing: Tool = {
  names: ['pfctl', 'firewall-cmd'],
  judge: (invocation) => {
    const { name, args } = invocation;
    const flush = args.some(({ text }) =>
      name === 'pfctl'
        ? /^-F/u.test(text)
        : /^--(?:reset-to-defaults|delete-(?:zone|service|policy|ipset))/u.test(text),
    );
    return flush
      ? onMachine('destroy', 'firewall', `throws rules of the packet filter away: ${name} ${saying(args)}`)
      : filters.judge(invocation);
  },
};

/** ip(8): objects, then what to do with them; words may be shortened (`ip l`, `ip a d`). */
const ip: Tool = {
  names: ['ip'],
  judge: ({ args }) => {
    const { operands, has } = readOptions(args, {
      values: ['-n', '-netns', '-f', '-family', '-rc', '-rcvbuf', '-b', '-batch'],
      singleDash: true,
    });
    if (has('-b', '-batch', '-force'))
      return [{ kind: 'opaque', explain: 'changes the network by a list that is not known' }];
    const [object, verb] = operands;
    if (/^(?:netns|vrf)$/u.test(object?.text ?? '') && verb?.text === 'exec') {
      const words = args.slice(args.indexOf(verb) + 2);
      return words.length === 0 ? [] : [{ kind: 'command', words, by: `ip ${object?.text ?? ''} exec` }];
    }
    const what = verb?.text ?? 'show';
    if (
      /^(?:s|sh|sho|show|l|ls|lst|list|g|get|help|monitor|m|save|id|identify|pids|showdump|st|stats)$/u.test(what) ||
      /^(?:mon|monitor|help)$/u.test(object?.text ?? '')
    )
      return [];
    const said = `ip ${saying(operands)}`;
    const loses = /^(?:d|del|dele|delete|f|fl|flu|flush|deleteall)$/u.test(what);
    const kind = object?.text ?? '';
    const vital = /^(?:f|fl|flu|flush|deleteall)$/u.test(what)
      ? /^(?:a|addr|address|r|ro|route|ru|rule|xfrm|neigh|n)$/u
      : /^(?:l|link|netns|tunnel|tuntap)$/u;
    return loses && vital.test(kind) && !/^n/u.test(kind)
      ? onMachine('destroy', 'network', `takes the network apart: ${said}`)
      : onMachine('configure', 'network', `changes the network: ${said}`);
  },
};

const managers = cliTool({
  names: ['nmcli', 'connmanctl', 'wpa_cli', 'iwctl', 'netplan', 'ifdown', 'brctl', 'ovs-vsctl', 'resolvectl', 'bridge'],
  values: ['-f', '--fields', '-g', '-m', '--mode', '-w', '--wait', '-c', '--colors', '-e'],
  resource: 'network',
  place: 'local',
  rules: [
    { command: 'c|con|connection|d|dev|device delete|del', does: 'destroy', explain: 'deletes the connection' },
    { command: 'n|net|networking off', does: 'configure', explain: 'switches the network off' },
    {
      command: 'delbr|del-br|emer-reset|del-port|remove_network',
      does: 'destroy',
      explain: 'deletes from the network',
    },
    { command: '*', does: 'harmless', explain: '' },
  ],
});

const route: Tool = {
  names: ['route', 'ifconfig', 'arp'],
  judge: ({ name, args }) => {
    const flush = args.some(({ text }) => /^(?:flush|-f)$/u.test(text)) && name === 'route';
    if (flush) return onMachine('destroy', 'network', 'deletes every route');
    const changes = args.some(({ text }) =>
      /^(?:add|del|delete|change|destroy|create|down|up|alias|-alias|mtu|-d|-s)$/u.test(text),
    );
    return changes ? onMachine('configure', 'network', `changes the network: ${name} ${saying(args)}`) : [];
  },
};

export const NETWORK: readonly Tool[] = [
  iptables,
  { ...filters, names: ['nft', 'ufw', 'fail2ban-client'] },
  flushing,
  ip,
  managers,
  route,
];
