// SPDX-License-Identifier: Apache-2.0

// A verifier that knows nothing of sekisho: golang.org/x/mod/sumdb opens the
// signed notes and checks heads, entries, growth and tiles.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// openHead reads a C2SP tlog-checkpoint: origin, size, root.
func openHead(text []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// split divides a proof into its lines and the note behind the empty one.
func split(text []byte) ([]string, []byte, error) {
	head, rest, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		return nil, nil, errors.New("no empty line")
	}
	return strings.Split(string(head), "\n"), rest, nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func number(line, prefix string) (int64, error) {
	if !strings.HasPrefix(line, prefix) {
		return 0, errors.New("no " + prefix)
	}
	return strconv.ParseInt(strings.TrimPrefix(line, prefix), 10, 64)
}

// checkEntry follows c2sp.org/tlog-proof.
func checkEntry(vkey string, text []byte) error {
	lines, rest, err := split(text)
	if err != nil || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := number(lines[2], "index ")
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[3:])
	if err != nil {
		return err
	}
	head, err := openHead(rest, vkey)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, head.N, head.Hash, index, tlog.RecordHash(entry))
}

func checkGrowth(vkey string, text, oldText []byte) error {
	lines, rest, err := split(text)
	if err != nil {
		return err
	}
	size, err := number(lines[0], "old ")
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	head, err := openHead(rest, vkey)
	if err != nil {
		return err
	}
	old, err := openHead(oldText, vkey)
	if err != nil || old.N != size {
		return errors.New("not the earlier checkpoint")
	}
	return tlog.CheckTree(hashes, head.N, head.Hash, old.N, old.Hash)
}

// tiles reads c2sp.org/tlog-tiles; the paths are those of x/mod without the height.
type tiles struct{ dir string }

func (t tiles) Height() int                     { return tileHeight }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.dir, t.path(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return filepath.Join("tile", strings.Replace(path, "data/", "entries/", 1))
}

// checkTiles proves every entry of the export out of its tiles.
func checkTiles(vkey, dir string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return 0, err
	}
	head, err := openHead(text, vkey)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(head, tiles{dir})
	for first := int64(0); first < head.N; first += 1 << tileHeight {
		width := head.N - first
		if width > 1<<tileHeight {
			width = 1 << tileHeight
		}
		tile := tlog.Tile{H: tileHeight, L: -1, N: first >> tileHeight, W: int(width)}
		bundle, err := os.ReadFile(filepath.Join(dir, tiles{dir}.path(tile)))
		if err != nil {
			return 0, err
		}
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return 0, errors.New("a bundle is too short")
			}
			n := int(binary.BigEndian.Uint16(bundle))
			proof, err := tlog.ProveRecord(head.N, first+i, reader)
			if err != nil {
				return 0, err
			}
			hash := tlog.RecordHash(bundle[2 : 2+n])
			if err := tlog.CheckRecord(proof, head.N, head.Hash, first+i, hash); err != nil {
				return 0, fmt.Errorf("entry %d: %w", first+i, err)
			}
			bundle = bundle[2+n:]
		}
		if len(bundle) > 0 {
			return 0, errors.New("a bundle is too long")
		}
	}
	return head.N, nil
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: head|entry|growth|tiles VKEY-FILE FILE [CHECKPOINT]")
	}
	key, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	vkey := strings.TrimSpace(string(key))
	if args[0] == "tiles" {
		n, err := checkTiles(vkey, args[2])
		if err == nil {
			fmt.Println(n)
		}
		return err
	}
	text, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	switch args[0] {
	case "head":
		head, err := openHead(text, vkey)
		if err == nil {
			fmt.Println(head.N)
		}
		return err
	case "entry":
		return checkEntry(vkey, text)
	case "growth":
		old, err := os.ReadFile(args[3])
		if err != nil {
			return err
		}
		return checkGrowth(vkey, text, old)
	}
	return errors.New("unknown command " + args[0])
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
