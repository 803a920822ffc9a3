import { createHash } from 'node:crypto';

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array;

export const HASH_SIZE = 32;

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** MTH({d}) = SHA-256(0x00 || d): RFC 6962, section 2.1. */
export function leafHash(entry: Uint8Array): Hash {
  return createHash('sha256').update(LEAF_PREFIX).update(entry).digest();
}

/** MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])): RFC 6962, section 2.1. */
export function nodeHash(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(NODE_PREFIX).update(left).update(right).digest();
}

/** MTH({}) = SHA-256(): RFC 6962, section 2.1. */
export const EMPTY_ROOT: Hash = createHash('sha256').digest();

/** A complete subtree of 2^height leaves. */
interface Subtree {
  readonly height: number;
  readonly hash: Hash;
}

/**
 * The right edge of a growing tree: one complete subtree for each 1 in the binary form of its size, the largest first.
 * That is all it takes to know the root of every later size, in O(log n) memory.
 */
export class Frontier {
  readonly #subtrees: Subtree[] = [];
  #size = 0;

  /** How many leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends a complete subtree of 2^height leaves; height 0 is a leaf.
   *
   * INVARIANT: the size is a multiple of 2^height, or the subtree would not be one of RFC 6962's.
   */
  push(hash: Hash, height = 0): void {
    const leaves = 2 ** height;
    if (this.#size % leaves !== 0) throw new RangeError('a subtree must start at a multiple of its own size');
    let grown: Subtree = { height, hash };
    for (let last = this.#subtrees.at(-1); last?.height === grown.height; last = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      grown = { height: grown.height + 1, hash: nodeHash(last.hash, grown.hash) };
    }
    this.#subtrees.push(grown);
    this.#size += leaves;
  }

  /** The tree hash of all leaves so far. */
  root(): Hash {
    const hashes = this.#subtrees.map((subtree) => subtree.hash);
    return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right));
  }

  copy(): Frontier {
    const copy = new Frontier();
    copy.#subtrees.push(...this.#subtrees);
    copy.#size = this.#size;
    return copy;
  }
}
