/** Firebreak's own command line, and what would stop Firebreak or start an agent without it. */
import { knownText } from '../argument.js';
import type { EffectFinding, Finding } from '../finding.js';
import type { Invocation } from '../invocation.js';
import { readOptions } from '../options.js';
import type { Tool } from '../tool.js';

/** What an agent may ask of Firebreak: these only show something. */
const SHOWS = new Set(['status', 'explain', 'log', 'doctor', 'holds', 'demo', 'help', 'fit']);

/** What people decide. INVARIANT: no agent approves what it has asked for, lifts a freeze or takes its own hooks out. */
const PEOPLE = new Set([
  'approve',
  'reject',
  'freeze',
  'unfreeze',
  'secrets',
  'init',
  'db',
  'up',
  'gate',
  'backup',
  'drill',
]);

/** Out of bounds for agents: the policy denies it. */
export function ownFinding(explain: string): EffectFinding {
  return {
    kind: 'effect',
    verb: 'configure',
    resource: { kind: 'firebreak', name: 'firebreak' },
    place: 'local',
    reversible: 'no',
    explain,
  };
}

const firebreak: Tool = {
  names: ['firebreak'],
  judge: ({ args }) => judgeFirebreak(args),
};

export function judgeFirebreak(args: Invocation['args']): readonly Finding[] {
  const options = readOptions(args, { values: ['--config', '--state'], stopAtOperand: true });
  const [verb, ...rest] = options.operands;
  if (verb === undefined) return [];
  const name = knownText(verb);
  if (rest.some(({ text }) => text === '--help' || text === '-h')) return [];
  if (name === undefined) return [{ kind: 'opaque', explain: `runs firebreak ${verb.written}, which is computed` }];
  if (SHOWS.has(name) || (name === 'undo' && rest.some(({ text }) => text === '--list'))) return [];
  if (PEOPLE.has(name)) return [ownFinding(`runs firebreak ${name}, which is for people`)];
  return [{ kind: 'opaque', explain: `runs firebreak ${name}` }];
}

/** Options of agents with which they run without the hooks that are installed, or with other settings. */
const UNHOOKED =
  /^--(?:bare|setting-sources|settings|disable-all-hooks|no-hooks|disable-hooks|dangerously-bypass-hook-trust)(?:=|$)/u;

const agents: Tool = {
  names: ['claude', 'codex', 'gemini', 'opencode', 'cursor-agent', 'copilot'],
  judge: ({ name, args }) => {
    const option = args.find(({ text }) => UNHOOKED.test(text) || /^(?:hooks|features\.hooks)\b.*=/u.test(text));
    const sets = args[0]?.text === 'config' && /^(?:set|add|remove)$/u.test(args[1]?.text ?? '');
    if (option === undefined && !sets) return [];
    return [{ kind: 'opaque', explain: `starts ${name} with other settings: ${option?.written ?? 'config'}` }];
  },
};

export const firebreakTools: readonly Tool[] = [firebreak, agents];

/** They stop, pause or switch off what runs. */
const STOPPING =
  /^(?:kill|pkill|killall|skill|fuser|systemctl|service|launchctl|supervisorctl|sv|rc-service|initctl|chkconfig|update-rc\.d|pm2|tmux|screen|docker|podman|npm|pnpm|yarn|bun|pip\d?|brew|apt|apt-get|xargs)$/u;

/** Their words that take something away or stop it, where a name alone says nothing. */
const STOPS =
  /^(?:stop|disable|mask|kill|unload|remove|bootout|delete|restart|rm|uninstall|un|r|unlink|purge|kill-session|quit|-k|off)$/u;

/** Firebreak's own service, process or package, stopped or removed under its name. */
export function stopsFirebreak({ name, args, input }: Invocation): EffectFinding | undefined {
  if (!STOPPING.test(name)) return undefined;
  const said = args.map(({ text, written }) => `${text} ${written}`).join(' ');
  const piped = input.kind === 'pipe' ? (input.said ?? '') : input.kind === 'text' ? input.text.text : '';
  const named = /(?:^|[^\w])firebreak(?:$|[^\w-])/iu;
  const byName = named.test(said);
  if (!byName && !(name === 'xargs' && /(?:^|\s)(?:kill|pkill|rm|git)\b/u.test(said) && named.test(piped)))
    return undefined;
  const always = /^(?:kill|pkill|killall|skill|xargs)$/u.test(name);
  const shows = args.some(({ text }) => /^(?:-0|-l|--list|--help|status|show|list|ls)$/u.test(text));
  if (shows || !(always || args.some(({ text }) => STOPS.test(text)))) return undefined;
  return ownFinding(`stops or removes Firebreak: ${name} ${args.map(({ written }) => written).join(' ')}`);
}
