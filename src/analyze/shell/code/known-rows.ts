/** What a call does, by what it is given. */
export type Doing =
  | 'delete'
  | 'delete-all'
  | 'empty-folder'
  | 'overwrite'
  | 'append'
  | 'modes'
  | 'move'
  | 'copy'
  | 'read'
  /** Mode decides: `open(path, 'w')`. */
  | 'open'
  /** Its argument is a text for a shell. */
  | 'shell'
  /** Its argument is a list of words, or a text. */
  | 'words'
  /** A program, then a list of its words. */
  | 'program'
  /** Each argument is a word; a single one is a text for a shell. */
  | 'each-word'
  /** Its argument is code of the same language. */
  | 'code'
  | 'sql';

/** The names of calls, by what they do. */
export type Rows = Partial<Record<Doing, readonly string[]>>;

export const DOINGS: readonly Doing[] = [
  'delete',
  'delete-all',
  'empty-folder',
  'overwrite',
  'append',
  'modes',
  'move',
  'copy',
  'read',
  'open',
  'shell',
  'words',
  'program',
  'each-word',
  'code',
  'sql',
];
