/**
 * The plugin that `firebreak init` writes for opencode (https://opencode.ai/docs/plugins): plain JavaScript without imports,
 * in opencode's own process, so that a held call simply waits.
 *
 * FAIL-CLOSED: a daemon that is down, late, cut off or not Firebreak makes the tool throw, and it does not run.
 */
import { ANSWER_MARK } from '../client/script.js';

export const PLUGIN_MARK = '// Firebreak for opencode. Written by `firebreak init`; do not edit.';

/** Milliseconds; the door's patience is below. Bun would end a request after five minutes by itself. */
const CALL_MILLISECONDS = 1_560_000;
const TOLD_MILLISECONDS = 5_000;
/** Of what a tool has said; the door takes a mebibyte. */
const MOST_OUTPUT = 200_000;

export function opencodePlugin(address: string): string {
  return `${PLUGIN_MARK}
const DOOR = ${JSON.stringify(`http://${address}/v1/hooks/opencode/`)};

async function post(event, body, milliseconds) {
  const session = process.env.FIREBREAK_SESSION;
  const response = await fetch(DOOR + event, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(session ? { 'x-firebreak-session': session } : {}) },
    body: JSON.stringify(body),
    redirect: 'error',
    timeout: false, // Bun's own; the signal counts.
    signal: AbortSignal.timeout(milliseconds),
  });
  if (response.status !== 200 || response.headers.get('${ANSWER_MARK.name}') !== '${ANSWER_MARK.value}') throw new Error('not the answer of Firebreak');
  return response.json();
}

export const Firebreak = async ({ directory, worktree }) => {
  const folder = directory || worktree || process.cwd();
  const tell = (event, body) => post(event, { folder, ...body }, ${TOLD_MILLISECONDS}).catch(() => {});
  return {
    'tool.execute.before': async (input, output) => {
      let answer;
      try {
        // What runs is exactly what is asked about: nobody changes it meanwhile.
        const asked = JSON.stringify(output.args ?? {});
        answer = await post('tool.execute.before', { session: input.sessionID, call: input.callID, tool: input.tool, folder, args: JSON.parse(asked) }, ${CALL_MILLISECONDS});
        if (JSON.stringify(output.args ?? {}) !== asked) answer = { reason: 'Firebreak: another plugin changed this call while it was decided' };
      } catch (error) {
        throw new Error('Firebreak could not be asked (' + (error?.message ?? error) + '), so nothing was allowed. Tell the person you work for: firebreak doctor.');
      }
      if (answer?.allow !== true) throw new Error(String(answer?.reason ?? 'Firebreak did not allow this'));
    },
    'tool.execute.after': async (input, output) => {
      const text = typeof output?.output === 'string' ? output.output : JSON.stringify(output?.output ?? '');
      await tell('tool.execute.after', { session: input.sessionID, call: input.callID, tool: input.tool, output: text.slice(0, ${MOST_OUTPUT}), exit: output?.metadata?.exit });
    },
    'chat.message': async (input, output) => {
      const text = (output?.parts ?? []).filter((part) => part.type === 'text' && !part.synthetic).map((part) => part.text).join('\\n');
      await tell('chat.message', { session: input.sessionID, text });
    },
    event: async ({ event }) => {
      const session = event?.properties?.info?.id;
      if ((event?.type === 'session.created' || event?.type === 'session.deleted') && session) await tell(event.type, { session });
    },
  };
};
`;
}
