/**
 * A model that says what a test wants it to: real agents are pointed at it instead of their provider, so that they run
 * offline. Each provider's wire format is a `ModelApi` in a file of its own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JsonObject } from '#action/action';

/** What an agent asked of the model. */
export interface ModelRequest {
  /** The first words of the person in this conversation. */
  readonly task: string;
  /** How many times the model has spoken in it. */
  readonly spoken: number;
  /** What tools have answered, in order. */
  readonly results: readonly ToolResult[];
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
}

export interface ToolResult {
  readonly id: string;
  readonly text: string;
  /** When the format tells. */
  readonly isError?: boolean | undefined;
}

/** What the model says: words, then tools that it wants used. Without a tool the agent's run ends. */
export interface Turn {
  readonly text?: string;
  readonly calls?: readonly ToolCall[];
}

export interface ToolCall {
  readonly name: string;
  readonly input: JsonObject;
}

/** How one provider's API is spoken. */
export interface ModelApi {
  /** True for a request that asks the model to speak; what is none gets an empty object. */
  asks(method: string, path: string): boolean;
  read(body: JsonObject, headers: IncomingMessage['headers']): ModelRequest;
  /** Writes the whole response. */
  write(turn: Turn, request: ModelRequest, response: ServerResponse): void;
}

export interface ScriptedModel {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

export type Script = (request: ModelRequest) => Turn;

/** Says one turn after another, by how often it has spoken; after the last it says `done`. A retried request gets the same. */
export function inOrder(...turns: readonly Turn[]): Script {
  return ({ spoken }) => turns[spoken] ?? { text: 'done' };
}

export async function startScriptedModel(api: ModelApi, script: Script): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // No encoding is set.
    const [path = ''] = (request.url ?? '').split('?');
    if (!api.asks(request.method ?? '', path)) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject; // JSON.parse makes nothing else of an object.
    const asked = api.read(body, request.headers);
    requests.push(asked);
    api.write(script(asked), asked, response);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('no port');
  return {
    url: `http://127.0.0.1:${bound.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** For formats that carry JSON: the property, when it is an object. */
export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const found = propertyOf(value, key);
  return isObject(found) ? found : undefined;
}

export function listAt(value: unknown, key: string): readonly unknown[] {
  const found = propertyOf(value, key);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, key: string): string {
  const found = propertyOf(value, key);
  return typeof found === 'string' ? found : '';
}

function propertyOf(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
