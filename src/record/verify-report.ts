import type { SignedCheckpoint } from './checkpoint.js';

/** What `verifyLog` found. */
export interface VerifyReport {
  /** True when every entry is what was signed, and nothing that was signed is missing. */
  readonly ok: boolean;
  /** The name of the log, from the public key. */
  readonly origin: string;
  /** How many entries were checked. */
  readonly size: number;
  /** The newest checkpoint that fits the entries: keep it, and later verify against it. Undefined when there is none. */
  readonly checkpoint: string | undefined;
  /** The first entry that is not what was signed; undefined when there is none, or when only a file of signatures is bad. */
  readonly firstBad: BadEntries | undefined;
  /** Everything found, in the order found; at most `MAX_PROBLEMS`. */
  readonly problems: readonly Problem[];
  /** Bytes at the end that a crash left: nobody was ever told that they were recorded. */
  readonly unfinishedBytes: number;
}

/** What is wrong, in words, and with which entries. */
export interface Problem {
  readonly file: string;
  readonly reason: string;
  /** Undefined when no entry is known to be bad. */
  readonly entries: BadEntries | undefined;
}

/** The entry `first`; or, when it is later, one of those up to `last`. */
export interface BadEntries {
  readonly first: number;
  readonly last: number;
  readonly reason: string;
}

const MAX_PROBLEMS = 100;

/** Gathers problems, and blames as few entries as it can. */
export class Findings {
  readonly #problems: Problem[] = [];
  #firstBad: BadEntries | undefined;
  /** Entries below this are known to be what was signed. */
  #sound = 0;
  /** The entries blamed one by one since then lie in here. */
  #blamed: { first: number; last: number } | undefined;
  newest: SignedCheckpoint | undefined;

  get any(): boolean {
    return this.#problems.length > 0;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  get firstBad(): BadEntries | undefined {
    return this.#firstBad;
  }

  /** A file is bad, and no entry is known to be. */
  file(file: string, reason: string): void {
    this.#add({ file, reason, entries: undefined });
  }

  /** These entries are bad. */
  entries(file: string, first: number, last: number, reason: string): void {
    this.#add({ file, reason, entries: { first, last, reason } });
    if (this.#firstBad === undefined || first < this.#firstBad.first) this.#firstBad = { first, last, reason };
    const blamed = this.#blamed;
    this.#blamed = { first: Math.min(first, blamed?.first ?? first), last: Math.max(last, blamed?.last ?? last) };
  }

  /** A hash over all these entries does not fit: one of them is bad, unless some were blamed or all are known to be sound. */
  range(file: string, first: number, last: number, reason: string): void {
    const from = Math.max(first, this.#sound);
    const blamed = this.#blamed;
    const explained = blamed !== undefined && blamed.first <= last && blamed.last >= from;
    if (explained || from > last) this.file(file, reason);
    else this.entries(file, from, last, reason);
  }

  /** A signed checkpoint fits the first `size` entries. */
  fits(checkpoint: SignedCheckpoint): void {
    this.#sound = Math.max(this.#sound, checkpoint.size);
    if (checkpoint.size >= (this.newest?.size ?? 0)) this.newest = checkpoint;
  }

  #add(problem: Problem): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }
}
