package main

// The statement bodies, kept beside the tiles: body/<number> holds those of 256 leaves in order.
//
// A record is a 32-bit length, big endian, and the body. The length 0xFFFFFFFF marks a body that
// was erased: its statement id follows instead, so that the leaf can be checked all the same.
// The last file may go on after what the checkpoint covers; what lies there is not looked at.

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxBody       = 48 << 10
	erasedMark    = 0xFFFFFFFF
	maxBodyBundle = tileWidth * (4 + maxBody)
)

// bodyCheck holds the bodies against the leaves, a bundle at a time.
type bodyCheck struct {
	log          folder
	kept, erased int64
	buffer       [maxBody]byte
}

// bodyPath gives the number of a bundle the form it has in the paths of tiles.
func bodyPath(bundle int64) string {
	t := tlog.Tile{H: tileHeight, L: 0, N: bundle, W: tileWidth}
	return "body/" + strings.TrimPrefix(t.Path(), "tile/8/0/")
}

func (c *bodyCheck) check(bundle int64, entries [][]byte) error {
	path := bodyPath(bundle)
	file, err := openRegular(c.log.path(path), int64(len(entries))*4, maxBodyBundle)
	if err != nil {
		return err
	}
	defer file.Close()
	records := bufio.NewReader(file)
	for i, entry := range entries {
		index := bundle*tileWidth + int64(i)
		parsed, err := parseLeaf(index, entry)
		if err != nil {
			return err
		}
		id, err := c.next(records)
		if err != nil {
			return fmt.Errorf("%s: body of leaf %d: %w", path, index, err)
		}
		if checksum := sha256.Sum256(id[:]); !bytes.Equal(checksum[:], parsed.checksum) {
			return fmt.Errorf("%s: the body of leaf %d is not the one that was signed", path, index)
		}
	}
	if len(entries) == tileWidth {
		if _, err := records.ReadByte(); err != io.EOF {
			return fmt.Errorf("%s goes on after its %d bodies", path, tileWidth)
		}
	}
	return nil
}

// next reads one record and returns its statement id: the hash of the body, or what is left of it.
func (c *bodyCheck) next(records io.Reader) ([sha256.Size]byte, error) {
	var id [sha256.Size]byte
	var head [4]byte
	if _, err := io.ReadFull(records, head[:]); err != nil {
		return id, fmt.Errorf("the file ends before it: %w", err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length == erasedMark {
		if _, err := io.ReadFull(records, id[:]); err != nil {
			return id, fmt.Errorf("the file ends within its id: %w", err)
		}
		c.erased++
		return id, nil
	}
	if length > maxBody {
		return id, fmt.Errorf("%d bytes are more than the %d allowed", length, maxBody)
	}
	body := c.buffer[:length]
	if _, err := io.ReadFull(records, body); err != nil {
		return id, fmt.Errorf("the file ends within it: %w", err)
	}
	c.kept++
	return sha256.Sum256(body), nil
}
