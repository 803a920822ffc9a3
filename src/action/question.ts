/**
 * What analysis cannot know from the bytes alone. `resolve/` answers, or the door that has the connection; an unanswered
 * question leaves an effect whose evidence is `unknown`.
 */
export type Question =
  /** Which environments does this object of a provider belong to? */
  | {
      readonly kind: 'provider-environments';
      /** The declared resource whose broker credential may look it up. */
      readonly resource: string;
      readonly provider: string;
      /** For example `volume`, `service`, `environment`, `project`. */
      readonly objectKind: string;
      readonly objectId: string;
    }
  /** Which text was prepared under this name on this connection? */
  | { readonly kind: 'prepared-statement'; readonly name: string }
  /** What stands in this file: a script, a list of tasks? */
  | { readonly kind: 'file-text'; readonly path: string }
  /** What lies at this path, or at every path that fits this pattern? */
  | {
      readonly kind: 'path';
      readonly path: string;
      readonly pattern: boolean;
      /** Whether git follows or ignores it is wanted too. */
      readonly git: boolean;
    }
  /** Which part of the machine is this folder's work, and what surrounds it? */
  | { readonly kind: 'workspace'; readonly folder: string };

/** The answer to one question. */
export type Answer =
  | {
      readonly kind: 'provider-environments';
      /** The environments' names, as the provider calls them. Empty: the provider says that it belongs to none. */
      readonly environments: readonly string[];
      /** What the provider calls the object. */
      readonly name?: string | undefined;
    }
  | { readonly kind: 'prepared-statement'; readonly text: string }
  | {
      readonly kind: 'file-text';
      /** Undefined: there is no such file, it is no text, or it is longer than `MOST_TEXT`. */
      readonly text: string | undefined;
    }
  | { readonly kind: 'path'; readonly entries: readonly PathEntry[] }
  | {
      readonly kind: 'workspace';
      /**
       * The repository's root, or the folder itself, as the folder's own path has it. Undefined: it is a home, a root, or holds
       * one.
       */
      readonly root: string | undefined;
      /** The same with every link resolved. */
      readonly realRoot: string | undefined;
      readonly home: string;
      /** Folders of short-lived files. */
      readonly temporary: readonly string[];
      /** Where this installation of Firebreak keeps its state and keys, wherever that was chosen to be. */
      readonly own?: readonly string[] | undefined;
    };

/** What lies at a path. The path itself is never followed when it is a symbolic link. */
export interface PathEntry {
  /** Absolute, with every link of the folders before the last name resolved. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** Another file system begins here, or somewhere below. */
  readonly mount: boolean;
  /** Git follows it, or something in it. False when that was not asked. */
  readonly tracked: boolean;
  /** Git is told to ignore it. False when that was not asked. */
  readonly ignored: boolean;
}

/** The longest file that is read to follow a script, in bytes. */
export const MOST_TEXT = 262_144;

/** Answers so far, by `questionKey`. */
export type Answers = ReadonlyMap<string, Answer>;

/** The identity of a question: equal questions have equal keys. */
export function questionKey(question: Question): string {
  switch (question.kind) {
    case 'provider-environments':
      return JSON.stringify([question.kind, question.resource, question.objectKind, question.objectId]);
    case 'prepared-statement':
      return JSON.stringify([question.kind, question.name]);
    case 'file-text':
      return JSON.stringify([question.kind, question.path]);
    case 'path':
      return JSON.stringify([question.kind, question.path, question.pattern, question.git]);
    case 'workspace':
      return JSON.stringify([question.kind, question.folder]);
  }
}
