/** The Messages API of Anthropic, as far as Claude Code uses it: https://docs.anthropic.com/en/api/messages-streaming */
import { listAt, type ModelApi, type ModelRequest, type ToolResult, type Turn, textAt } from './scripted-model.js';

export const anthropic: ModelApi = {
  asks: (method, path) => method === 'POST' && path === '/v1/messages',

  read(body, headers) {
    const messages = listAt(body, 'messages');
    const fromPerson = messages.filter((message) => textAt(message, 'role') === 'user');
    return {
      task: textsOf(fromPerson[0]).join('\n'),
      spoken: messages.filter((message) => textAt(message, 'role') === 'assistant').length,
      results: fromPerson.flatMap((message) => listAt(message, 'content').flatMap(resultOf)),
      headers,
      body,
    };
  },

  write(turn, request, response) {
    const id = `msg_${request.spoken}_${Math.trunc(request.results.length)}`;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `req_${id}` });
    const send = (type: string, data: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    const usage = { input_tokens: 10, output_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const model = textAt(request.body, 'model');
    send('message_start', {
      message: {
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    });
    blocksOf(turn, request).forEach(({ block, deltas }, index) => {
      send('content_block_start', { index, content_block: block });
      for (const delta of deltas) send('content_block_delta', { index, delta });
      send('content_block_stop', { index });
    });
    const stop_reason = (turn.calls ?? []).length > 0 ? 'tool_use' : 'end_turn';
    send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 10 } });
    send('message_stop', {});
    response.end();
  },
};

function blocksOf({ text, calls = [] }: Turn, { spoken, task }: ModelRequest) {
  const said = text ?? (calls.length === 0 ? 'done' : undefined);
  const words =
    said === undefined ? [] : [{ block: { type: 'text', text: '' }, deltas: [{ type: 'text_delta', text: said }] }];
  // A subagent's conversation begins at 0 too; its calls need names of their own.
  const mark = Buffer.from(task).toString('hex').slice(-8);
  return [
    ...words,
    ...calls.map(({ name, input }, index) => ({
      block: { type: 'tool_use', id: `toolu_${mark}_${spoken}_${index}`, name, input: {} },
      deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(input) }],
    })),
  ];
}

function resultOf(block: unknown): readonly ToolResult[] {
  if (textAt(block, 'type') !== 'tool_result') return [];
  const isError = typeof block === 'object' && block !== null && 'is_error' in block && block.is_error === true;
  return [{ id: textAt(block, 'tool_use_id'), text: textsOf(block).join('\n'), isError }];
}

/** The texts of a message or a block, whose content is a text or a list of parts. */
function textsOf(holder: unknown): readonly string[] {
  const plain = textAt(holder, 'content');
  if (plain !== '') return [plain];
  return listAt(holder, 'content').flatMap((part) => (textAt(part, 'type') === 'text' ? [textAt(part, 'text')] : []));
}
