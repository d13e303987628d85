package main

// The checkpoint: who signed it, and whether it is written the one way in which it may be written.
//
// note.Open checks the signatures of the keys we know. It is lax about the rest, so what it let
// through is parsed again here, written out again, and must give the same bytes.

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxSignatureLines = 16
	maxCheckpoint     = 1 << 18 // 16 of the longest signature lines and long names fit
	signatureMark     = "— "
)

// emptyRoot is SHA-256 of nothing, the root of the empty log.
const emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

// checkpoint is a head of the log whose signatures hold.
type checkpoint struct {
	size         int64
	root         tlog.Hash
	cosignatures []cosignature
}

// cosignature is the word of one witness key that it saw this head.
type cosignature struct {
	name    string
	seconds int64 // since 1970
}

// cosigners is the number of distinct names among the cosignatures: two keys of one name are one.
func (c checkpoint) cosigners() int {
	names := make(map[string]bool)
	for _, s := range c.cosignatures {
		names[s.name] = true
	}
	return len(names)
}

// signatureLine is one line of a note below its text.
type signatureLine struct {
	name string
	raw  []byte // key id, then what the key signed with
}

func (l signatureLine) id() uint32 { return binary.BigEndian.Uint32(l.raw) }

func readCheckpoint(path string, keys keyring, quorum int) (checkpoint, error) {
	raw, err := readRegular(path, 0, maxCheckpoint)
	if err != nil {
		return checkpoint{}, err
	}
	return openCheckpoint(raw, keys, quorum)
}

func openCheckpoint(raw []byte, keys keyring, quorum int) (checkpoint, error) {
	signed, err := note.Open(raw, keys.known)
	if err != nil {
		return checkpoint{}, err
	}
	lines, err := parseSignatureLines(string(raw[len(signed.Text)+1:]))
	if err != nil {
		return checkpoint{}, err
	}
	if render(signed.Text, lines) != string(raw) {
		return checkpoint{}, errors.New("not in its canonical spelling")
	}
	if !keys.isLog(lines[0].name, lines[0].id()) {
		return checkpoint{}, errors.New("the first signature line is not the log's")
	}
	c, err := parseText(signed.Text, keys.log.Name())
	if err != nil {
		return checkpoint{}, err
	}
	// note.Open has verified the lines whose keys we know: the log's and those of witnesses.
	for _, line := range lines[1:] {
		if _, err := keys.known.Verifier(line.name, line.id()); err == nil {
			seconds := int64(binary.BigEndian.Uint64(line.raw[4:]))
			c.cosignatures = append(c.cosignatures, cosignature{line.name, seconds})
		}
	}
	if c.cosigners() < quorum {
		return checkpoint{}, fmt.Errorf("%d distinct cosigners, but %d are needed", c.cosigners(), quorum)
	}
	return c, nil
}

// parseSignatureLines reads the lines below the text; no name and key id may come twice.
func parseSignatureLines(block string) ([]signatureLine, error) {
	rows := strings.Split(strings.TrimSuffix(block, "\n"), "\n")
	if len(rows) > maxSignatureLines {
		return nil, fmt.Errorf("%d signature lines, but %d are allowed", len(rows), maxSignatureLines)
	}
	var lines []signatureLine
	seen := make(map[string]bool)
	for _, row := range rows {
		name, coded, _ := strings.Cut(strings.TrimPrefix(row, signatureMark), " ")
		raw, err := base64.StdEncoding.DecodeString(coded)
		if err != nil || len(raw) < 5 {
			return nil, errors.New("a signature line is malformed")
		}
		line := signatureLine{name, raw}
		signer := fmt.Sprintf("%s %08x", name, line.id())
		if seen[signer] {
			return nil, fmt.Errorf("two signature lines of the key %q", signer)
		}
		seen[signer] = true
		lines = append(lines, line)
	}
	return lines, nil
}

// parseText reads the three lines: origin, size, root.
func parseText(text, origin string) (checkpoint, error) {
	rows := strings.Split(text, "\n")
	if len(rows) != 4 || rows[3] != "" {
		return checkpoint{}, errors.New("the text does not have exactly three lines")
	}
	if rows[0] != origin {
		return checkpoint{}, fmt.Errorf("the origin is %q, the log's key is of %q", rows[0], origin)
	}
	size, err := strconv.ParseInt(rows[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != rows[1] {
		return checkpoint{}, fmt.Errorf("the size %q is not a plain number below 2^63", rows[1])
	}
	root, err := tlog.ParseHash(rows[2])
	if err != nil || root.String() != rows[2] {
		return checkpoint{}, fmt.Errorf("the root %q is not the base64 of 32 bytes", rows[2])
	}
	if (size == 0) != (rows[2] == emptyRoot) {
		return checkpoint{}, errors.New("size 0 and the root of the empty log belong together")
	}
	return checkpoint{size: size, root: root}, nil
}

// render writes a note from its parts.
func render(text string, lines []signatureLine) string {
	var out strings.Builder
	out.WriteString(text + "\n")
	for _, line := range lines {
		coded := base64.StdEncoding.EncodeToString(line.raw)
		out.WriteString(signatureMark + line.name + " " + coded + "\n")
	}
	return out.String()
}
