/** `firebreak doctor`, the part about agents: every hook proved, every weakness named. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { FirebreakError, messageOf } from '#base/errors';
import type { Finding } from '#cli/services';
import { knowsOnFailure, ON_FAILURE_SINCE } from '#intercept/hook/claude-code/installation';
import type { Level, Places, SettingsFile } from '#intercept/hook/installation';
import { parseSettings } from '#intercept/hook/json-text';
import { type AgentHooksContext, clientPath, clientText, filesOf } from './agent-hooks.js';
import { codexHooks } from './codex-trust.js';
import { type DetectedAgent, detectAgents } from './detect.js';
import { proveHook } from './proof.js';
import { readText } from './settings-files.js';

/** @param daemonRuns without it nothing is decided, and that is said once. */
export async function examineAgents(context: AgentHooksContext, daemonRuns: boolean): Promise<readonly Finding[]> {
  const detected = await detectAgents(context.environment, context.places);
  const all = await Promise.all(detected.map((one) => examineAgent(one, context, daemonRuns)));
  return all.flat();
}

interface Found {
  readonly level: Level;
  readonly file: SettingsFile;
  readonly text: string;
}

async function examineAgent(
  detected: DetectedAgent,
  context: AgentHooksContext,
  daemonRuns: boolean,
): Promise<readonly Finding[]> {
  const { installation, version } = detected;
  const name = version === undefined ? installation.dialect.title : `${installation.dialect.title} ${version}`;
  const { places, environment } = context;
  const findings: Finding[] = [];
  const add = (level: Finding['level'], what: string, hint?: string) =>
    findings.push({ level, what: `${name}: ${what}`, hint });
  const files: Found[] = [];
  for (const { level, file } of filesOf(installation, places)) {
    try {
      const text = readText(file.path);
      if (text !== undefined && (file.hooks?.(text) ?? []).length > 0) files.push({ level, file, text });
    } catch (error) {
      add('warning', messageOf(error), error instanceof FirebreakError ? error.hint : undefined);
    }
  }
  const [first] = files;
  if (first === undefined) {
    add('warning', 'has no hooks, so nothing that it runs is decided on', 'firebreak init');
    return findings;
  }
  for (const { file, text } of files) {
    const gates = (file.hooks?.(text) ?? []).filter(({ event }) => event === installation.gate);
    if (gates.length === 0)
      add('problem', `${file.path} lacks the hook that is asked before a command runs`, 'firebreak init');
    for (const hook of gates) {
      const proof = await proveHook(installation, hook, places.project, environment);
      if (proof.kind === 'denied') add('ok', `the hook in ${file.path} denies what it must`);
      else if (proof.kind === 'blocked' && daemonRuns)
        add(
          'problem',
          `the hook in ${file.path} reaches no daemon, so every call is blocked: ${proof.reason}`,
          'firebreak init',
        );
      else if (proof.kind === 'blocked') add('warning', 'every call is blocked until the daemon runs', 'firebreak up');
      else
        add(
          'problem',
          `the hook in ${file.path} let a call pass that must be denied: ${proof.reason}`,
          'firebreak init',
        );
    }
  }
  if (files.length > 1)
    add(
      'warning',
      `has hooks twice, in ${files.map(({ file }) => file.path).join(' and ')}: an approval would be spent by the first`,
      'firebreak init',
    );
  if (first.level !== 'managed' && installation.files('managed', places).length > 0)
    add(
      'warning',
      `the hooks are in ${first.file.path}, from where ${first.level === 'user' ? 'whatever runs as you' : 'whoever changes the project'} can take them out`,
      'run `firebreak init` as root for the managed level',
    );
  for (const what of [...(await weaknesses(detected, first, context))]) add(what.level, what.what, what.hint);
  add('warning', `not covered: ${installation.limits.join('; ')}`, `docs/guides/${installation.dialect.agent}.md`);
  return findings;
}

/** What of the surroundings weakens the hooks. */
async function weaknesses(
  detected: DetectedAgent,
  { level, file, text }: Found,
  { places, environment }: AgentHooksContext,
): Promise<readonly Finding[]> {
  const { installation, programs, version } = detected;
  const { agent } = installation.dialect;
  const findings: Finding[] = [];
  const add = (of: Finding['level'], what: string, hint?: string) => findings.push({ level: of, what, hint });
  const own = file.hooks?.(text) ?? [];
  if (own.some(({ kind }) => kind === 'command')) {
    const client = clientPath(level, places);
    if (readText(client) !== clientText()) add('warning', `${client} is not this version's`, 'firebreak init');
  }
  const everywhere = filesOf(installation, places).flatMap(({ file: one }) => {
    const found = existsSync(one.path) ? readFileSync(one.path, 'utf8') : undefined;
    return found === undefined ? [] : [{ path: one.path, text: found, others: one.others }];
  });
  for (const { path, text: found, others } of everywhere) {
    for (const off of switchedOff(agent, found, path)) {
      // What an administrator has set does not listen to a user's switches.
      add(
        level === 'managed' && path !== file.path && agent !== 'gemini' ? 'warning' : 'problem',
        `${path} says \`${off}\``,
        'take it out',
      );
    }
    const events = (readable(() => others?.(found)) ?? []).filter((event) => event === installation.gate);
    if (events.length > 0)
      add(
        'warning',
        `${path} has another hook for ${installation.gate}: one that rewrites calls would do so after they were allowed`,
        'look at what it does',
      );
  }
  if (agent === 'claude-code' && own.some(({ kind }) => kind === 'http') && !knowsOnFailure(version))
    add(
      'problem',
      `versions before ${ON_FAILURE_SINCE} run a call when the daemon is down`,
      'update Claude Code, or run `firebreak init` again',
    );
  if (agent === 'codex') findings.push(...(await codexTrust(detected, level, file, places, environment)));
  if (programs.length > 1)
    add(
      'warning',
      `there are several programs of that name: ${programs.join(', ')}`,
      'the hooks were checked for the first',
    );
  for (const program of programs) {
    const flag = bypassIn(head(program), agent);
    if (flag !== undefined) add('problem', `${program} is a script that starts it with \`${flag}\``, 'take that out');
  }
  for (const rc of ['.bashrc', '.bash_aliases', '.zshrc', '.profile', '.config/fish/config.fish']) {
    const path = join(places.home, rc);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const names = new RegExp(`\\b(?:${installation.programs.join('|')})\\b`);
    const flag = lines
      .filter((line) => names.test(line))
      .map((line) => bypassIn(line, agent))
      .find((one) => one !== undefined);
    if (flag !== undefined) add('problem', `${path} starts it with \`${flag}\``, 'take that out');
  }
  return findings;
}

