// Reads a registry's log with the note and tree code of Go's checksum database, which knows nothing of this project:
// the signature of the checkpoint, every entry's hash, the root over them, each proof of inclusion that the registry
// gives and that its tiles give, and the consistency of every earlier size with the checkpoint.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run sumdb.go https://HOST/log 'VERIFIER KEY'
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are of this many levels (C2SP tlog-tiles).
const height = 8

func main() {
	if len(os.Args) != 3 {
		fail("usage: sumdb URL VKEY")
	}
	log := remote(os.Args[1])
	verifier, err := note.NewVerifier(os.Args[2])
	check("the verifier key", err)
	known := note.VerifierList(verifier)

	tree, _ := checkpoint(string(log.get("checkpoint")), known)
	leaves := log.leaves(tree.N)

	// The root, from the entries alone.
	var stored memory
	roots := make([]tlog.Hash, 0, tree.N+1)
	roots = append(roots, tlog.Hash{})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(n), leaf, &stored)
		check("an entry", err)
		stored = append(stored, hashes...)
		root, err := tlog.TreeHash(int64(n)+1, &stored)
		check("a root", err)
		roots = append(roots, root)
	}
	if roots[tree.N] != tree.Hash {
		fail("the entries do not have the root of the checkpoint")
	}

	// The same from the tiles, each of which is checked against the checkpoint as it is read.
	tiles := tlog.TileHashReader(tree, log)
	for n, leaf := range leaves {
		proof, err := tlog.ProveRecord(tree.N, int64(n), tiles)
		check("the tiles", err)
		check("inclusion by tiles", tlog.CheckRecord(proof, tree.N, tree.Hash, int64(n), tlog.RecordHash(leaf)))
		log.proof(int64(n), leaf, known)
		older := int64(n) + 1
		way, err := tlog.ProveTree(tree.N, older, tiles)
		check("the tiles", err)
		check("consistency", tlog.CheckTree(way, tree.N, tree.Hash, older, roots[older]))
	}
	fmt.Printf("%s: %d entries, signed, included, consistent\n", verifier.Name(), tree.N)
}

// A checkpoint that the log signed, and its size and root.
func checkpoint(text string, known note.Verifiers) (tlog.Tree, string) {
	opened, err := note.Open([]byte(text), known)
	check("the checkpoint", err)
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		fail("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check("the size", err)
	root, err := tlog.ParseHash(lines[2])
	check("the root", err)
	return tlog.Tree{N: size, Hash: root}, lines[0]
}

// The log at an address.
type remote string

func (log remote) get(path string) []byte {
	answer, err := http.Get(string(log) + "/" + path)
	check(path, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	check(path, err)
	if answer.StatusCode != http.StatusOK {
		fail("%s: %s", path, answer.Status)
	}
	return body
}

// The bytes of the first entries.
func (log remote) leaves(count int64) [][]byte {
	var leaves [][]byte
	for int64(len(leaves)) < count {
		tile := tlog.Tile{H: height, L: 0, N: int64(len(leaves)) >> height, W: 1 << height}
		if left := count - int64(len(leaves)); left < int64(tile.W) {
			tile.W = int(left)
		}
		path := strings.Replace(address(tile), "tile/0/", "tile/entries/", 1)
		rest := log.get(path)
		for len(rest) > 0 {
			length := int(binary.BigEndian.Uint16(rest))
			leaves = append(leaves, rest[2:2+length])
			rest = rest[2+length:]
		}
	}
	if int64(len(leaves)) != count {
		fail("%d entries instead of %d", len(leaves), count)
	}
	return leaves
}

// The proof that the registry itself gives.
func (log remote) proof(index int64, leaf []byte, known note.Verifiers) {
	text := string(log.get(fmt.Sprintf("proof/%d", index)))
	head, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
		fail("not a proof of %d: %q", index, head)
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		check("a hash of the proof", err)
		proof = append(proof, hash)
	}
	tree, _ := checkpoint(signed, known)
	check("the proof", tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
}

func address(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

// Height, ReadTiles and SaveTiles are what the tree code asks of whoever has tiles.
func (log remote) Height() int { return height }

var kept = map[tlog.Tile][]byte{}

func (log remote) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		if _, ok := kept[tile]; !ok {
			kept[tile] = log.get(address(tile))
		}
		data = append(data, kept[tile])
	}
	return data, nil
}

func (log remote) SaveTiles([]tlog.Tile, [][]byte) {}

// Hashes in memory, by their index.
type memory []tlog.Hash

func (hashes *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var read []tlog.Hash
	for _, index := range indexes {
		read = append(read, (*hashes)[index])
	}
	return read, nil
}

func check(what string, err error) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}
