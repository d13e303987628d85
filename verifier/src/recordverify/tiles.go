package main

// The tiles on disk: 256 hashes a tile, named tile/<level>/<number>, and beside them the entry
// bundles, named tile/entries/<number>. A partial one ends in .p/<width>.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight  = 8
	tileWidth   = 1 << tileHeight
	bundleLevel = -1 // how tlog names what lies below level 0
)

// tilePath is the path of a tile or bundle: that of the Go checksum database in other words.
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	if t.L == bundleLevel {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

// readTile returns the hashes of a tile, as many as its width.
func readTile(log folder, t tlog.Tile) ([]byte, error) {
	data, _, err := readTileFile(log, t)
	if err != nil {
		return nil, err
	}
	return data[:t.W*tlog.HashSize], nil
}

// readTileFile returns the content of a tile or bundle, with the tile that the file holds:
// a partial file may be deleted once the full one exists, so the full one serves as well.
func readTileFile(log folder, t tlog.Tile) ([]byte, tlog.Tile, error) {
	least := int64(t.W) * tlog.HashSize
	most := least
	if t.L == bundleLevel {
		least = int64(t.W) * 2
		most = int64(t.W) * (2 + math.MaxUint16)
	}
	data, err := readRegular(log.path(tilePath(t)), least, most)
	if t.W < tileWidth && errors.Is(err, fs.ErrNotExist) {
		full := t
		full.W = tileWidth
		if data, _, fullErr := readTileFile(log, full); !errors.Is(fullErr, fs.ErrNotExist) {
			return data, full, fullErr
		}
	}
	return data, t, err
}

// bundleOf is the entry bundle with this number in a log of this size.
func bundleOf(number, size int64) tlog.Tile {
	t := tlog.Tile{H: tileHeight, L: bundleLevel, N: number, W: tileWidth}
	if rest := size - number*tileWidth; rest < tileWidth {
		t.W = int(rest)
	}
	return t
}

// readBundle returns the entries of a bundle, as many as its width.
func readBundle(log folder, t tlog.Tile) ([][]byte, error) {
	data, found, err := readTileFile(log, t)
	if err != nil {
		return nil, err
	}
	entries := make([][]byte, 0, found.W)
	for i := 0; i < found.W; i++ {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s ends within its entry %d of %d", tilePath(found), i, found.W)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("%s goes on after its %d entries", tilePath(found), found.W)
	}
	return entries[:t.W], nil
}
