import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '#base/bytes';
import { EMPTY_ROOT, Frontier, type Hash, leafHash, nodeHash } from './merkle.js';
import { checkConsistency, checkInclusion, proveConsistency, proveInclusion, treeHash } from './proof.js';

const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');

/** RFC 6962, section 2.1, word for word. */
function treeHashOf(leaves: readonly Uint8Array[]): Hash {
  const [only] = leaves;
  if (only === undefined) return sha256('');
  if (leaves.length === 1) return leafHash(only);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(treeHashOf(leaves.slice(0, k)), treeHashOf(leaves.slice(k)));
}

const entries = Array.from({ length: 300 }, (_, at) => Buffer.from(`entry ${at}`));
const readNode = async (height: number, index: number): Promise<Hash> =>
  treeHashOf(entries.slice(index * 2 ** height, (index + 1) * 2 ** height));

test('hashes are those of the Certificate Transparency test vectors', () => {
  // google/certificate-transparency, merkle_tree_test: the roots of its eight leaves, one by one.
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const roots = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const frontier = new Frontier();
  for (const [at, leaf] of leaves.entries()) {
    frontier.push(leafHash(Buffer.from(leaf, 'hex')));
    expect(hex(frontier.root())).toBe(roots[at]);
  }
});

test('a frontier has the root of RFC 6962 at every size, and so has a tree read from its nodes', async () => {
  const frontier = new Frontier();
  expect(frontier.root()).toEqual(EMPTY_ROOT);
  for (const [at, entry] of entries.entries()) {
    frontier.push(leafHash(entry));
    const expected = hex(treeHashOf(entries.slice(0, at + 1)));
    expect(hex(frontier.root())).toBe(expected);
    expect(hex(frontier.copy().root())).toBe(expected);
    expect(hex(await treeHash(at + 1, readNode))).toBe(expected);
  }
  expect(() => frontier.push(EMPTY_ROOT, 3)).toThrow(RangeError);
});

test('inclusion proofs verify for their own entry and root only', async () => {
  const size = fc.integer({ min: 1, max: entries.length });
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, indexSeed, byte) => {
      const index = indexSeed % n;
      const root = await treeHash(n, readNode);
      const leaf = leafHash(entries[index] ?? Buffer.alloc(0));
      const path = await proveInclusion(index, n, readNode);
      expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(n)));
      checkInclusion(path, index, leaf, n, root);
      const fails = (...args: Parameters<typeof checkInclusion>): void =>
        expect(() => checkInclusion(...args)).toThrow(expect.objectContaining({ code: 'PROOF_INVALID' }));
      fails(path, index, flip(leaf, byte), n, root);
      fails(path, index, leaf, n, flip(root, byte));
      fails([...path, leaf], index, leaf, n, root);
      fails(path, n, leaf, n, root);
      if (path.length > 0) {
        fails(path.slice(1), index, leaf, n, root);
        fails(
          path.map((hash, at) => (at === byte % path.length ? flip(hash, byte) : hash)),
          index,
          leaf,
          n,
          root,
        );
        fails(path, index ^ 1, leaf, n, root);
      }
    }),
  );
});

test('consistency proofs verify for their own two roots only', async () => {
  const size = fc.integer({ min: 1, max: entries.length });
  await fc.assert(
    fc.asyncProperty(size, fc.nat(), fc.nat(), async (n, oldSeed, byte) => {
      const old = 1 + (oldSeed % n);
      const [oldRoot, root] = [await treeHash(old, readNode), await treeHash(n, readNode)];
      const path = await proveConsistency(old, n, readNode);
      checkConsistency(path, old, oldRoot, n, root);
      const fails = (...args: Parameters<typeof checkConsistency>): void =>
        expect(() => checkConsistency(...args)).toThrow(expect.objectContaining({ code: 'PROOF_INVALID' }));
      fails(path, old, flip(oldRoot, byte), n, root);
      fails(path, old, oldRoot, n, flip(root, byte));
      fails([...path, root], old, oldRoot, n, root);
      fails(path, 0, oldRoot, n, root);
      if (path.length > 0) {
        fails(path.slice(1), old, oldRoot, n, root);
        fails(
          path.map((hash, at) => (at === byte % path.length ? flip(hash, byte) : hash)),
          old,
          oldRoot,
          n,
          root,
        );
      }
    }),
  );
});

test('there is no proof for an entry or a tree that is not in the tree', async () => {
  await expect(proveInclusion(5, 5, readNode)).rejects.toThrow(RangeError);
  await expect(proveInclusion(-1, 5, readNode)).rejects.toThrow(RangeError);
  await expect(proveConsistency(0, 5, readNode)).rejects.toThrow(RangeError);
  await expect(proveConsistency(6, 5, readNode)).rejects.toThrow(RangeError);
});

function flip(hash: Hash, byte: number): Hash {
  const copy = Uint8Array.from(hash);
  copy[byte % copy.length] = (copy[byte % copy.length] ?? 0) ^ 1;
  return copy;
}
