/**
 * What a session tries to do, with its exact bytes. Plain frozen data: the digest of an action's canonical form is what
 * an approval binds to, so nothing that matters for its effect may live outside it, and no real credential may live in it.
 */
export type Action = ShellAction | SqlAction | HttpAction | ToolAction | CompletionAction | DeployAction;

export type ActionKind = Action['kind'];

/** A command as the agent typed it. */
export interface ShellAction {
  readonly kind: 'shell';
  readonly text: string;
  /** The folder it would run in; undefined when unknown. */
  readonly cwd?: string | undefined;
}

/** What one round of the PostgreSQL protocol would execute: a Query message, or all Executes up to a Sync or Flush. */
export interface SqlAction {
  readonly kind: 'sql';
  /** In the order of execution. A statement may hold several commands when it came as a simple query. */
  readonly statements: readonly SqlStatement[];
  /** The declared resource (`firebreak.yaml`) it would run on; undefined when unknown. */
  readonly resource?: string | undefined;
  /** What the server reported of the connection when it matters to how the text is read; absent means the defaults. */
  readonly standardConformingStrings?: boolean | undefined;
}

export interface SqlStatement {
  readonly text: string;
  /** Bound values in order; empty for a simple query. */
  readonly parameters: readonly SqlParameter[];
}

export interface SqlParameter {
  /** The parameter's type as declared in Parse; 0 leaves it to the server. */
  readonly typeOid: number;
  /** 0 text, 1 binary (Bind). */
  readonly format: number;
  /** Null is SQL NULL. */
  readonly value: Uint8Array | null;
}

/** One HTTP request, whole. */
export interface HttpAction {
  readonly kind: 'http';
  /** As sent; methods are case-sensitive (RFC 9110, 9.1). */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Lower-case names, in the order received. Values of credentials are replaced, see `credential`. */
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
  /** Whose credential the request carries. */
  readonly credential: CredentialUse;
}

export type HttpHeader = readonly [name: string, value: string];

/** A credential as seen at a door: named, never shown. */
export type CredentialUse =
  | { readonly kind: 'none' }
  /** A placeholder that Firebreak issued. */
  | { readonly kind: 'placeholder'; readonly id: string; readonly environment: string }
  /** One that Firebreak did not issue; the first 16 hexadecimal digits of its SHA-256 tell one from another. */
  | { readonly kind: 'foreign'; readonly fingerprint: string };

/** A call of a tool: MCP, or one of Firebreak's own administrative acts (server `firebreak`). */
export interface ToolAction {
  readonly kind: 'tool';
  readonly server: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** The folder in which relative paths among the arguments lie; undefined when unknown. */
  readonly cwd?: string | undefined;
  /** The tool's own definition, as its server lists it. */
  readonly definition?: JsonObject | undefined;
}

/** A request to a language model. */
export interface CompletionAction {
  readonly kind: 'completion';
  readonly model: string;
  readonly request: JsonObject;
}

/** A change on its way to an environment. */
export interface DeployAction {
  readonly kind: 'deploy';
  readonly target: string;
  readonly revision: string;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}
