import type { JsonObject } from '#action/action';

/** Claude Code's own default deadline for an http hook, in seconds. The dialect's patience is safely below. */
const TIMEOUT_SECONDS = 600;

/**
 * The `hooks` of Claude Code's settings that lead to Firebreak.
 *
 * - `onFailure: "block"` (since Claude Code 2.1.295) makes a daemon that is down, slow or broken block the call; versions
 *   before ignore it and let the call run.
 * - The header tells which `firebreak run` the agent is in; outside of one it is empty.
 * - `SessionStart` is not here: Claude Code 2.1.329 does not call http hooks for it. A session begins with its first call.
 *
 * @param address `host:port` of the hook door.
 */
export function claudeCodeHooks(address: string): JsonObject {
  const hook = (event: string, blocks: boolean) => ({
    hooks: [
      {
        type: 'http',
        url: `http://${address}/v1/hooks/claude-code/${event}`,
        headers: { 'X-Firebreak-Session': '$FIREBREAK_SESSION' },
        allowedEnvVars: ['FIREBREAK_SESSION'],
        timeout: blocks ? TIMEOUT_SECONDS : 10,
        ...(blocks ? { onFailure: 'block' } : {}),
      },
    ],
  });
  return {
    PreToolUse: [{ matcher: '*', ...hook('PreToolUse', true) }],
    UserPromptSubmit: [hook('UserPromptSubmit', false)],
    PostToolUse: [{ matcher: '*', ...hook('PostToolUse', false) }],
    PostToolUseFailure: [{ matcher: '*', ...hook('PostToolUseFailure', false) }],
    SessionEnd: [hook('SessionEnd', false)],
  };
}
