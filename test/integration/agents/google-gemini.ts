/** The Gemini API, as far as Gemini CLI uses it: https://ai.google.dev/api/generate-content */
import {
  listAt,
  type ModelApi,
  type ModelRequest,
  objectAt,
  type ToolResult,
  type Turn,
  textAt,
} from './scripted-model.js';

export const googleGemini: ModelApi = {
  asks: (method, path) => method === 'POST' && path.endsWith(':streamGenerateContent'),

  read(body, headers) {
    const contents = listAt(body, 'contents');
    const fromPerson = contents.filter((content) => textAt(content, 'role') === 'user');
    return {
      // Gemini CLI puts its own words, in angle brackets, before the person's.
      task: fromPerson
        .flatMap(textsOf)
        .filter((text) => !text.startsWith('<'))
        .join('\n'),
      spoken: contents.filter((content) => textAt(content, 'role') === 'model').length,
      results: fromPerson.flatMap((content) => listAt(content, 'parts').flatMap(resultOf)),
      headers,
      body,
    };
  },

  write(turn, request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 10, totalTokenCount: 20 };
    const content = { role: 'model', parts: partsOf(turn, request) };
    response.end(
      `data: ${JSON.stringify({ candidates: [{ content, finishReason: 'STOP', index: 0 }], usageMetadata })}\r\n\r\n`,
    );
  },
};

function partsOf({ text, calls = [] }: Turn, { spoken }: ModelRequest): readonly object[] {
  const said = text ?? (calls.length === 0 ? 'done' : undefined);
  return [
    ...(said === undefined ? [] : [{ text: said }]),
    ...calls.map(({ name, input }, index) => ({ functionCall: { id: `call_${spoken}_${index}`, name, args: input } })),
  ];
}

function resultOf(part: unknown): readonly ToolResult[] {
  const answer = objectAt(part, 'functionResponse');
  if (answer === undefined) return [];
  const error = textAt(answer['response'], 'error');
  return [{ id: textAt(answer, 'id'), text: error || textAt(answer['response'], 'output'), isError: error !== '' }];
}

function textsOf(content: unknown): readonly string[] {
  return listAt(content, 'parts')
    .map((part) => textAt(part, 'text'))
    .filter(Boolean);
}
