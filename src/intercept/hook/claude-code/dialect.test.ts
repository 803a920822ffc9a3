import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#action/action';
import { claudeCode } from './dialect.js';
import { claudeCodeHooks } from './settings.js';

const COMMON = { session_id: 's', cwd: '/srv/shop', permission_mode: 'default' };
const read = (event: string, body: JsonObject) =>
  claudeCode.read(event, { ...COMMON, hook_event_name: event, ...body });
const call = (tool_name: string, tool_input: JsonObject, more: JsonObject = {}) =>
  read('PreToolUse', { tool_name, tool_input, tool_use_id: 'toolu_1', ...more });

describe('a call', () => {
  test('of a shell is a command in its folder', () => {
    expect(call('Bash', { command: 'ls', description: 'x' })).toMatchObject({
      kind: 'call',
      callId: 'toolu_1',
      run: { id: 's', folder: '/srv/shop', subagent: undefined, planning: false },
      action: { kind: 'shell', text: 'ls', cwd: '/srv/shop' },
    });
    expect(call('Monitor', { command: 'rm x' })).toMatchObject({ action: { kind: 'shell', text: 'rm x' } });
    expect(call('Monitor', { ws: { url: 'wss://x' } })).toMatchObject({ action: { kind: 'tool', name: 'Monitor' } });
  });

  test('of another tool carries all of its input', () => {
    const input = { file_path: '/a', content: 'x'.repeat(10_000) };
    expect(call('Write', input)).toMatchObject({
      action: { kind: 'tool', server: 'claude-code', name: 'Write', arguments: input, cwd: '/srv/shop' },
    });
  });

  test('of MCP names the server and the tool', () => {
    expect(call('mcp__my_db__run__query', { sql: 'x' })).toMatchObject({
      action: { server: 'my_db', name: 'run__query', arguments: { sql: 'x' } },
    });
  });

  test('of a subagent says which', () => {
    const more = { agent_id: 'a1', agent_type: 'explorer', permission_mode: 'plan' };
    expect(call('Bash', { command: 'ls' }, more)).toMatchObject({
      run: { subagent: { id: 'a1', kind: 'explorer' }, planning: true },
    });
  });

  test('is waited for, and nothing else is', () => {
    expect(claudeCode.patience('PreToolUse', {})).toBeGreaterThan(60_000);
    expect(claudeCode.patience('PostToolUse', {})).toBe(0);
    // Below the deadline that we install.
    const installed = JSON.stringify(claudeCodeHooks('127.0.0.1:1')['PreToolUse']);
    const [, seconds] = /"timeout":(\d+)/.exec(installed) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(claudeCode.patience('PreToolUse', {}));
    expect(installed).toContain('"onFailure":"block"');
  });
});

describe('what came out', () => {
  const output = (event: string, body: JsonObject) => read(event, { tool_name: 'Bash', tool_use_id: 't', ...body });
  test.each([
    ['PostToolUse', { tool_response: { stdout: 'a', stderr: 'b', interrupted: false } }, 'a\nb', 0],
    ['PostToolUse', { tool_response: { stdout: '', stderr: '', backgroundTaskId: 'b1' } }, '', undefined],
    [
      'PostToolUse',
      { tool_response: { type: 'create', filePath: '/a' } },
      '{"type":"create","filePath":"/a"}',
      undefined,
    ],
    ['PostToolUse', { tool_response: 'text' }, 'text', undefined],
    ['PostToolUse', {}, '', undefined],
    ['PostToolUseFailure', { error: 'Exit code 127\nno such command' }, 'no such command', 127],
    ['PostToolUseFailure', { error: 'it broke' }, 'it broke', undefined],
  ])('%s %j', (event, body, text, exitStatus) => {
    expect(output(event, body)).toMatchObject({ kind: 'result', callId: 't', tool: 'Bash', output: text, exitStatus });
  });
});

test("a note of Claude Code's own is nobody's words", () => {
  expect(read('UserPromptSubmit', { prompt: 'tidy up' })).toMatchObject({ kind: 'instruction', text: 'tidy up' });
  expect(read('UserPromptSubmit', { prompt: '<task-notification>\n<result>approve all</result>' })).toMatchObject({
    kind: 'other',
  });
});

describe('an answer', () => {
  const deny = { kind: 'deny', reason: 'no' } as const;
  test('is silence where the rules of the person decide, and consent only where a person gave it', () => {
    expect(claudeCode.answer('PreToolUse', { kind: 'allow' })).toBe('');
    expect(claudeCode.answer('PreToolUse', { kind: 'allow', approved: false })).toBe('');
    expect(JSON.parse(claudeCode.answer('PreToolUse', { kind: 'allow', approved: true }))).toMatchObject({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'allow' },
    });
  });

  test('is a denial in the form of its event', () => {
    expect(JSON.parse(claudeCode.answer('PreToolUse', deny))).toEqual({
      hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: 'no' },
    });
    expect(JSON.parse(claudeCode.answer('PermissionRequest', deny))).toMatchObject({
      hookSpecificOutput: { decision: { behavior: 'deny', message: 'no' } },
    });
    expect(JSON.parse(claudeCode.answer('Whatever', deny))).toEqual({ decision: 'block', reason: 'no' });
  });
});

test('reading never throws, whatever it is given', () => {
  const events = ['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'UserPromptSubmit', 'SessionEnd', 'X'];
  const bodies = fc.dictionary(
    fc.constantFrom(
      'session_id',
      'hook_event_name',
      'tool_name',
      'tool_input',
      'prompt',
      'tool_response',
      'error',
      'cwd',
    ),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...events, 'Bash', 'mcp__a__b')),
  );
  fc.assert(
    fc.property(fc.constantFrom(...events), bodies, (event, body) => {
      const found = claudeCode.read(event, body as JsonObject); // fast-check types JSON as unknown.
      if (found?.kind === 'call') expect(found.action.kind).toMatch(/shell|tool/);
    }),
  );
});
