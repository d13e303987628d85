// Recordverify checks a log folder of Groundtruce independently of the program that wrote it:
// checkpoint, cosignatures, tiles, entries, party signatures and statement bodies.
//
// It prints one line for each check that passed and, last, PASS. At the first violation it prints
// one reason on standard error and ends with 1; wrong use ends with 2.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// options are what the command line asks for.
type options struct {
	dir, vkeys, old, leaves string
	quorum                  int
	index                   int64
	full, bodies            bool
}

func main() {
	wanted, err := readOptions()
	if err != nil {
		fmt.Fprintln(os.Stderr, "recordverify:", err)
		os.Exit(2)
	}
	if err := verify(wanted); err != nil {
		fmt.Fprintln(os.Stderr, "recordverify:", err)
		os.Exit(1)
	}
	if _, err := fmt.Println("PASS"); err != nil {
		os.Exit(1) // nobody could read the answer
	}
}

func readOptions() (options, error) {
	var o options
	flag.StringVar(&o.dir, "dir", "", "`folder` of the log: checkpoint, tile/ and body/")
	flag.StringVar(&o.vkeys, "vkeys", "", "`file` of keys, a vkey a line: the log first, then its witnesses")
	flag.IntVar(&o.quorum, "quorum", -1, "how many witnesses must have cosigned")
	flag.StringVar(&o.old, "old", "", "older checkpoint `file` that the log must extend")
	flag.Int64Var(&o.index, "index", -1, "`number` of one entry that must be in the log, from 0")
	flag.BoolVar(&o.full, "full", false, "hash every entry and compare every tile")
	flag.StringVar(&o.leaves, "leaves", "", "`file` of party keys in hex; each entry must be a leaf that one of them signed (implies -full)")
	flag.BoolVar(&o.bodies, "bodies", false, "each leaf must have its statement body, or the mark of an erased one (implies -full)")
	flag.Parse()
	indexGiven := false
	flag.Visit(func(f *flag.Flag) { indexGiven = indexGiven || f.Name == "index" })
	switch {
	case flag.NArg() > 0:
		return o, fmt.Errorf("%q is not an option; -help lists them", flag.Arg(0))
	case o.dir == "" || o.vkeys == "":
		return o, fmt.Errorf("-dir and -vkeys are needed; -help tells more")
	case o.quorum < 0:
		return o, fmt.Errorf("-quorum is needed: how many witnesses must have cosigned, 0 or more")
	case indexGiven && o.index < 0:
		return o, fmt.Errorf("-index counts from 0")
	}
	return o, nil
}

// passed prints the line of one passed check.
func passed(format string, values ...any) { fmt.Printf(format+"\n", values...) }

// verify makes the checks asked for, from the keys to the bodies; each rests on those before it.
func verify(o options) error {
	keys, err := readKeys(o.vkeys)
	if err != nil {
		return err
	}
	passed("keys: the log %s, witnesses %d", keys.log.Name(), keys.witnesses)

	log := folder(o.dir)
	head, err := readCheckpoint(log.path("checkpoint"), keys, o.quorum)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	passed("checkpoint: size %d, root %s, signed by the log", head.size, head.root)
	for _, c := range head.cosignatures {
		passed("cosigned: %s at %s", c.name, time.Unix(c.seconds, 0).UTC().Format(time.RFC3339))
	}
	passed("quorum: cosigners %d, needed %d", head.cosigners(), o.quorum)

	if o.old != "" {
		old, err := readCheckpoint(o.old, keys, 0)
		if err != nil {
			return fmt.Errorf("old checkpoint: %w", err)
		}
		if err := checkConsistency(log, old, head); err != nil {
			return fmt.Errorf("consistency: %w", err)
		}
		passed("consistency: the first %d of %d entries are those of the old checkpoint", old.size, head.size)
	}
	if o.index >= 0 {
		hash, err := checkInclusion(log, head, o.index)
		if err != nil {
			return fmt.Errorf("inclusion: %w", err)
		}
		passed("inclusion: entry %d with leaf hash %s is in the log", o.index, hash)
	}
	if o.full || o.bodies || o.leaves != "" {
		return verifyAll(log, head, o)
	}
	return nil
}

// verifyAll is the part that reads the whole log, once, and hands each bundle to the checks wanted.
func verifyAll(log folder, head checkpoint, o options) error {
	var leaves *leafCheck
	var bodies *bodyCheck
	if o.leaves != "" {
		parties, err := readParties(o.leaves)
		if err != nil {
			return err
		}
		leaves = &leafCheck{parties: parties}
	}
	if o.bodies {
		bodies = &bodyCheck{log: log}
	}
	tiles, err := audit(log, head, func(bundle int64, entries [][]byte) error {
		if leaves != nil {
			if err := leaves.check(bundle, entries); err != nil {
				return err
			}
		}
		if bodies != nil {
			return bodies.check(bundle, entries)
		}
		return nil
	})
	if err != nil {
		return err
	}
	passed("tree: the root follows from the entries (%d), and so does every tile (%d)", head.size, tiles)
	if leaves != nil {
		passed("leaves: each of %d is signed by a party whose key was given (%d)", head.size, len(leaves.parties))
	}
	if bodies != nil {
		passed("bodies: %d kept and %d erased, each the one of its leaf", bodies.kept, bodies.erased)
	}
	return nil
}
