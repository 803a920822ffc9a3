import { describe, expect, test } from 'vitest';
import type { JsonObject, ToolAction } from '#action/action';
import type { Effect } from '#action/effect';
import { type Answer, type PathEntry, questionKey } from '#action/question';
import type { Analysis } from '../analysis.js';
import { analyzeTool } from './analyze-tool.js';
import { filesOfPatch } from './patch.js';

const ROOT = '/home/dana/shop';
const CONTEXT = { resources: new Map(), environments: [] };
const WORKSPACE: Answer = {
  kind: 'workspace',
  root: ROOT,
  realRoot: ROOT,
  home: '/home/dana',
  temporary: ['/tmp'],
};

type Lies = Readonly<Record<string, Partial<PathEntry>>>;

/** Asks as the pipeline does, of a machine where `lies` is all there is. */
function analysed(name: string, given: JsonObject, lies: Lies = {}, server = 'claude-code'): Analysis {
  const action: ToolAction = { kind: 'tool', server, name, arguments: given, cwd: ROOT };
  const answers = new Map<string, Answer>();
  for (let round = 0; ; round += 1) {
    const analysis = analyzeTool(action, answers, CONTEXT);
    const open = analysis.questions.filter((question) => !answers.has(questionKey(question)));
    if (open.length === 0) return analysis;
    expect(round).toBeLessThan(4);
    for (const question of open) {
      if (question.kind === 'workspace') answers.set(questionKey(question), WORKSPACE);
      if (question.kind !== 'path') continue;
      const entry = lies[question.path];
      const plain = { path: question.path, type: 'file', mount: false, tracked: false, ignored: false } as const;
      answers.set(questionKey(question), {
        kind: 'path',
        entries: entry === undefined ? [] : [{ ...plain, ...entry }],
      });
    }
  }
}

/** What the shipped policies make of it: read and write pass, a copy is an obligation, the rest is held or denied. */
function comesTo(effects: readonly Effect[]): string {
  const [effect] = effects;
  if (effect === undefined) return 'nothing';
  if (effect.resource.kind === 'firebreak') return 'denied';
  if (effect.verb === 'destroy') return effect.reversible === 'snapshot' ? 'kept' : 'held';
  if (effect.verb === 'reveal') return effect.environments.length === 0 ? 'held' : 'allowed';
  return 'allowed';
}

const write = (path: string, lies: Lies = {}) =>
  analysed('Write', { file_path: path, content: 'x' }, { [ROOT]: { type: 'folder' }, ...lies });
const edit = (path: string, lies: Lies = {}) =>
  analysed('Edit', { file_path: path, old_string: 'a', new_string: 'b' }, lies);

describe("an agent's daily work", () => {
  test.each([
    ['a new file', write(`${ROOT}/src/new.ts`)],
    ['a file that git follows', write(`${ROOT}/src/a.ts`, { [`${ROOT}/src/a.ts`]: { tracked: true } })],
    ['an edit, followed or not', edit(`${ROOT}/notes.md`, { [`${ROOT}/notes.md`]: {} })],
    ['a file below a relative path', write('src/b.ts')],
    ['a .env file', edit(`${ROOT}/.env`, { [`${ROOT}/.env`]: { ignored: true } })],
    ['a temporary file', write('/tmp/scratch/x.py')],
    ['a plan of its own', write('/home/dana/.claude/plans/soft-sparrow.md')],
    ['a look', analysed('Read', { file_path: '/etc/hosts' })],
    ['a search', analysed('Grep', { pattern: 'rm -rf /', path: ROOT })],
    ['a list of things to do', analysed('TodoWrite', { todos: [] })],
    ['a subagent', analysed('Agent', { prompt: 'delete everything', subagent_type: 'general-purpose' })],
    ['an unknown tool', analysed('list_everything', {}, {}, 'github')],
    ["an agent's own tool with a grim name", analysed('KillShell', { shell_id: '1' })],
  ])('%s is not asked about', (_, analysis) => {
    expect(comesTo(analysis.effects)).toBe('allowed');
    expect(analysis.losses ?? []).toEqual([]);
  });

  test('an unknown tool whose name says that it takes something away waits for a person', () => {
    expect(comesTo(analysed('delete_everything', {}, {}, 'github').effects)).toBe('held');
  });

  test('a whole file that git does not follow is kept before it is replaced', () => {
    const path = `${ROOT}/notes.md`;
    const { effects, losses } = write(path, { [path]: {} });
    expect(comesTo(effects)).toBe('kept');
    expect(losses).toEqual([{ kind: 'path', path, pattern: false, fate: 'changed' }]);
  });

  test('an unknown tool is marked as unknown', () => {
    expect(analysed('deploy', {}, {}, 'vercel').effects[0]).toMatchObject({ verb: 'execute', evidence: 'unknown' });
    // A tool of somebody else's server is not known by its name.
    expect(analysed('Read', {}, {}, 'weird').effects[0]).toMatchObject({ verb: 'execute', evidence: 'unknown' });
  });
});

