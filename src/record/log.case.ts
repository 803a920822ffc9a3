import type { RecordEvent } from '#action/record-event';
import type { AppendFile, LogReader, LogStorage } from '#record/storage';

/** An event that is told from others by its number. */
export function numbered(number: number, size = 20): RecordEvent {
  return {
    kind: 'administered',
    time: 1_790_000_000_000 + number,
    act: 'daemon-started',
    by: 'firebreak',
    subject: `number ${number}`,
    detail: 'x'.repeat(size),
    ok: true,
  };
}

export type Files = Map<string, Uint8Array>;

/** Called before every change with the files as they are. */
export type Watch = (files: Files) => void;

export function memoryReader(files: Files): LogReader {
  return {
    list: async () => [...files.keys()],
    read: async (path, limit) => {
      const bytes = files.get(path);
      return bytes === undefined || bytes.length > limit ? undefined : Uint8Array.from(bytes);
    },
  };
}

/**
 * A storage whose every intermediate state can be seen, as a copy or a crash at that moment would leave it. An append
 * shows itself half done, too.
 */
export function memoryStorage(files: Files = new Map(), watch: Watch = () => undefined): LogStorage {
  const change = async (act: () => void): Promise<void> => {
    watch(files);
    await Promise.resolve();
    act();
    watch(files);
  };
  const bytesOf = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`no file \`${path}\``);
    return bytes;
  };
  return {
    ...memoryReader(files),
    write: async (written) => {
      for (const { path, bytes } of written) await change(() => files.set(path, Uint8Array.from(bytes)));
    },
    truncate: (path, length) => change(() => files.set(path, bytesOf(path).slice(0, length))),
    remove: (path) =>
      change(() => {
        for (const file of [...files.keys()]) if (file === path || file.startsWith(`${path}/`)) files.delete(file);
      }),
    openAppend: async (path): Promise<AppendFile> => {
      bytesOf(path);
      return {
        append: async (bytes) => {
          const before = bytesOf(path);
          const middle = Math.floor(bytes.length / 2);
          await change(() => files.set(path, Buffer.concat([before, bytes.subarray(0, middle)])));
          await change(() => files.set(path, Buffer.concat([before, bytes])));
        },
        close: async () => undefined,
      };
    },
  };
}
