/** What the log needs of the place that it lives in. `store/log-files.ts` keeps it in a folder. */

/** Enough to read, show, verify and export a log. Paths are relative, with `/`. */
export interface LogReader {
  /** Every file, in no order; not those that are still being written. */
  list(): Promise<readonly string[]>;
  /** The bytes of a file; undefined when there is none, or when it is longer than `limit` bytes. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
}

export interface LogStorage extends LogReader {
  /**
   * Writes files so that at every moment, power loss included, each is either the old file or the whole new one. Resolves
   * when all are durable.
   */
  write(files: readonly FileBytes[]): Promise<void>;
  /** Removes what is beyond the first `length` bytes. Resolves when that is durable. */
  truncate(path: string, length: number): Promise<void>;
  /** Opens an existing file to append to it. */
  openAppend(path: string): Promise<AppendFile>;
  /** Removes a file, or a folder with all that is in it. Nothing there is no error. */
  remove(path: string): Promise<void>;
}

export interface FileBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface AppendFile {
  /** Resolves when the bytes are durable. After an error some of them may be there: the caller appends no more. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
