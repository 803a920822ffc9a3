/** Remembers answers to equal questions, the most recent `capacity` of them. */
export interface Memo<T> {
  recall(key: string, make: () => T): T;
}

/** A memo that forgets what was least recently asked. Map keeps insertion order, so re-inserting makes an entry the newest. */
export function createMemo<T>(capacity: number): Memo<T> {
  const kept = new Map<string, T>();
  return {
    recall(key, make) {
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key);
        kept.set(key, found);
        return found;
      }
      const made = make();
      kept.set(key, made);
      if (kept.size > capacity) {
        const [oldest] = kept.keys();
        if (oldest !== undefined) kept.delete(oldest);
      }
      return made;
    },
  };
}
