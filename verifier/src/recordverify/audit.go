package main

// The full audit: from the entries up, every hash is made anew and every tile compared.
//
// Memory does not grow with the log: of each level only the tile that is being filled is kept.
// Once it is full it is compared with its file, and its own root goes into the level above.

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const tileBytes = tileWidth * tlog.HashSize

// edge is the right edge of the tree while it grows.
type edge struct {
	log    folder
	levels []level
	tiles  int64 // compared so far
}

// level is the last tile of one level: its number and the hashes it has.
type level struct {
	number int64
	hashes []byte
}

// tile names what the level holds at the moment.
func (l level) tile(height int) tlog.Tile {
	return tlog.Tile{H: tileHeight, L: height, N: l.number, W: len(l.hashes) / tlog.HashSize}
}

// audit checks the whole log and returns how many tiles it has. Each bundle goes on to `visit`, with
// its number, while its entries are at hand. Whether they are those of the checkpoint shows only at
// the end: what `visit` found counts only if audit returns no error.
func audit(log folder, head checkpoint, visit func(bundle int64, entries [][]byte) error) (int64, error) {
	if head.size > maxTreeSize {
		return 0, fmt.Errorf("a log of %d entries is too large to walk", head.size)
	}
	tree := edge{log: log}
	for number := int64(0); number*tileWidth < head.size; number++ {
		entries, err := readBundle(log, bundleOf(number, head.size))
		if err != nil {
			return 0, err
		}
		for _, entry := range entries {
			if err := tree.add(0, tlog.RecordHash(entry)); err != nil {
				return 0, err
			}
		}
		if err := visit(number, entries); err != nil {
			return 0, err
		}
	}
	if err := tree.comparePartial(); err != nil {
		return 0, err
	}
	if head.size == 0 {
		return 0, nil // the checkpoint has the root of the empty log; tlog has another idea of it
	}
	root, err := tlog.TreeHash(head.size, &tree)
	if err != nil {
		return 0, err
	}
	if root != head.root {
		return 0, errors.New("the entries and tiles do not give the root of the checkpoint")
	}
	return tree.tiles, nil
}

// add appends a hash to a level and carries the root of a full tile upward.
func (e *edge) add(height int, hash tlog.Hash) error {
	if height == len(e.levels) {
		e.levels = append(e.levels, level{hashes: make([]byte, 0, tileBytes)})
	}
	l := &e.levels[height]
	l.hashes = append(l.hashes, hash[:]...)
	if len(l.hashes) < tileBytes {
		return nil
	}
	if err := e.compare(height); err != nil {
		return err
	}
	root, err := fullTileRoot(l.tile(height), l.hashes)
	if err != nil {
		return err
	}
	l.number++
	l.hashes = l.hashes[:0]
	return e.add(height+1, root)
}

// compare holds the hashes of a level against the file of their tile.
func (e *edge) compare(height int) error {
	t := e.levels[height].tile(height)
	stored, err := readTile(e.log, t)
	if err != nil {
		return err
	}
	if !bytes.Equal(stored, e.levels[height].hashes) {
		return fmt.Errorf("%s does not hold the hashes of what lies below it", tilePath(t))
	}
	e.tiles++
	return nil
}

// comparePartial compares the tiles at the end of the levels; they are not carried upward.
func (e *edge) comparePartial() error {
	for height, l := range e.levels {
		if len(l.hashes) > 0 {
			if err := e.compare(height); err != nil {
				return err
			}
		}
	}
	return nil
}

// ReadHashes serves the hashes on the right edge, of which tlog.TreeHash makes the root.
func (e *edge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		height := tlog.TileForIndex(tileHeight, index).L
		if height >= len(e.levels) {
			return nil, fmt.Errorf("there is no level %d", height)
		}
		l := e.levels[height]
		hash, err := tlog.HashFromTile(l.tile(height), l.hashes, index)
		if err != nil {
			return nil, err
		}
		all[i] = hash
	}
	return all, nil
}

// fullTileRoot is the hash of a full tile's subtree. tlog knows it as a hash of the tile above,
// so the last step from the two halves is made here.
func fullTileRoot(t tlog.Tile, hashes []byte) (tlog.Hash, error) {
	var halves [2]tlog.Hash
	for i := range halves {
		index := tlog.StoredHashIndex((t.L+1)*tileHeight-1, 2*t.N+int64(i))
		half, err := tlog.HashFromTile(t, hashes, index)
		if err != nil {
			return tlog.Hash{}, err
		}
		halves[i] = half
	}
	return tlog.NodeHash(halves[0], halves[1]), nil
}
