import { expect, test } from 'vitest';
import { cursor } from './dialect.js';

const BASE = {
  conversation_id: 'c',
  generation_id: 'g',
  model: 'm',
  cursor_version: '2.4.0',
  workspace_roots: ['/repo'],
};
const told = (hook_event_name: string, more: object) =>
  cursor.read(hook_event_name, JSON.parse(JSON.stringify({ ...BASE, hook_event_name, ...more })));

test('a command is judged in its folder, or in the first of the workspace', () => {
  expect(told('beforeShellExecution', { command: 'ls', cwd: '/x' })).toMatchObject({
    action: { kind: 'shell', text: 'ls', cwd: '/x' },
  });
  expect(told('beforeShellExecution', { command: 'ls', cwd: '' })).toMatchObject({ action: { cwd: '/repo' } });
  expect(
    told('preToolUse', { tool_name: 'Shell', tool_input: { command: 'ls', working_directory: '/y' } }),
  ).toMatchObject({ action: { cwd: '/y' } });
});

test('input comes as an object or as a JSON text, by the version', () => {
  for (const tool_input of [{ a: 1 }, '{"a":1}'])
    expect(told('beforeMCPExecution', { tool_name: 'drop', tool_input, url: 'https://mcp.example.com' })).toMatchObject(
      {
        action: { kind: 'tool', server: 'https://mcp.example.com', name: 'drop', arguments: { a: 1 } },
      },
    );
  expect(told('beforeMCPExecution', { tool_name: 'drop', tool_input: '[1]' })).toBeUndefined();
  expect(told('beforeMCPExecution', { tool_name: 'drop', tool_input: '{' })).toBeUndefined();
});

test('files are judged by their path, not by what is in them', () => {
  expect(told('beforeReadFile', { file_path: '/repo/.env', content: 'SECRET=1' })).toMatchObject({
    action: { server: 'cursor', name: 'Read', arguments: { file_path: '/repo/.env' } },
  });
  expect(told('preToolUse', { tool_name: 'Write', tool_input: { file_path: 'a' } })).toMatchObject({
    action: { name: 'Write' },
  });
});

test('what is only told is read', () => {
  expect(told('beforeSubmitPrompt', { prompt: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  expect(told('afterShellExecution', { command: 'ls', output: 'a' })).toMatchObject({ kind: 'result', output: 'a' });
  expect(told('afterMCPExecution', { tool_name: 'drop', result_json: '{}' })).toMatchObject({
    kind: 'result',
    tool: 'drop',
    output: '{}',
  });
  expect(told('sessionStart', {})?.kind).toBe('started');
  expect(told('stop', {})?.kind).toBe('other');
});

test('what is not of its form is not read', () => {
  expect(told('beforeShellExecution', {})).toBeUndefined();
  expect(told('preToolUse', { tool_name: 'Write' })).toBeUndefined();
  expect(told('surprise', {})).toBeUndefined();
  expect(
    cursor.read('beforeShellExecution', { hook_event_name: 'beforeShellExecution', command: 'ls' }),
  ).toBeUndefined();
});

test('the answer is always JSON, and a prompt is never refused', () => {
  expect(cursor.answer('preToolUse', { kind: 'allow' })).toBe('{"permission":"allow"}');
  expect(JSON.parse(cursor.answer('beforeShellExecution', { kind: 'deny', reason: 'no' }))).toMatchObject({
    permission: 'deny',
    agent_message: 'no',
    user_message: 'no',
  });
  expect(cursor.answer('afterShellExecution', { kind: 'deny', reason: 'no' })).toBe('{}');
  expect(JSON.parse(cursor.answer('beforeSubmitPrompt', { kind: 'deny', reason: 'no' }))).toEqual({ continue: true });
});
