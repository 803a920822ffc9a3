/** What is asked of a live connection to the real server, and what comes back. */
import type { PostgresDoorError } from './errors.js';
import type { Expected } from './reply-tracker.js';

export interface LinkEvents {
  /** Bytes for the agent that answer nothing: notices, notifications, parameter changes. */
  readonly unsolicited: (bytes: Buffer) => void;
  /** What the server reports of its settings is not for the agent. */
  readonly quiet?: boolean;
  /** The connection is gone, and no exchange was under way that could say so. */
  readonly lost: (error: PostgresDoorError) => void;
}

export interface Request {
  readonly bytes: Buffer;
  readonly expected: readonly Expected[];
  /** Replies for the agent, but their end. Without it the replies are the door's own and are dropped. */
  readonly deliver?: (bytes: Buffer) => void;
  /** Rows of the door's own question are added here. */
  readonly rows?: Buffer[];
  /** The server waits for the agent's data. */
  readonly copyBegins?: (copy: CopyIn) => void;
}

export interface Reply {
  /** The end of the replies, not delivered yet: the last message, and what came together with it. */
  readonly held: readonly Buffer[];
  readonly ok: boolean;
  readonly summary: string;
  /** The server passes over everything up to the next Sync. */
  readonly skipsToSync: boolean;
}

/** One COPY FROM STDIN, from the server's invitation until either side ends it. */
export interface CopyIn {
  readonly open: boolean;
  /** False: wait for `drained` before sending more. */
  send(bytes: Buffer): boolean;
  drained(): Promise<void>;
  /** Sends the last message, CopyDone or CopyFail. */
  end(bytes: Buffer): void;
}
