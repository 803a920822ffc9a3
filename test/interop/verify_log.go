// Verifies a log of Firebreak's with the code that guards Go's own checksum database, golang.org/x/mod/sumdb, which
// shares nothing with ours. See docs/formats/log.md.
//
//	verify_log FOLDER PUBLIC-KEY-FILE PROOFS-FILE
//
// It checks the checkpoint's signature, derives every leaf hash from the entry bundles and the root from those, compares
// the level 0 tiles, and checks an inclusion and a consistency proof that our TypeScript made. It prints one line:
// "ok SIZE", or what is wrong, with exit status 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileWidth = 256

type proofs struct {
	Index       int64       // of the entry whose inclusion is proved
	Inclusion   []tlog.Hash // RFC 6962, section 2.1.1, leaf first
	OldSize     int64
	OldRoot     tlog.Hash
	Consistency []tlog.Hash
}

// stored keeps the hashes of complete subtrees in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Println("usage: verify_log FOLDER PUBLIC-KEY-FILE PROOFS-FILE")
		os.Exit(2)
	}
	size, err := verify(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ok", size)
}

func verify(folder, keyFile, proofsFile string) (int64, error) {
	tree, err := checkpoint(folder, keyFile)
	if err != nil {
		return 0, err
	}
	var hashes stored
	leaves := make([]tlog.Hash, 0, tree.N)
	for n := int64(0); n*tileWidth < tree.N; n++ {
		entries, err := bundle(folder, n, tree.N)
		if err != nil {
			return 0, err
		}
		for _, entry := range entries {
			more, err := tlog.StoredHashes(int64(len(leaves)), entry, hashes)
			if err != nil {
				return 0, err
			}
			hashes = append(hashes, more...)
			leaves = append(leaves, tlog.RecordHash(entry))
		}
		if err := compareTile(folder, n, tree.N, leaves[n*tileWidth:]); err != nil {
			return 0, err
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return 0, err
	}
	if root != tree.Hash {
		return 0, fmt.Errorf("the entries have the root %v, the checkpoint signs %v", root, tree.Hash)
	}
	return tree.N, checkProofs(proofsFile, tree, leaves)
}

func checkpoint(folder, keyFile string) (tlog.Tree, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		return tlog.Tree{}, err
	}
	message, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("the note is not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// path is tlog-tiles' form of a tile's path, which has no tile height in it, unlike the checksum database's.
func path(folder, level string, n, size int64) string {
	width := size - n*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	inSumdb := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}.Path()
	return filepath.Join(folder, "tile", level, strings.TrimPrefix(inSumdb, "tile/8/0/"))
}

func bundle(folder string, n, size int64) ([][]byte, error) {
	data, err := os.ReadFile(path(folder, "entries", n, size))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle %d is malformed", n)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	return entries, nil
}

func compareTile(folder string, n, size int64, leaves []tlog.Hash) error {
	data, err := os.ReadFile(path(folder, "0", n, size))
	if err != nil {
		return err
	}
	if len(data) != len(leaves)*tlog.HashSize {
		return fmt.Errorf("tile %d has %d bytes for %d entries", n, len(data), len(leaves))
	}
	for i, leaf := range leaves {
		if string(leaf[:]) != string(data[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return fmt.Errorf("entry %d does not fit its hash in tile %d", n*tileWidth+int64(i), n)
		}
	}
	return nil
}

func checkProofs(file string, tree tlog.Tree, leaves []tlog.Hash) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var p proofs
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	if p.Index < 0 || p.Index >= tree.N {
		return fmt.Errorf("there is no entry %d", p.Index)
	}
	if err := tlog.CheckRecord(p.Inclusion, tree.N, tree.Hash, p.Index, leaves[p.Index]); err != nil {
		return fmt.Errorf("inclusion of entry %d: %w", p.Index, err)
	}
	if err := tlog.CheckTree(p.Consistency, tree.N, tree.Hash, p.OldSize, p.OldRoot); err != nil {
		return fmt.Errorf("consistency with size %d (%s): %w", p.OldSize, base64.StdEncoding.EncodeToString(p.OldRoot[:]), err)
	}
	return nil
}
