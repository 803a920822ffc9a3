import type { Finding } from './finding.js';
import type { Invocation } from './invocation.js';

/** What is known of one program. One file per program, or per family of programs that work alike, in `tools/`. */
export interface Tool {
  /** The names under which it is started. */
  readonly names: readonly string[];
  /**
   * What this invocation does that matters; empty when it destroys, changes and reveals nothing that a person would miss.
   * Pure. Must not throw.
   */
  readonly judge: (invocation: Invocation) => readonly Finding[];
}
