import type { HoldNotice } from '#action/submission';
import { noticeResponse } from '#wire/postgres/build';
import type { ClientLink } from './client-link.js';
import { heldFields } from './refusal-messages.js';

/** Tells a waiting agent at once and then again and again, which also keeps idle-connection timers from firing. */
export class HeldNotices {
  readonly #client: ClientLink;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: ClientLink, everyMs: number) {
    this.#client = client;
    this.#everyMs = everyMs;
  }

  begin(notice: HoldNotice): void {
    this.end();
    const message = noticeResponse(heldFields(notice));
    this.#client.send(message);
    this.#timer = setInterval(() => this.#client.send(message), this.#everyMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