describe('what guards the agent', () => {
  test.each([
    '/home/dana/.claude/settings.json',
    `${ROOT}/.claude/settings.local.json`,
    '.claude/settings.json',
    '/etc/claude-code/managed-settings.json',
    '/home/dana/.codex/config.toml',
    `${ROOT}/.cursor/hooks.json`,
    `${ROOT}/opencode.json`,
    `${ROOT}/firebreak.yaml`,
    '/home/dana/.local/state/firebreak/vault/x',
    `${ROOT}/src/../.gemini/settings.json`,
  ])('a write to %s is denied', (path) => {
    expect(comesTo(write(path).effects)).toBe('denied');
    expect(comesTo(edit(path).effects)).toBe('denied');
  });

  test('a folder that leads there is seen through', () => {
    const { effects } = write(`${ROOT}/x/settings.json`, {
      [`${ROOT}/x/settings.json`]: { path: '/home/dana/.claude/settings.json' },
    });
    expect(comesTo(effects)).toBe('denied');
  });

  test('a new file in a folder that is a link is held', () => {
    const { effects } = write(`${ROOT}/x/new.js`, { [`${ROOT}/x`]: { type: 'link' } });
    expect(comesTo(effects)).toBe('held');
  });

  test('reading its keys is denied, reading its settings is not', () => {
    expect(comesTo(analysed('Read', { file_path: '/home/dana/.config/firebreak/vault.key' }).effects)).toBe('denied');
    expect(comesTo(analysed('Read', { file_path: `${ROOT}/firebreak.yaml` }).effects)).toBe('allowed');
  });
});

describe('what is held', () => {
  test.each([
    ['outside the work', write('/home/dana/.bashrc')],
    ['in another project', edit('/home/dana/other/a.ts', { '/home/dana/other/a.ts': { tracked: true } })],
    ['credentials', edit('/home/dana/.aws/credentials')],
    ['a link', edit(`${ROOT}/l`, { [`${ROOT}/l`]: { type: 'link' } })],
    ['what leads out', edit(`${ROOT}/l/a`, { [`${ROOT}/l/a`]: { path: '/home/dana/other/a' } })],
    ['reading credentials', analysed('Read', { file_path: '/home/dana/.ssh/id_ed25519' })],
    ['searching credentials', analysed('Grep', { pattern: 'key', path: '/home/dana/.aws' })],
    ['a patch that cannot be read', analysed('apply_patch', { input: 'nonsense' }, {}, 'codex')],
  ])('%s', (_, analysis) => {
    expect(comesTo(analysis.effects)).toBe('held');
  });

  test('an editing tool whose files nobody can tell waits for a person', () => {
    expect(comesTo(analysed('Edit', { where: 'x' }).effects)).toBe('held');
  });

  test('what cannot be named cannot be kept, and waits for a person', () => {
    const deletion: ToolAction = { kind: 'tool', server: 'cursor', name: 'delete', arguments: { path: 'a.ts' } };
    expect(comesTo(analyzeTool(deletion, new Map(), CONTEXT).effects)).toBe('held');
  });

  test('a deletion by a tool is kept first', () => {
    const { effects, losses } = analysed(
      'delete_file',
      { target_file: `${ROOT}/a.ts` },
      { [`${ROOT}/a.ts`]: {} },
      'cursor',
    );
    expect(comesTo(effects)).toBe('kept');
    expect(losses).toEqual([{ kind: 'path', path: `${ROOT}/a.ts`, pattern: false, fate: 'removed' }]);
  });
});

describe('a patch', () => {
  test('says which files it touches', () => {
    expect(
      filesOfPatch(
        '*** Begin Patch\n*** Add File: a.ts\n+x\n*** Update File: b.ts\n*** Move to: c.ts\n@@\n-x\n*** Delete File: d.ts\n*** End Patch',
      ),
    ).toEqual([
      { act: 'write', path: 'a.ts' },
      { act: 'edit', path: 'b.ts' },
      { act: 'delete', path: 'b.ts' },
      { act: 'write', path: 'c.ts' },
      { act: 'delete', path: 'd.ts' },
    ]);
    expect(filesOfPatch('--- a/x.ts\n+++ b/x.ts\n@@\n--- a/y.ts\n+++ /dev/null\n--- /dev/null\n+++ b/z.ts\n')).toEqual([
      { act: 'edit', path: 'x.ts' },
      { act: 'delete', path: 'y.ts' },
      { act: 'write', path: 'z.ts' },
    ]);
    expect(filesOfPatch('hello')).toBeUndefined();
  });

  test('is judged by each of its files', () => {
    const patch =
      '*** Begin Patch\n*** Update File: src/a.ts\n@@\n+x\n*** Add File: .claude/settings.json\n+{}\n*** End Patch';
    const { effects } = analysed('apply_patch', { command: ['apply_patch', patch] }, {}, 'codex');
    expect(effects.map((effect) => comesTo([effect]))).toEqual(['allowed', 'denied']);
  });
});
