import { expect, test } from 'vitest';
import { opencode } from './dialect.js';

const told = (event: string, more: object) =>
  opencode.read(event, JSON.parse(JSON.stringify({ session: 's', folder: '/repo', call: 'c', ...more })));

test.each([
  [{}, '/repo'],
  [{ workdir: 'sub' }, '/repo/sub'],
  [{ workdir: '/x' }, '/x'],
])('a command is judged in the folder that it runs in: %o', (more, cwd) => {
  expect(told('tool.execute.before', { tool: 'bash', args: { command: 'ls', ...more } })).toMatchObject({
    kind: 'call',
    callId: 'c',
    action: { kind: 'shell', text: 'ls', cwd },
  });
});

test('other tools are tool calls, and what is only told is read', () => {
  expect(told('tool.execute.before', { tool: 'write', args: { filePath: 'a' } })).toMatchObject({
    action: { server: 'opencode', name: 'write' },
  });
  expect(told('tool.execute.after', { tool: 'bash', output: 'x', exit: 3 })).toMatchObject({
    kind: 'result',
    output: 'x',
    exitStatus: 3,
  });
  expect(told('chat.message', { text: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  expect(told('session.created', {})?.kind).toBe('started');
  expect(told('session.deleted', {})?.kind).toBe('ended');
});

test('what is not of its form is not read', () => {
  expect(told('tool.execute.before', { tool: 'bash', args: {} })).toBeUndefined();
  expect(told('tool.execute.before', { tool: 'bash' })).toBeUndefined();
  expect(told('surprise', {})).toBeUndefined();
  expect(opencode.read('chat.message', { text: 'x' })).toBeUndefined();
});

test('the answer is yes or no, with the reason', () => {
  expect(JSON.parse(opencode.answer('tool.execute.before', { kind: 'allow' }))).toEqual({ allow: true });
  expect(JSON.parse(opencode.answer('tool.execute.before', { kind: 'deny', reason: 'no' }))).toEqual({
    allow: false,
    reason: 'no',
  });
});
