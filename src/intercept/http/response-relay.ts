import type { ServerResponse } from 'node:http';
import type { HttpHeader } from '#action/action';
import { Scrubber } from './scrubber.js';
import { endToEnd } from './stored-request.js';

/** Would send clients past the door (RFC 7838), or speaks of the upstream's connection. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(['alt-svc', 'proxy-connection']);

/**
 * Passes an upstream's response on to the client as it comes, but keeps its end back: the client sees the response whole
 * only after `finish`, which the door calls once the outcome is on the record. A short response is kept back as a whole.
 */
export class ResponseRelay {
  readonly #response: ServerResponse;
  readonly #scrubber: Scrubber;
  #head: { readonly status: number; readonly reason: string; readonly headers: readonly HttpHeader[] } | undefined;
  #eager = false;
  /** The last part, not yet passed on. */
  #kept: Buffer | undefined;

  constructor(response: ServerResponse, secret: string | undefined) {
    this.#response = response;
    this.#scrubber = new Scrubber(secret);
  }

  get begun(): boolean {
    return this.#head !== undefined;
  }

  /** True when nobody reads the response any more. */
  get abandoned(): boolean {
    return this.#response.destroyed;
  }

  begin(status: number, reason: string, headers: readonly HttpHeader[]): void {
    const passed = [
      ...endToEnd(headers),
      // Of the headers that frame a message, the length is the client's to know.
      ...headers.filter(([name]) => name === 'content-length'),
    ].filter(([name]) => !NOT_PASSED_ON.has(name));
    this.#head = { status, reason, headers: passed.map(([name, value]) => [name, this.#scrubber.text(value)]) };
    // Events lose their meaning when they come late.
    this.#eager = headers.some(([name, value]) => name === 'content-type' && /^text\/event-stream/i.test(value));
    if (this.#eager) this.#writeHead();
  }

  /** @returns false when the client cannot keep up; `resume` is then called once it can. */
  data(chunk: Buffer, resume: () => void): boolean {
    const bytes = this.#scrubber.push(chunk);
    if (bytes.length === 0) return true;
    const ready = this.#eager ? bytes : this.#kept;
    this.#kept = this.#eager ? undefined : bytes;
    if (ready === undefined || this.#response.destroyed) return true;
    this.#writeHead();
    if (this.#response.write(ready)) return true;
    this.#response.once('drain', resume);
    return false;
  }

  /** Passes on what was kept back, and ends the response. */
  finish(): void {
    if (this.#response.destroyed) return;
    this.#writeHead();
    const rest = Buffer.concat([this.#kept ?? Buffer.alloc(0), this.#scrubber.end()]);
    this.#response.end(rest.length === 0 ? undefined : rest);
  }

  #writeHead(): void {
    if (this.#head === undefined || this.#response.headersSent) return;
    const { status, reason, headers } = this.#head;
    this.#response.sendDate = false;
    this.#response.writeHead(status, reason, headers.flat());
  }
}
