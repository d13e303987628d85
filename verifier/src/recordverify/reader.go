package main

// Hashes of the tree read from the tiles, each tile authenticated before it is used.
//
// tlog.TileHashReader of x/mod 0.7.0 does that only in part: it recomputes the root from the partial
// tiles at the right edge, then means to hold each other tile against the one above it, but starts
// at the wrong place. It counts the subtrees at the edge (6 in a log of 70,000) where it should count
// their tiles (3), and so leaves up to that many tiles unchecked. We hold them all against the tile above.

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// maxTreeSize is the largest log that the index arithmetic of tlog can walk in 63 bits.
const maxTreeSize = 1<<62 - 1

// hashReader reads hashes that are proven to be in the tree; it is a tlog.HashReader.
type hashReader struct {
	tiles  *tileReader
	hashes tlog.HashReader
}

func newHashReader(log folder, head checkpoint) (hashReader, error) {
	if head.size > maxTreeSize {
		return hashReader{}, fmt.Errorf("a log of %d entries is too large to walk", head.size)
	}
	tiles := &tileReader{log: log}
	return hashReader{tiles, tlog.TileHashReader(tlog.Tree{N: head.size, Hash: head.root}, tiles)}, nil
}

func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes, err := r.hashes.ReadHashes(indexes)
	if err == nil {
		err = r.tiles.fault
	}
	return hashes, err
}

// tileReader hands the tiles to tlog; it is a tlog.TileReader.
type tileReader struct {
	log   folder
	fault error // the first tile that does not fit the one above it
}

func (r *tileReader) Height() int { return tileHeight }

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := readTile(r.log, t)
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}

// SaveTiles is told of the tiles behind an answer, before the answer is used. The partial ones gave
// the root; beside each full one is the tile above it.
func (r *tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	type place struct {
		level  int
		number int64
	}
	at := make(map[place][]byte)
	for i, t := range tiles {
		at[place{t.L, t.N}] = data[i]
	}
	for i, t := range tiles {
		if t.W < tileWidth || r.fault != nil {
			continue
		}
		above := at[place{t.L + 1, t.N / tileWidth}]
		start := int(t.N%tileWidth) * tlog.HashSize
		root, err := fullTileRoot(t, data[i])
		if err != nil || start >= len(above) || !bytes.Equal(root[:], above[start:start+tlog.HashSize]) {
			r.fault = fmt.Errorf("%s and the tile above it do not fit together", tilePath(t))
		}
	}
}
