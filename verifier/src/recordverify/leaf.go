package main

// The leaves: an entry of 128 bytes in which a party signs for a statement without showing it.
//
//	checksum[32] signature[64] SHA-256(party key)[32]

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"sync"
)

const (
	leafBytes  = 128
	leafDomain = "sigsum.org/v1/tree-leaf\x00"
)

// leaf is an entry taken apart.
type leaf struct {
	checksum, signature []byte
	party               [sha256.Size]byte // hash of the party's key
}

func parseLeaf(index int64, entry []byte) (leaf, error) {
	if len(entry) != leafBytes {
		return leaf{}, fmt.Errorf("entry %d is not a leaf: it has %d bytes instead of %d", index, len(entry), leafBytes)
	}
	parsed := leaf{checksum: entry[:32], signature: entry[32:96]}
	copy(parsed.party[:], entry[96:])
	return parsed, nil
}

// parties are the keys that may sign statements, by their hash.
type parties map[[sha256.Size]byte]ed25519.PublicKey

// readParties reads the party keys, each 64 lower-case hex digits on a line.
func readParties(path string) (parties, error) {
	lines, err := readLines(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	known := make(parties)
	for i, line := range lines {
		key, err := hex.DecodeString(line)
		if err != nil || hex.EncodeToString(key) != line {
			return nil, fmt.Errorf("%s: line %d: not a key in lower-case hex digits", path, i+1)
		}
		if err := checkPublicKey(key); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, i+1, err)
		}
		hash := sha256.Sum256(key)
		if known[hash] != nil {
			return nil, fmt.Errorf("%s: line %d: this key is there twice", path, i+1)
		}
		known[hash] = key
	}
	return known, nil
}

// leafCheck checks the party signatures of a bundle at a time, on all cores.
type leafCheck struct{ parties parties }

func (c *leafCheck) check(bundle int64, entries [][]byte) error {
	faults := make([]error, len(entries))
	workers := runtime.NumCPU()
	var done sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		done.Add(1)
		go func(first int) {
			defer done.Done()
			for i := first; i < len(entries); i += workers {
				faults[i] = c.checkOne(bundle*tileWidth+int64(i), entries[i])
			}
		}(worker)
	}
	done.Wait()
	for _, fault := range faults {
		if fault != nil {
			return fault
		}
	}
	return nil
}

func (c *leafCheck) checkOne(index int64, entry []byte) error {
	parsed, err := parseLeaf(index, entry)
	if err != nil {
		return err
	}
	key, ok := c.parties[parsed.party]
	if !ok {
		return fmt.Errorf("leaf %d is of a party key that is not known, with hash %x", index, parsed.party)
	}
	message := append([]byte(leafDomain), parsed.checksum...)
	if !ed25519.Verify(key, message, parsed.signature) {
		return fmt.Errorf("leaf %d: the party's signature does not hold", index)
	}
	return nil
}
