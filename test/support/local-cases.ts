/**
 * Generated repositories, and generated commands that destroy work in them, really run by bash and git. After undo every byte,
 * mode, link, name and time is what it was. `FIREBREAK_LOCAL_UNDO_CASES` asks for more, `FIREBREAK_LOCAL_UNDO_SEED` for others.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Destruction, FILE_COMMANDS, GIT_COMMANDS, LINKED_COMMANDS } from './local-commands.js';
import { differencesBetween, type Picture, pictureOf } from './local-picture.js';
import { dice, type Feature, makeRepository, sandboxEnvironment } from './local-repositories.js';
import { type LocalRig, localRig } from './local-rig.js';

const CASES = Number(process.env['FIREBREAK_LOCAL_UNDO_CASES'] ?? '520');
const SEED = Number(process.env['FIREBREAK_LOCAL_UNDO_SEED'] ?? '20261120');
const AT_ONCE = 4;

const TEMPLATES: readonly (readonly Feature[])[] = [
  ['ignored', 'stash'],
  ['merge'],
  ['rebase', 'ignored'],
  ['detached', 'packed'],
  ['unborn', 'ignored'],
  ['packed', 'submodule', 'ignored'],
  ['worktree', 'stash'],
  ['nested', 'ignored', 'packed'],
];

const COMMANDS = [...GIT_COMMANDS, ...FILE_COMMANDS, ...LINKED_COMMANDS] as const;

function isFitting(make: (typeof COMMANDS)[number], features: readonly Feature[]): boolean {
  return !LINKED_COMMANDS.includes(make) || features.includes('worktree');
}

const run = promisify(execFile);

/** Without objects, which only become more, and without what is made anew. */
const leave = (path: string) =>
  /(?:^|\/)\.git\/(?:.*\/)?objects$|(?:^|\/)refs\/firebreak$|(?:^|\/)(?:node_modules|dist)$/.test(path) ||
  path === 'library';

const STATUS = 'GIT_OPTIONAL_LOCKS=0 git status --porcelain=v2 --branch --ignored -z';
const FSCK = 'git fsck --connectivity-only --no-dangling --no-progress >&2';

async function sandboxed(home: string, folder: string, text: string): Promise<string> {
  const options = { cwd: folder, env: sandboxEnvironment(home), maxBuffer: 1 << 26 };
  const { stdout } = await run('bash', ['-c', text], options);
  return stdout.replaceAll(/[?!] (?:node_modules|dist)\/\0/g, '');
}

interface Case {
  readonly folder: string;
  readonly work: string;
  readonly title: string;
  readonly before: { readonly picture: Picture; readonly status: string };
  readonly destruction: Destruction;
}

/** Every `parts`-th case, beginning with `part`: two files of tests share the cores. */
export function testCases(part: number, parts: number): void {
  const root = mkdtempSync(join(tmpdir(), 'firebreak-undo-'));
  let rig: LocalRig;

  beforeAll(async () => {
    rig = await localRig(join(root, 'state'));
    for (const [number, features] of TEMPLATES.entries())
      makeRepository(join(root, `template-${number}`, 'work'), SEED + number, features);
  });
  afterAll(async () => {
    await rig.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function prepare(number: number): Promise<Case> {
    const round = Math.floor(number / COMMANDS.length);
    const make = COMMANDS[number % COMMANDS.length];
    if (make === undefined) throw new Error('there is no command');
    const fitting = TEMPLATES.flatMap((features, index) => (isFitting(make, features) ? [index] : []));
    const template = fitting[(number + round) % fitting.length] ?? 0;
    const features = TEMPLATES[template] ?? [];
    const folder = join(root, `case-${number}`);
    const work = join(folder, 'work');
    // Its working trees know each other by their whole paths.
    const repair = features.includes('worktree')
      ? 'echo "gitdir: $PWD/.git/worktrees/linked" > ../linked/.git && echo "$(dirname "$PWD")/linked/.git" > .git/worktrees/linked/gitdir'
      : ':';
    const copy = `cp -a ${join(root, `template-${template}`)} ${folder} && cd ${folder}/work && ${repair} && ${STATUS}`;
    const status = await sandboxed(folder, root, copy);
    const picture = pictureOf(folder, { leave });
    const destruction = make(work, dice(SEED + number * 7919));
    const title = `case ${number} (${features.join(' ')}): ${destruction.text}`;
    return { folder, work, title, before: { picture, status }, destruction };
  }

  /** What is not as it was; undefined when everything is. */
  async function runCase(number: number): Promise<string | undefined> {
    const { folder, work, title, before, destruction } = await prepare(number);
    try {
      const sealed = await rig.keep(destruction.losses);
      // A command that fails may have done half of it.
      await sandboxed(folder, work, destruction.text).catch(() => undefined);
      const outcome = await rig.undo(sealed.id);
      expect(outcome.kind).toBe('undone');
      const differences = [...differencesBetween(before.picture, pictureOf(folder, { leave }))];
      const status = await sandboxed(folder, work, `${STATUS} && ${FSCK}`);
      if (status !== before.status) differences.push(`git status: was ${before.status}, is ${status}`);
      rmSync(folder, { recursive: true, force: true });
      return differences.length === 0 ? undefined : `${title}\n  ${differences.slice(0, 8).join('\n  ')}`;
    } catch (error) {
      return `${title}\n  ${error instanceof Error ? error.stack : String(error)}`;
    }
  }

  test(`after undo everything is what it was, ${CASES} times, part ${part + 1} of ${parts}`, {
    timeout: 3_600_000,
  }, async () => {
    const failures: string[] = [];
    let next = part;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < CASES) {
          const number = next;
          next += parts;
          const failure = await runCase(number);
          if (failure !== undefined) failures.push(failure);
        }
      }),
    );
    expect(failures.slice(0, 20).join('\n'), `${failures.length} of ${CASES} cases`).toBe('');
  });
}
