import { expect, test } from 'vitest';
import type { RecordEvent } from '#action/record-event';
import type { Session } from '#action/session';
import { encodeEntry } from '#record/entry';
import { Story, sessionOf } from './story.js';
import { storyLines } from './story-lines.js';

const SESSION: Session = {
  id: 'hook_1',
  agent: 'Claude Code',
  intent: '',
  environments: ['*'],
  mode: 'work',
  tier: 'advisory',
};

let clock = Date.parse('2026-11-20T21:58:00Z');
const events: RecordEvent[] = [];
/** Puts an event on the record, a second after the one before. */
function note(event: Record<string, unknown>, session: Session | null = SESSION): void {
  clock += 1_000;
  events.push({ time: clock, ...(session && { session }), ...event } as RecordEvent); // Of the form that its kind has.
}

const effect = (explain: string) => ({
  verb: 'write',
  resource: { kind: 'x', name: 'x' },
  environments: ['local'],
  explain,
});
const decided = (actionId: string, action: object, explain: string, more: object = {}) =>
  note({
    kind: 'decided',
    actionId,
    action,
    effects: [effect(explain)],
    verdict: { decision: 'allow', obligations: [], policies: [], reason: '' },
    origin: { callId: `c-${actionId}`, agentRun: 'run-1', folder: '/srv/shop', ...more },
  });
const output = (actionId: string | undefined, text: string, exitStatus?: number) =>
  note({
    kind: 'output',
    agentRun: 'run-1',
    callId: 'c',
    actionId,
    tool: 'Bash',
    output: text,
    bytes: text.length,
    exitStatus,
  });

note({ kind: 'instructed', agentRun: 'run-1', text: 'Clean up,\nplease.' });
decided('a1', { kind: 'shell', text: 'rm -rf build' }, 'deletes build');
note({ kind: 'kept', actionId: 'a1', snapshot: { id: 'S-3', sha256: 'x', bytes: 1 } });
note({ kind: 'completed', actionId: 'a1', execution: { ok: true, summary: 'let go to the agent' } });
output('a1', '', 0);
// Somebody else's, in between.
note({ kind: 'instructed', agentRun: 'run-2', text: 'ANOTHER TASK' }, { ...SESSION, id: 'hook_2' });
decided('a2', { kind: 'shell', text: "psql -c 'drop table users'" }, 'drops table users');
note({ kind: 'held', holdId: 'H-4', actionId: 'a2', digest: 'd', expiresAt: 0, approversNeeded: 1 });
note({ kind: 'refused', actionId: 'a2', code: 'withdrawn', reason: 'its client stopped waiting', holdId: 'H-4' });
note({ kind: 'approved', holdId: 'H-4', approver: 'dana', factor: 'totp', digest: 'd', enough: true }, null);
note({ kind: 'approved', holdId: 'H-9', approver: 'STRANGER', factor: 'totp', digest: 'd', enough: true }, null);
decided('a3', { kind: 'shell', text: "psql -c 'drop table users'" }, 'drops table users');
note({ kind: 'attached', holdId: 'H-4', actionId: 'a3' });
note({ kind: 'completed', actionId: 'a3', execution: { ok: true, summary: 'let go to the agent' } });
output('a3', 'ERROR: no \u001b[31msuch table\n'.repeat(9), 1);
const settings = {
  kind: 'tool',
  server: 'claude-code',
  name: 'Write',
  arguments: { file_path: '/root/.claude/settings.json' },
};
decided('a4', settings, "changes Claude Code's hooks", { subagent: { id: 'a8', kind: 'general-purpose' } });
note({ kind: 'refused', actionId: 'a4', code: 'denied', reason: "Firebreak's own files are out of bounds" });
output(undefined, 'late');

const entries = events.map((event): unknown => JSON.parse(encodeEntry(event).toString('utf8')));

function told(wanted: string): string {
  const story = new Story(wanted);
  for (const entry of entries) story.add(entry);
  return storyLines(story).join('\n');
}

test('a session reads as a story', () => {
  expect(told('hook_1')).toBe(`Session hook_1: Claude Code, its session run-1; advisory
In /srv/shop
2026-11-20T21:58:01.000Z to 2026-11-20T21:58:18.000Z; 1 ran, 1 held, 1 ran after approval, 1 denied

21:58:01  told
          Clean up,
          please.

21:58:02  ran
          $ rm -rf build
          - deletes build
          kept first as S-3: \`firebreak undo S-3\`
          => exit status 0, 0 bytes

21:58:07  held
          $ psql -c 'drop table users'
          - drops table users
          H-4; dana approved it at 21:58:10

21:58:12  ran after approval
          $ psql -c 'drop table users'
          - drops table users
          H-4; dana approved it at 21:58:10
          => exit status 1, 234 bytes
             ERROR: no \\u{1b}[31msuch table
             ERROR: no \\u{1b}[31msuch table
             ERROR: no \\u{1b}[31msuch table
             ERROR: no \\u{1b}[31msuch table
             ERROR: no \\u{1b}[31msuch table
             (4 more lines)

21:58:16  denied, by its subagent general-purpose a8
          Write (claude-code): /root/.claude/settings.json
          - changes Claude Code's hooks
          no: Firebreak's own files are out of bounds

21:58:18  Bash answered
          => 4 bytes
             late`);
});

test("the agent's own name for its session is as good, and a session that nobody knows has no story", () => {
  expect(told('run-1')).toBe(told('hook_1'));
  expect(told('nobody')).toBe('There is nothing on the record of this session.');
});

test('what belongs to no agent is in no story', () => {
  expect(sessionOf(entries[0])).toBe('hook_1');
  expect(sessionOf(entries.at(9))).toBeUndefined();
  expect(sessionOf({ unmapped: { firebreak: { session: { id: 'operator' } } } })).toBeUndefined();
  expect(sessionOf('garbage')).toBeUndefined();
});
