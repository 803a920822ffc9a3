import { expect, test } from 'vitest';
import { codex } from './dialect.js';

const BASE = { session_id: 's', cwd: '/repo', permission_mode: 'default', model: 'm', turn_id: 't' };
const pre = (tool_name: string, tool_input: object, more: object = {}) =>
  codex.read(
    'PreToolUse',
    JSON.parse(
      JSON.stringify({ ...BASE, hook_event_name: 'PreToolUse', tool_use_id: 'c', tool_name, tool_input, ...more }),
    ),
  );

test('a command is judged in the folder that it runs in', () => {
  expect(pre('Bash', { command: 'ls' }, { cwd: '/elsewhere' })).toMatchObject({
    kind: 'call',
    callId: 'c',
    action: { kind: 'shell', text: 'ls', cwd: '/elsewhere' },
  });
});

test('patches and other tools are tool calls; those of MCP servers under their own names', () => {
  expect(pre('apply_patch', { command: '*** Begin Patch' })).toMatchObject({
    action: { kind: 'tool', server: 'codex', name: 'apply_patch' },
  });
  expect(pre('mcp__github__delete_file', { path: 'x' })).toMatchObject({
    action: { server: 'github', name: 'delete_file', arguments: { path: 'x' } },
  });
});

test('a subagent and planning are told', () => {
  expect(pre('Bash', { command: 'ls' }, { agent_id: 'a', agent_type: 'worker', permission_mode: 'plan' })?.run).toEqual(
    {
      id: 's',
      folder: '/repo',
      subagent: { id: 'a', kind: 'worker' },
      planning: true,
    },
  );
});

test('what is only told is read', () => {
  const told = (hook_event_name: string, more: object) =>
    codex.read(hook_event_name, JSON.parse(JSON.stringify({ ...BASE, hook_event_name, ...more })));
  expect(told('UserPromptSubmit', { prompt: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  expect(told('PostToolUse', { tool_name: 'Bash', tool_use_id: 'c', tool_response: 'out\n' })).toMatchObject({
    kind: 'result',
    output: 'out\n',
  });
  expect(told('PostToolUse', { tool_name: 'x', tool_response: { a: 1 } })).toMatchObject({ output: '{"a":1}' });
  expect(told('SessionStart', {})?.kind).toBe('started');
  expect(told('SessionEnd', {})?.kind).toBe('ended');
  expect(told('Stop', {})?.kind).toBe('other');
});

test.each([
  ['another event than its path says', 'PreToolUse', { ...BASE, hook_event_name: 'Stop' }],
  ['no session', 'PreToolUse', { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } }],
  [
    'a command that is no text',
    'PreToolUse',
    { ...BASE, hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: ['ls'] } },
  ],
  ['no input', 'PreToolUse', { ...BASE, hook_event_name: 'PreToolUse', tool_name: 'Bash' }],
  ['an event that nobody knows', 'Surprise', { ...BASE, hook_event_name: 'Surprise' }],
])('what is not of its form is not read: %s', (_, event, body) => {
  expect(codex.read(event, JSON.parse(JSON.stringify(body)))).toBeUndefined();
});

test('only a denial with a reason is said: an allow or an ask would make Codex run the call in any case', () => {
  expect(codex.answer('PreToolUse', { kind: 'allow' })).toBe('');
  expect(codex.answer('PreToolUse', { kind: 'allow', approved: true })).toBe('');
  const reason = (text: string) =>
    JSON.parse(codex.answer('PreToolUse', { kind: 'deny', reason: text })).hookSpecificOutput;
  expect(reason('no')).toEqual({
    hookEventName: 'PreToolUse',
    permissionDecision: 'deny',
    permissionDecisionReason: 'no',
  });
  expect(reason(' ').permissionDecisionReason).not.toBe(' ');
  expect(codex.answer('PostToolUse', { kind: 'deny', reason: 'no' })).toBe('');
});
