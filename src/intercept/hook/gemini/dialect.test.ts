import { expect, test } from 'vitest';
import { gemini } from './dialect.js';

const BASE = { session_id: 's', cwd: '/repo', timestamp: '2026-11-20T22:00:00Z' };
const told = (hook_event_name: string, more: object) =>
  gemini.read(hook_event_name, JSON.parse(JSON.stringify({ ...BASE, hook_event_name, ...more })));
const before = (tool_name: string, tool_input: object, more: object = {}) =>
  told('BeforeTool', { tool_name, tool_input, ...more });

test.each([
  [{}, '/repo'],
  [{ dir_path: 'sub' }, '/repo/sub'],
  [{ dir_path: '/elsewhere' }, '/elsewhere'],
  [{ directory: 'old' }, '/repo/old'],
  [{ dir_path: '' }, '/repo'],
])('a command is judged in the folder that it runs in: %o', (more, cwd) => {
  expect(before('run_shell_command', { command: 'ls', ...more })).toMatchObject({
    action: { kind: 'shell', text: 'ls', cwd },
  });
});

test('other tools are tool calls; those of MCP servers under their own names', () => {
  expect(before('write_file', { file_path: 'a' })).toMatchObject({ action: { server: 'gemini', name: 'write_file' } });
  expect(before('mcp_github_delete_file', {})).toMatchObject({ action: { server: 'github', name: 'delete_file' } });
  expect(before('mcp__github__delete_file', {})).toMatchObject({ action: { server: 'github', name: 'delete_file' } });
  const mcp_context = { server_name: 'git_hub', tool_name: 'delete_file' };
  expect(before('mcp_git_hub_delete_file', {}, { mcp_context })).toMatchObject({
    action: { server: 'git_hub', name: 'delete_file' },
  });
});

test('what is only told is read', () => {
  expect(told('BeforeAgent', { prompt: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  const tool_response = { llmContent: 'Output: x\nExit Code: 3\n' };
  expect(told('AfterTool', { tool_name: 'run_shell_command', tool_response })).toMatchObject({
    kind: 'result',
    exitStatus: 3,
  });
  expect(told('AfterTool', { tool_name: 'x', tool_response: { llmContent: [{ text: 'a' }] } })).toMatchObject({
    output: '[{"text":"a"}]',
    exitStatus: undefined,
  });
  expect(told('SessionStart', {})?.kind).toBe('started');
  expect(told('SessionEnd', {})?.kind).toBe('ended');
  expect(told('BeforeModel', {})?.kind).toBe('other');
});

test('what is not of its form is not read', () => {
  expect(before('run_shell_command', { command: 7 })).toBeUndefined();
  expect(told('BeforeTool', { tool_name: 'write_file' })).toBeUndefined();
  expect(told('Surprise', {})).toBeUndefined();
  expect(gemini.read('BeforeTool', { ...BASE, hook_event_name: 'AfterTool' })).toBeUndefined();
});

test('the answer is always JSON, and what is only told is never refused', () => {
  expect(gemini.answer('BeforeTool', { kind: 'allow' })).toBe('{}');
  expect(JSON.parse(gemini.answer('BeforeTool', { kind: 'deny', reason: 'no' }))).toEqual({
    decision: 'deny',
    reason: 'no',
  });
  for (const event of ['AfterTool', 'BeforeAgent', 'SessionStart'])
    expect(gemini.answer(event, { kind: 'deny', reason: 'no' })).toBe('{}');
});
