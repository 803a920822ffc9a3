import { randomBytes } from 'node:crypto';
import { equalBytes } from '#base/bytes';
import type { CancelKey } from '#wire/postgres/startup-packet';

/** Our own cancel keys: an agent never sees the upstream's, with which it could reach past the door. */
export class CancelKeys {
  readonly #byProcess = new Map<number, { readonly secret: Buffer; readonly cancel: () => void }>();

  issue(cancel: () => void): CancelKey {
    let processId: number;
    do processId = randomBytes(4).readUInt32BE() >>> 1;
    while (processId === 0 || this.#byProcess.has(processId));
    const secret = randomBytes(4);
    this.#byProcess.set(processId, { secret, cancel });
    return { processId, secret };
  }

  /** What a CancelRequest asks for. Says nothing of whether the key was right, as PostgreSQL does not. */
  use(key: CancelKey): void {
    const found = this.#byProcess.get(key.processId);
    if (found !== undefined && equalBytes(found.secret, key.secret)) found.cancel();
  }

  revoke(key: CancelKey): void {
    this.#byProcess.delete(key.processId);
  }
}
