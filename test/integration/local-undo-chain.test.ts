/**
 * The whole way of a command: analysis says what it takes away, policy decides, it is copied, it really runs, it is undone.
 * Afterwards everything is what it was, or the command had been held.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyze } from '#analyze/analyze';
import { loadSqlParser } from '#analyze/sql/parser';
import { answerLocal } from '#resolve/local';
import { FILE_COMMANDS, GIT_COMMANDS } from '../support/local-commands.js';
import { differencesBetween, type Picture, pictureOf } from '../support/local-picture.js';
import { dice, makeRepository, sandboxEnvironment } from '../support/local-repositories.js';
import { type LocalRig, localRig } from '../support/local-rig.js';
import { openPipelineRig, type PipelineRig } from '../support/pipeline-rig.js';

const SEED = Number(process.env['FIREBREAK_LOCAL_UNDO_SEED'] ?? '20261120');
const root = mkdtempSync(join(tmpdir(), 'firebreak-undo-'));
const run = promisify(execFile);
const toClose: (() => void | Promise<void>)[] = [];
let rig: LocalRig;
let pipeline: PipelineRig;

beforeAll(async () => {
  await loadSqlParser();
  rig = await localRig(join(root, 'state'));
  makeRepository(join(root, 'template/work'), SEED, ['ignored', 'stash']);
  pipeline = await openPipelineRig({
    atEnd: (clear) => toClose.push(clear),
    analyze,
    resolve: async (question) =>
      question.kind === 'file-text' || question.kind === 'path' || question.kind === 'workspace'
        ? answerLocal(question)
        : undefined,
    snapshots: rig.snapshots,
    local: rig.copies,
  });
});
afterAll(async () => {
  for (const close of toClose.reverse()) await close();
  await rig.close();
  rmSync(root, { recursive: true, force: true });
});

const leave = (path: string) =>
  /(?:^|\/)\.git\/(?:.*\/)?objects$|(?:^|\/)refs\/firebreak$|(?:^|\/)(?:node_modules|dist)$/.test(path);

type Ending = 'held' | 'undone' | 'nothing lost';

async function goesThrough(number: number): Promise<{ readonly ending: Ending; readonly failure?: string }> {
  const make = [...GIT_COMMANDS, ...FILE_COMMANDS][number];
  if (make === undefined) throw new Error('there is no command');
  const folder = join(root, `case-${number}`);
  await run('cp', ['-a', join(root, 'template'), folder]);
  const work = join(folder, 'work');
  const { text } = make(work, dice(SEED + number));
  const before = pictureOf(folder, { leave });
  const recorded = pipeline.recorder.events.length;
  const door = pipeline.door({
    action: { kind: 'shell', text, cwd: work },
    session: { id: `ses_${number}` },
    environments: [],
    held: (self) => self.controller.abort(),
    execute: async (self, permit) => {
      permit.redeem(self.submission.action);
      await run('bash', ['-c', text], { cwd: work, env: sandboxEnvironment(folder) }).catch(() => undefined);
      return { ok: true, summary: 'released' };
    },
  });
  const outcome = await pipeline.submit(door.submission);
  const after = pictureOf(folder, { leave });
  if (outcome.kind !== 'executed') {
    const changed = differencesBetween(before, after);
    return { ending: 'held', ...(changed.length > 0 ? { failure: `${text}: held, and changed ${changed[0]}` } : {}) };
  }
  const events = pipeline.recorder.events.slice(recorded);
  const kept = events.flatMap((event) => (event.kind === 'kept' ? [event.snapshot.id] : []))[0];
  if (kept === undefined) {
    const lost = LOSES_NOTHING.test(text) ? [] : lostBetween(before, after);
    return {
      ending: 'nothing lost',
      ...(lost.length > 0 ? { failure: `${text}: not kept, and lost ${lost[0]}` } : {}),
    };
  }
  // INVARIANT of the record: what was kept stands before the release.
  expect(events.map(({ kind }) => kind)).toEqual(['decided', 'kept', 'released', 'completed']);
  await rig.undo(kept);
  const differences = differencesBetween(before, pictureOf(folder, { leave }));
  rmSync(folder, { recursive: true, force: true });
  return {
    ending: 'undone',
    ...(differences.length > 0 ? { failure: `${text}\n  ${differences.slice(0, 5).join('\n  ')}` } : {}),
  };
}

/** What they take away they keep themselves, or they only add. */
const LOSES_NOTHING = /^git stash push|^echo more >>/;

/** Files whose bytes are gone or others. Adding to one, and changing modes and times, takes nothing away. */
function lostBetween(before: Picture, after: Picture): readonly string[] {
  const bytes = (line: string | undefined) => line?.replace(/^(file|folder) \d+ -?\d+/, '$1').replace(/ also .*$/, '');
  return Object.keys(before)
    .filter((path) => !path.includes('.git') && bytes(before[path])?.startsWith('file') === true)
    .filter((path) => bytes(before[path]) !== bytes(after[path]))
    .map((path) => `${path}: was ${before[path]}, is ${after[path] ?? 'nothing'}`);
}

test('what analysis lets run unasked is what it was after undo', { timeout: 600_000 }, async () => {
  const endings = new Map<Ending, number>();
  const failures: string[] = [];
  for (let number = 0; number < GIT_COMMANDS.length + FILE_COMMANDS.length; number += 1) {
    const { ending, failure } = await goesThrough(number);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    if (failure !== undefined) failures.push(failure);
  }
  expect(failures.join('\n')).toBe('');
  // Undoing instead of asking: most of them run at once.
  expect(endings.get('undone')).toBeGreaterThan(50);
});
