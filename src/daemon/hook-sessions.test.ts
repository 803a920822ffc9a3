import { expect, test } from 'vitest';
import type { Session } from '#action/session';
import type { HookCaller } from '#intercept/hook/options';
import { createHookSessions, isHookSession } from './hook-sessions.js';

const caller = (id: string, claimed?: string): HookCaller => ({
  agent: 'claude-code',
  title: 'Claude Code',
  run: { id, folder: '/srv/shop' },
  claimed,
});

const LAUNCHED: Session = {
  id: 'ses_1',
  agent: 'claude',
  intent: '',
  environments: ['staging'],
  mode: 'work',
  tier: 'advisory',
};

/** A core whose record can be broken, and whose launched session can end. */
function core(launched: readonly Session[] = [LAUNCHED]) {
  const notes: string[] = [];
  const state = { broken: false, launched: [...launched] };
  return {
    notes,
    state,
    sessions: createHookSessions({
      note: async ({ act, subject }) => {
        if (state.broken) throw new Error('the disk is full');
        notes.push(`${act} ${subject}`);
      },
      // Only this is asked of them.
      sessions: { get: (id: string) => state.launched.find((one) => one.id === id) } as never,
    }),
  };
}

test('a run has one session, on the record once, and the same one after a restart', async () => {
  const { sessions, notes } = core();
  const [first, again] = await Promise.all([sessions.of(caller('r1')), sessions.of(caller('r1'))]);
  expect(again).toEqual(first);
  expect(first).toMatchObject({
    agent: 'Claude Code',
    environments: ['*'],
    mode: 'work',
    tier: 'advisory',
    intent: '',
  });
  expect(isHookSession(first)).toBe(true);
  expect(notes).toEqual([`session-opened ${first.id}`]);
  expect((await core().sessions.of(caller('r1'))).id).toBe(first.id);
  expect((await sessions.of(caller('r2'))).id).not.toBe(first.id);
  expect((await sessions.of({ ...caller('r1'), agent: 'codex' })).id).not.toBe(first.id);
});

test('the last words of a person are the intent, until the run is over', async () => {
  const { sessions, notes } = core();
  sessions.instructed(caller('r1'), 'first');
  sessions.instructed(caller('r1'), 'second');
  sessions.instructed(caller('r2'), 'other');
  expect((await sessions.of(caller('r1'))).intent).toBe('second');
  await sessions.ended(caller('r1'));
  await sessions.ended(caller('never-seen'));
  expect(notes.map((note) => note.split(' ')[0])).toEqual(['session-opened', 'session-closed']);
  expect((await sessions.of(caller('r1'))).intent).toBe('');
});

test('a run whose beginning cannot be recorded has no session, so nothing of it is let go; the next call tries again', async () => {
  const { sessions, state } = core();
  state.broken = true;
  await expect(sessions.of(caller('r1'))).rejects.toThrow('the disk is full');
  state.broken = false;
  expect((await sessions.of(caller('r1'))).agent).toBe('Claude Code');
});

test('a run in `firebreak run` has its session, whose own task counts', async () => {
  const { sessions, state, notes } = core();
  sessions.instructed(caller('r1', 'ses_1'), 'as the hook says');
  expect(await sessions.of(caller('r1', 'ses_1'))).toEqual({ ...LAUNCHED, intent: 'as the hook says' });
  state.launched = [{ ...LAUNCHED, intent: 'as the person said' }];
  expect((await sessions.of(caller('r1', 'ses_1'))).intent).toBe('as the person said');
  expect(notes).toEqual([]);
});

test('a run whose session has ended does not become one that may do more', async () => {
  const { sessions } = core([]);
  await expect(sessions.of(caller('r1', 'ses_1'))).rejects.toMatchObject({ code: 'SESSION_ENDED' });
});
