/** For tests: a browser without a screen. Sends what a browser would send and keeps its cookie. */
import { createHumanApp } from './human-app.js';
import { type MemoryOperations, memoryOperations } from './memory-operations.case.js';

export const ORIGIN = 'http://127.0.0.1:7420';

export interface Visitor {
  readonly memory: MemoryOperations;
  readonly defects: readonly unknown[];
  /** Moves the clock on, in seconds. */
  pass(seconds: number): void;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>;
  post(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>;
  /** Signs in with a good code and moves the clock on to the next one. */
  signIn(approver?: string): Promise<Page>;
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function newVisitor(): Promise<Visitor> {
  let time = Date.parse('2026-11-20T12:00:00Z');
  let cookie = '';
  const clock = { now: () => time };
  const memory = await memoryOperations(clock);
  const defects: unknown[] = [];
  const app = createHumanApp({
    operations: memory.operations,
    clock,
    origins: () => [ORIGIN, 'http://localhost:7420'],
    report: (defect) => defects.push(defect),
  });

  async function send(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const headers = { host: '127.0.0.1:7420', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await app.request(`${ORIGIN}${path}`, { ...init, headers });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? '';
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  const visitor: Visitor = {
    memory,
    defects,
    pass(seconds) {
      time += seconds * 1000;
    },
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, fields, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN, ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    async signIn(approver = 'dana') {
      const page = await visitor.post('/sign-in', { approver, code: memory.code(approver), next: '/' });
      visitor.pass(30);
      return page;
    },
  };
  return visitor;
}
