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
  /** Everything found, at most 100; what concerns single entries comes before what concerns many. */
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

/** A hash over all these entries does not fit. */
interface BadRange {
  readonly file: string;
  readonly entries: BadEntries;
  /** False when checkpoints that fit prove nothing, since a later signature contradicts what was kept. */
  readonly narrow: boolean;
}

/** Gathers problems, and blames as few entries as it can. */
export class Findings {
  readonly #problems: Problem[] = [];
  readonly #ranges: BadRange[] = [];
  #firstBad: BadEntries | undefined;
  /** Entries below this are what was signed. */
  #sound = 0;
  /** Everything that was blamed lies in here. */
  #blamed: { readonly first: number; readonly last: number } | undefined;
  #newest: SignedCheckpoint | undefined;

  /** A file is bad, and no entry is known to be. */
  file(file: string, reason: string): void {
    this.#add({ file, reason, entries: undefined });
  }

  /** These entries are bad. */
  entries(file: string, first: number, last: number, reason: string): void {
    this.#add({ file, reason, entries: { first, last, reason } });
    if (this.#firstBad === undefined || first < this.#firstBad.first) this.#firstBad = { first, last, reason };
    const blamed = this.#blamed ?? { first, last };
    this.#blamed = { first: Math.min(first, blamed.first), last: Math.max(last, blamed.last) };
  }

  /** One of these entries is bad, or what a checkpoint that fits leaves of them. */
  range(file: string, first: number, last: number, reason: string, narrow = true): void {
    this.#ranges.push({ file, entries: { first, last, reason }, narrow });
  }

  /** A signed checkpoint fits the first `size` entries. */
  fits(checkpoint: SignedCheckpoint): void {
    this.#sound = Math.max(this.#sound, checkpoint.size);
    if (this.#newest === undefined || checkpoint.size >= this.#newest.size) this.#newest = checkpoint;
  }

  report(origin: string, size: number, unfinishedBytes: number): VerifyReport {
    this.#settleRanges();
    return {
      ok: this.#problems.length === 0,
      origin,
      size,
      checkpoint: this.#newest?.note,
      firstBad: this.#firstBad,
      problems: this.#problems,
      unfinishedBytes,
    };
  }

  /** The narrowest first: a wide one that contains blamed entries is explained by them. */
  #settleRanges(): void {
    const span = ({ entries }: BadRange): number => entries.last - entries.first;
    for (const { file, entries, narrow } of this.#ranges.splice(0).sort((a, b) => span(a) - span(b))) {
      const first = narrow ? Math.max(entries.first, this.#sound) : entries.first;
      const blamed = this.#blamed;
      const explained = blamed !== undefined && blamed.first <= entries.last && blamed.last >= first;
      if (explained || first > entries.last) this.file(file, entries.reason);
      else this.entries(file, first, entries.last, entries.reason);
    }
  }

  #add(problem: Problem): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }
}
