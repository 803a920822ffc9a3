import type { ResourceRef } from '#action/environment';
import type { Finding } from './findings.js';
import type { Node, Tree } from './tree.js';

/**
 * Tells what one type of node does by itself. The walk goes on into every member that the directions do not name, so a
 * reader only speaks for its own node and its targets; what it forgets is still seen as a read or as a call.
 */
export type Reader = (node: Node, page: Page) => Directions | undefined;

/** What a reader may see and say. */
export interface Page {
  readonly database: ResourceRef;
  tell(finding: Finding): void;
  /** Later texts of this action may be read by the server in another way than here. */
  changesReading(): void;
  /** What PREPARE stored under the name, in this text or as answered; undefined when nobody knows. */
  prepared(name: string): readonly Tree[] | undefined;
  prepare(name: string, command: Tree): void;
}

export interface Directions {
  /** Members that the reader has spoken for. */
  readonly skip?: readonly string[];
  /** Commands that run as a part of this one. */
  readonly run?: { readonly name: string; readonly commands: readonly Tree[] };
  /** `planned`: what is below is planned, not run. `later`: it is stored, and runs another day. */
  readonly below?: 'planned' | 'later';
}
