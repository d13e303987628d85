package main

// The keys: one vkey a line, `name+keyID+base64(type, public key)`, the log's first.
// A vkey counts only in its one canonical spelling, and no raw key may stand in two of them.

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// The types of key that this program can check.
const (
	typeNote        = 0x01 // Ed25519 over the text of the note: the log
	typeCosignature = 0x04 // Ed25519 over the text with a time: a witness
)

const maxKeyFile = 1 << 20

// keyring holds the keys that checkpoints are checked with.
type keyring struct {
	log       note.Verifier
	known     note.Verifiers // the log and its witnesses
	witnesses int
}

// isLog tells whether a signature line is the log's own.
func (k keyring) isLog(name string, id uint32) bool {
	return name == k.log.Name() && id == k.log.KeyHash()
}

func readKeys(path string) (keyring, error) {
	lines, err := readLines(path, maxKeyFile)
	if err != nil {
		return keyring{}, err
	}
	var all []note.Verifier
	seen := make(map[string]int)
	for i, line := range lines {
		verifier, raw, err := parseVkey(line, i == 0)
		if err != nil {
			return keyring{}, fmt.Errorf("%s: line %d: %w", path, i+1, err)
		}
		if first, ok := seen[string(raw)]; ok {
			return keyring{}, fmt.Errorf("%s: lines %d and %d are the same key", path, first, i+1)
		}
		seen[string(raw)] = i + 1
		all = append(all, verifier)
	}
	return keyring{log: all[0], known: note.VerifierList(all...), witnesses: len(all) - 1}, nil
}

// parseVkey reads the vkey of the log or of a witness; it returns the raw public key beside it.
func parseVkey(line string, log bool) (note.Verifier, ed25519.PublicKey, error) {
	parts := strings.SplitN(line, "+", 3)
	if len(parts) != 3 {
		return nil, nil, errors.New("not a vkey")
	}
	name := parts[0]
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) == 0 || !isKeyName(name) {
		return nil, nil, errors.New("not a vkey")
	}
	id := keyID(name, typed)
	if fmt.Sprintf("%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(typed)) != line {
		return nil, nil, errors.New("the key id is wrong, or the vkey is not in its canonical spelling")
	}
	kind, raw := typed[0], ed25519.PublicKey(typed[1:])
	switch {
	case log && kind != typeNote:
		return nil, nil, fmt.Errorf("the log's key must come first and have type 0x01, not 0x%02x", kind)
	case !log && kind != typeCosignature:
		return nil, nil, fmt.Errorf("a witness key must have type 0x04 to be checked here, not 0x%02x", kind)
	}
	if err := checkPublicKey(raw); err != nil {
		return nil, nil, err
	}
	if log {
		verifier, err := note.NewVerifier(line)
		return verifier, raw, err
	}
	return witness{name: name, id: id, key: raw}, raw, nil
}

func keyID(name string, typed []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), typed...))
	return binary.BigEndian.Uint32(sum[:])
}

func isKeyName(name string) bool {
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}) < 0
}

// witness verifies the cosignatures of one key; it is a note.Verifier.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }

func (w witness) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	if seconds > math.MaxInt64 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text)
	return ed25519.Verify(w.key, []byte(message), sig[8:])
}
