/** The Responses API of OpenAI, as far as Codex uses it: https://platform.openai.com/docs/api-reference/responses-streaming */
import {
  listAt,
  type ModelApi,
  type ModelRequest,
  type ToolCall,
  type ToolResult,
  type Turn,
  textAt,
} from './scripted-model.js';

export const openaiResponses: ModelApi = {
  asks: (method, path) => method === 'POST' && path === '/v1/responses',

  read(body, headers) {
    const items = listAt(body, 'input');
    return {
      // Codex puts its own words, in angle brackets or under a heading, before the person's.
      task: items
        .filter(isFromPerson)
        .flatMap(textsOf)
        .filter((text) => !/^[<#]/.test(text))
        .join('\n'),
      spoken: items.filter((item, index) => isFromModel(item) && !isFromModel(items[index - 1])).length,
      results: items.flatMap(resultOf),
      headers,
      body,
    };
  },

  write(turn, request, response) {
    const id = `resp_${request.spoken}`;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type: string, data: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    send('response.created', { response: { id } });
    itemsOf(turn, request).forEach((item, output_index) => {
      send('response.output_item.added', { output_index, item });
      send('response.output_item.done', { output_index, item });
    });
    const usage = {
      input_tokens: 10,
      input_tokens_details: null,
      output_tokens: 10,
      output_tokens_details: null,
      total_tokens: 20,
    };
    send('response.completed', { response: { id, usage } });
    response.end();
  },
};

function itemsOf({ text, calls = [] }: Turn, request: ModelRequest): readonly object[] {
  const said = text ?? (calls.length === 0 ? 'done' : undefined);
  const words = {
    type: 'message',
    role: 'assistant',
    id: `msg_${request.spoken}`,
    content: [{ type: 'output_text', text: said }],
  };
  return [
    ...(said === undefined ? [] : [words]),
    ...calls.map((call, index) => callItem(call, `call_${request.spoken}_${index}`)),
  ];
}

/** A tool whose input is `{ "input": "<text>" }` alone is a custom one (`apply_patch`): its input is no JSON. */
function callItem({ name, input }: ToolCall, call_id: string): object {
  const free = input['input'];
  return typeof free === 'string' && Object.keys(input).length === 1
    ? { type: 'custom_tool_call', id: `ctc_${call_id}`, call_id, name, input: free }
    : { type: 'function_call', id: `fc_${call_id}`, call_id, name, arguments: JSON.stringify(input) };
}

function isFromPerson(item: unknown): boolean {
  return textAt(item, 'type') === 'message' && textAt(item, 'role') === 'user';
}

function isFromModel(item: unknown): boolean {
  const type = textAt(item, 'type');
  return (
    type === 'function_call' ||
    type === 'custom_tool_call' ||
    (type === 'message' && textAt(item, 'role') === 'assistant')
  );
}

function resultOf(item: unknown): readonly ToolResult[] {
  if (!textAt(item, 'type').endsWith('_call_output')) return [];
  return [
    {
      id: textAt(item, 'call_id'),
      text:
        textAt(item, 'output') ||
        listAt(item, 'output')
          .map((part) => textAt(part, 'text'))
          .join('\n'),
    },
  ];
}

function textsOf(item: unknown): readonly string[] {
  return listAt(item, 'content').map((part) => textAt(part, 'text'));
}
