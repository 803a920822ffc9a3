import { expect, test } from 'vitest';
import { copilot } from './dialect.js';

const told = (event: string, more: object) =>
  copilot.read(event, JSON.parse(JSON.stringify({ sessionId: 's', timestamp: 1, cwd: '/repo', ...more })));

test('arguments come as an object, or as a JSON text in older versions', () => {
  for (const toolArgs of [{ command: 'ls' }, '{"command":"ls"}'])
    expect(told('preToolUse', { toolName: 'bash', toolArgs })).toMatchObject({
      kind: 'call',
      action: { kind: 'shell', text: 'ls', cwd: '/repo' },
    });
  expect(told('preToolUse', { toolName: 'edit', toolArgs: { path: 'a' } })).toMatchObject({
    action: { kind: 'tool', server: 'copilot', name: 'edit' },
  });
  // Other calls of the shell tool: they read and stop what runs.
  expect(told('preToolUse', { toolName: 'bash', toolArgs: { sessionId: 1 } })).toMatchObject({
    action: { kind: 'tool', name: 'bash' },
  });
});

test('without an id the folder names the run', () => {
  expect(told('preToolUse', { sessionId: undefined, toolName: 'bash', toolArgs: { command: 'ls' } })?.run.id).toBe(
    '/repo',
  );
});

test('what is only told is read', () => {
  expect(told('userPromptSubmitted', { prompt: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  expect(
    told('postToolUse', { toolName: 'bash', toolResult: { resultType: 'success', textResultForLlm: 'out' } }),
  ).toMatchObject({ output: 'out' });
  expect(told('postToolUseFailure', { toolName: 'bash', error: 'bad' })).toMatchObject({ output: 'bad' });
  expect(told('sessionStart', {})?.kind).toBe('started');
  expect(told('agentStop', {})?.kind).toBe('other');
});

test('what is not of its form is not read', () => {
  expect(told('preToolUse', { toolName: 'bash', toolArgs: '{' })).toBeUndefined();
  expect(told('preToolUse', { toolArgs: {} })).toBeUndefined();
  expect(told('surprise', {})).toBeUndefined();
  expect(copilot.read('preToolUse', { toolName: 'bash', toolArgs: {} })).toBeUndefined();
});

test('silence leaves the call to the person; only their own approval skips the prompt', () => {
  const say = (decision: Parameters<typeof copilot.answer>[1]) => JSON.parse(copilot.answer('preToolUse', decision));
  expect(say({ kind: 'allow' })).toEqual({});
  expect(say({ kind: 'allow', approved: true })).toMatchObject({ permissionDecision: 'allow' });
  expect(say({ kind: 'deny', reason: 'no' })).toEqual({ permissionDecision: 'deny', permissionDecisionReason: 'no' });
  expect(copilot.answer('postToolUse', { kind: 'deny', reason: 'no' })).toBe('{}');
  expect(copilot.patience('preToolUse', {})).toBe(0);
});
