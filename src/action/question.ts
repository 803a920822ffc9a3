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
  | { readonly kind: 'prepared-statement'; readonly name: string };

/** The answer to one question. */
export type Answer =
  | {
      readonly kind: 'provider-environments';
      /** The environments' names, as the provider calls them. Empty: the provider says that it belongs to none. */
      readonly environments: readonly string[];
      /** What the provider calls the object. */
      readonly name?: string | undefined;
    }
  | { readonly kind: 'prepared-statement'; readonly text: string };

/** Answers so far, by `questionKey`. */
export type Answers = ReadonlyMap<string, Answer>;

/** The identity of a question: equal questions have equal keys. */
export function questionKey(question: Question): string {
  switch (question.kind) {
    case 'provider-environments':
      return JSON.stringify([question.kind, question.resource, question.objectKind, question.objectId]);
    case 'prepared-statement':
      return JSON.stringify([question.kind, question.name]);
  }
}
