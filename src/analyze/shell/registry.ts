/** Which knowledge answers for which program. */

import { DESTROYING } from './cli-tool.js';
import type { Finding } from './finding.js';
import type { Invocation } from './invocation.js';
import { onlyReads } from './reading.js';
import type { Tool } from './tool.js';
import { CLOUD_TOOLS } from './tools/cloud/index.js';
import { DATABASE_TOOLS } from './tools/databases/index.js';
import { editorTools } from './tools/editors.js';
import { fileTools } from './tools/files/index.js';
import { MORE_OUTPUTS } from './tools/files/write.js';
import { firebreakTools } from './tools/firebreak.js';
import { gitTools } from './tools/git/index.js';
import { INFRASTRUCTURE_TOOLS } from './tools/infrastructure/index.js';
import { INTERPRETER_TOOLS } from './tools/interpreters/index.js';
import { MIGRATION_TOOLS } from './tools/migrations/index.js';
import { NETWORK_TOOLS } from './tools/network/index.js';
import { packageTools } from './tools/packages/index.js';
import { PLATFORM_TOOLS } from './tools/platforms/index.js';
import { repeatingTools } from './tools/repeating.js';
import { SECRET_TOOLS } from './tools/secrets/index.js';
import { shells, sourcing } from './tools/shells.js';
import { systemTools } from './tools/system/index.js';
import { taskRunners } from './tools/tasks.js';
import { windowsTools } from './tools/windows/index.js';
import { hiddenCommand, wrappers } from './tools/wrappers.js';

/** A name that several know is the first one's. */
const ALL: readonly Tool[] = [
  ...firebreakTools,
  shells,
  sourcing,
  ...wrappers,
  ...repeatingTools,
  ...taskRunners,
  ...gitTools,
  ...MIGRATION_TOOLS,
  ...NETWORK_TOOLS,
  ...SECRET_TOOLS,
  ...DATABASE_TOOLS,
  ...fileTools,
  ...systemTools,
  ...INTERPRETER_TOOLS,
  ...INFRASTRUCTURE_TOOLS,
  ...CLOUD_TOOLS,
  ...PLATFORM_TOOLS,
  ...packageTools,
  ...windowsTools,
];

const TOOLS = new Map<string, Tool>(
  ALL.toReversed().flatMap((tool) => tool.names.map((name): [string, Tool] => [name, tool])),
);

// What a program runs out of its options comes to what else is known of it.
for (const more of [...editorTools, ...MORE_OUTPUTS])
  for (const name of more.names) {
    const known = TOOLS.get(name);
    TOOLS.set(name, known === undefined ? more : both(more, known));
  }

function both(one: Tool, other: Tool): Tool {
  return { names: one.names, judge: (invocation) => [...one.judge(invocation), ...other.judge(invocation)] };
}

/** The tool of this name; versions (`python3.11`), letter case and the `g` of GNU tools on other systems do not matter. */
export function toolFor(name: string): Tool | undefined {
  const plain = name.toLowerCase().replace(/\.(?:cmd|bat|com|exe)$/u, '');
  return (
    TOOLS.get(name) ??
    TOOLS.get(plain) ??
    TOOLS.get(plain.replace(/[-.]?\d+(?:\.\d+)*$/u, '')) ??
    (plain.startsWith('g') ? TOOLS.get(plain.slice(1)) : undefined)
  );
}

/** A program that is known to do more than to read and print. */
export function couldDestroy(name: string): boolean {
  return WRAPPED.has(name) || (toolFor(name) !== undefined && !onlyReads(name, []));
}

/**
 * Whether a text that cannot be read names any program that is known, or anything that is computed. FAIL-CLOSED: if it does,
 * parts of it may run, and waits for a person.
 */
export function couldHarm(text: string): boolean {
  const plain = text.replace(/['"\\]/gu, '');
  return /[$`]/u.test(text) || (plain.match(/[\w.-]+/gu) ?? []).some((word) => couldDestroy(word));
}

const SCRIPTS: readonly (readonly [RegExp, Extract<Finding, { kind: 'script' }>['language']])[] = [
  [/\.py$/u, 'python'],
  [/\.[cm]?[jt]s$/u, 'javascript'],
  [/\.rb$/u, 'ruby'],
  [/\.pl$/u, 'perl'],
  [/\.php$/u, 'php'],
];

/** What can be told of a program that nothing is known of. */
export function unknownTool(invocation: Invocation): readonly Finding[] {
  const { program, name, args } = invocation;
  if (program.text.includes('/')) {
    const language = SCRIPTS.find(([pattern]) => pattern.test(program.text))?.[1] ?? 'shell';
    return [{ kind: 'script', path: program, language, args, by: program.written }];
  }
  // It may be a wrapper that nobody has heard of: what it would start is judged as if it did.
  const hidden = hiddenCommand(invocation, (word) => WRAPPED.has(word));
  if (hidden !== undefined) return [hidden];
  const words = args.filter(({ text }) => !text.startsWith('-')).slice(0, 3);
  const at = words.findIndex(({ text }) => text.split(/[-:_]/u).some((part) => DESTROYING.test(part)));
  if (at < 0 || args.some(({ text }) => /^(?:--help|-h|--dry-run)$/u.test(text))) return [];
  const said = [name, ...words.slice(0, at + 1).map(({ text }) => text)].join(' ');
  return [
    { kind: 'effect', verb: 'destroy', resource: { kind: 'tool', name }, place: 'remote', explain: `runs ${said}` },
  ];
}

/** Programs that an unknown program may be a wrapper of. Their names are rarely a word of another program's own. */
const WRAPPED = new Set(
  (
    'rm rmdir git shred dd mkfs bash sh zsh find xargs sudo psql mysql sqlite3 mongosh redis-cli terraform tofu kubectl helm ' +
    'docker aws gcloud az railway vercel heroku prisma python python3 node perl ruby dropdb truncate'
  ).split(' '),
);
