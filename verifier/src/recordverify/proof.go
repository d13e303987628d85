package main

// Proofs made from the tiles, then run up to the root: that one entry is in the log, and that the log
// extends an older one.

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// checkInclusion returns the leaf hash of an entry once it is shown to be in the log.
func checkInclusion(log folder, head checkpoint, index int64) (tlog.Hash, error) {
	if index >= head.size {
		return tlog.Hash{}, fmt.Errorf("there is no entry %d among %d", index, head.size)
	}
	reader, err := newHashReader(log, head)
	if err != nil {
		return tlog.Hash{}, err
	}
	leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return tlog.Hash{}, err
	}
	proof, err := tlog.ProveRecord(head.size, index, reader)
	if err != nil {
		return tlog.Hash{}, err
	}
	if err := tlog.CheckRecord(proof, head.size, head.root, index, leaf[0]); err != nil {
		return tlog.Hash{}, err
	}
	bundle := bundleOf(index/tileWidth, head.size)
	entries, err := readBundle(log, bundle)
	if err != nil {
		return tlog.Hash{}, err
	}
	if tlog.RecordHash(entries[index%tileWidth]) != leaf[0] {
		return tlog.Hash{}, fmt.Errorf("entry %d in %s is not the one in the tree", index, tilePath(bundle))
	}
	return leaf[0], nil
}

// checkConsistency shows that the log of `head` begins with that of `old`.
func checkConsistency(log folder, old, head checkpoint) error {
	if old.size > head.size {
		return fmt.Errorf("the log had %d entries and has %d: some were taken away", old.size, head.size)
	}
	if old.size == 0 {
		return nil // every log begins with the empty one, whose root was checked
	}
	if old.size == head.size {
		if old.root != head.root {
			return fmt.Errorf("two roots for the same %d entries: the log is forked", head.size)
		}
		return nil
	}
	reader, err := newHashReader(log, head)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(head.size, old.size, reader)
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, head.size, head.root, old.size, old.root) != nil {
		return errors.New("the log does not begin with the entries of the old checkpoint: it is forked")
	}
	return nil
}