/** Flags and variables that make an agent go round hooks of users or projects. */
const BYPASSES: Readonly<Record<string, readonly string[]>> = {
  'claude-code': ['--bare', '--setting-sources', 'CLAUDE_CODE_SIMPLE'],
  codex: ['--dangerously-bypass-hook-trust', '--disable hooks', 'features.hooks=false', '--ignore-user-config'],
  gemini: ['GEMINI_CLI_SYSTEM_SETTINGS_PATH'],
  opencode: ['--pure', 'OPENCODE_PURE'],
  cursor: [],
  copilot: [],
};

function bypassIn(text: string, agent: string): string | undefined {
  return BYPASSES[agent]?.find((flag) => text.includes(flag));
}

/** The beginning of a program, if it is a script. */
function head(program: string): string {
  const file = openSync(program, 'r');
  try {
    const bytes = Buffer.alloc(4_096);
    const text = bytes.toString('latin1', 0, readSync(file, bytes));
    // Agents written in JavaScript name their own flags.
    return /^#!.*\b(?:sh|bash|dash|zsh|fish)\b/.test(text) ? text : '';
  } finally {
    closeSync(file);
  }
}

function switchedOff(agent: string, text: string, path: string): readonly string[] {
  if (path.endsWith('.toml'))
    return (text.match(/^\s*(?:hooks|codex_hooks|features\.hooks)\s*=\s*false/gm) ?? []).map((one) => one.trim());
  if (!path.endsWith('.json')) return [];
  const settings = readable(() => parseSettings(text, path)) ?? {};
  const off: string[] = [];
  if ((agent === 'claude-code' || agent === 'copilot') && settings['disableAllHooks'] === true)
    off.push('disableAllHooks');
  const config = settings['hooksConfig'];
  if (agent === 'gemini' && typeof config === 'object' && config !== null && !Array.isArray(config)) {
    if ('enabled' in config && config['enabled'] === false) off.push('hooksConfig.enabled: false');
    if ('disabled' in config && JSON.stringify(config['disabled']).includes('firebreak'))
      off.push('hooksConfig.disabled');
  }
  return off;
}

async function codexTrust(
  { programs: [program] }: DetectedAgent,
  level: Level,
  file: SettingsFile,
  places: Places,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  if (program === undefined)
    return [
      {
        level: 'warning',
        what: 'the program `codex` was not found, so it could not be asked whether it trusts the hooks',
      },
    ];
  const folder = places.homes.codex ?? join(places.home, '.codex');
  const at = { folder, hooks: readText(join(folder, 'hooks.json')), config: readText(join(folder, 'config.toml')) };
  const hooks = await codexHooks(program, at, places.project, environment);
  if (hooks === undefined)
    return [
      { level: 'warning', what: 'could not be asked whether it trusts the hooks', hint: 'start `codex`, type /hooks' },
    ];
  const own = hooks.filter(({ command }) => command?.includes('/hook-client') === true);
  const idle = own.filter(
    ({ trustStatus, enabled }) => !enabled || (trustStatus !== 'trusted' && trustStatus !== 'managed'),
  );
  const findings: Finding[] = [];
  if (own.length === 0)
    findings.push({
      level: 'problem',
      what: `does not know the hooks in ${file.path}`,
      hint: 'hooks may be turned off: look for `hooks = false` in config.toml',
    });
  if (idle.length > 0)
    findings.push({
      level: 'problem',
      what: `skips ${idle.length} of ${own.length} hooks without a word: they are not trusted, or turned off`,
      hint: 'firebreak init, or start `codex` and type /hooks',
    });
  if (level === 'managed') {
    const pin = `${places.root}/etc/codex/requirements.toml`;
    if (!existsSync(pin) || !/^\s*hooks\s*=\s*true/m.test(readFileSync(pin, 'utf8')))
      findings.push({
        level: 'warning',
        what: `\`codex --disable hooks\` goes round them, for ${pin} does not keep hooks on`,
        hint: 'run `firebreak init` as root',
      });
  } else
    findings.push({
      level: 'warning',
      what: '`--disable hooks`, `--ignore-user-config` and a project that says `features.hooks = false` go round them',
      hint: 'run `firebreak init` as root for the managed level',
    });
  return findings;
}

/** A settings file that cannot be read was named above; here it says nothing. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FirebreakError) return undefined;
    throw error;
  }
}
