import { equalBytes } from '#base/bytes';
import { RecordError } from './errors.js';
import { EMPTY_ROOT, type Hash, nodeHash } from './merkle.js';

/**
 * Gives the hash of the complete subtree of 2^height leaves that is the `index`-th of its height:
 * MTH(D[index * 2^height : (index + 1) * 2^height]).
 */
export type ReadNode = (height: number, index: number) => Promise<Hash>;

/** MTH(D[0:size]): RFC 6962, section 2.1. */
export async function treeHash(size: number, read: ReadNode): Promise<Hash> {
  return size === 0 ? EMPTY_ROOT : rangeHash(0, size, read);
}

/**
 * The audit path of an entry, from the leaf up: RFC 6962, section 2.1.1.
 *
 *     PATH(m, D[n]) = PATH(m, D[0:k]) : MTH(D[k:n])          for m < k
 *     PATH(m, D[n]) = PATH(m - k, D[k:n]) : MTH(D[0:k])      for m >= k
 *
 * @throws RangeError unless 0 <= index < size.
 */
export async function proveInclusion(index: number, size: number, read: ReadNode): Promise<readonly Hash[]> {
  if (!(index >= 0 && index < size)) throw new RangeError('the entry must lie in the tree');
  const path: Hash[] = [];
  let [low, high] = [0, size];
  while (high - low > 1) {
    const middle = low + split(high - low);
    if (index < middle) {
      path.push(await rangeHash(middle, high, read));
      high = middle;
    } else {
      path.push(await rangeHash(low, middle, read));
      low = middle;
    }
  }
  return path.reverse();
}

/**
 * That the tree of `size` begins with the tree of `oldSize`: RFC 6962, section 2.1.2.
 *
 *     PROOF(m, D[n]) = SUBPROOF(m, D[n], true)
 *     SUBPROOF(m, D[m], true) = {}        SUBPROOF(m, D[m], false) = {MTH(D[m])}
 *     SUBPROOF(m, D[n], b) = SUBPROOF(m, D[0:k], b) : MTH(D[k:n])              for m <= k
 *     SUBPROOF(m, D[n], b) = SUBPROOF(m - k, D[k:n], false) : MTH(D[0:k])      for m > k
 *
 * @throws RangeError unless 1 <= oldSize <= size.
 */
export async function proveConsistency(oldSize: number, size: number, read: ReadNode): Promise<readonly Hash[]> {
  if (!(oldSize >= 1 && oldSize <= size)) throw new RangeError('the old tree must be a part of the new');
  const path: Hash[] = [];
  let [low, high] = [0, size];
  while (oldSize !== high) {
    const middle = low + split(high - low);
    if (oldSize <= middle) {
      path.push(await rangeHash(middle, high, read));
      high = middle;
    } else {
      path.push(await rangeHash(low, middle, read));
      low = middle;
    }
  }
  // `low` is 0 exactly when b is still true: the verifier has the old root already.
  if (low > 0) path.push(await rangeHash(low, high, read));
  return path.reverse();
}

/**
 * Returns when `path` proves that `leaf` is the entry at `index` of the tree with this size and root.
 *
 * @throws RecordError `PROOF_INVALID`.
 */
export function checkInclusion(path: readonly Hash[], index: number, leaf: Hash, size: number, root: Hash): void {
  if (!(index >= 0 && index < size)) throw invalid();
  const rest = [...path];
  const climb = (low: number, high: number): Hash => {
    if (high - low === 1) return leaf;
    const sibling = rest.pop();
    if (sibling === undefined) throw invalid();
    const middle = low + split(high - low);
    return index < middle ? nodeHash(climb(low, middle), sibling) : nodeHash(sibling, climb(middle, high));
  };
  if (!equalBytes(climb(0, size), root) || rest.length > 0) throw invalid();
}

/**
 * Returns when `path` proves that the tree (`size`, `root`) begins with the tree (`oldSize`, `oldRoot`).
 *
 * @throws RecordError `PROOF_INVALID`.
 */
export function checkConsistency(
  path: readonly Hash[],
  oldSize: number,
  oldRoot: Hash,
  size: number,
  root: Hash,
): void {
  if (!(oldSize >= 1 && oldSize <= size)) throw invalid();
  const rest = [...path];
  /** The old and the new hash of the subtree [low, high). */
  const climb = (low: number, high: number): readonly [Hash, Hash] => {
    if (oldSize === high) {
      const known = low === 0 ? oldRoot : rest.pop();
      if (known === undefined) throw invalid();
      return [known, known];
    }
    const sibling = rest.pop();
    if (sibling === undefined) throw invalid();
    const middle = low + split(high - low);
    if (oldSize <= middle) {
      const [old, grown] = climb(low, middle);
      return [old, nodeHash(grown, sibling)];
    }
    const [old, grown] = climb(middle, high);
    return [nodeHash(sibling, old), nodeHash(sibling, grown)];
  };
  const [old, grown] = climb(0, size);
  if (!equalBytes(old, oldRoot) || !equalBytes(grown, root) || rest.length > 0) throw invalid();
}

/** MTH(D[low:high]), where `low` is a multiple of every complete subtree that the range divides into. */
async function rangeHash(low: number, high: number, read: ReadNode): Promise<Hash> {
  const count = high - low;
  const height = Math.floor(Math.log2(count));
  if (count === 2 ** height) return read(height, low / count);
  const middle = low + split(count);
  return nodeHash(await rangeHash(low, middle, read), await rangeHash(middle, high, read));
}

/** k, the largest power of two smaller than n: RFC 6962, section 2.1. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function invalid(): RecordError {
  return new RecordError('PROOF_INVALID', 'the proof does not lead to this root');
}
