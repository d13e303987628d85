package main

// Ed25519 public keys that no honest party has: points of low order, whose signatures fit any
// message, and second spellings of a point, on which libraries disagree.

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
)

// lowOrder are the points of low order, without the sign bit (the top bit of the last byte).
// Those with y of 2^255-19 or more are left to isReduced.
var lowOrder = map[string]bool{
	"0000000000000000000000000000000000000000000000000000000000000000": true,
	"0100000000000000000000000000000000000000000000000000000000000000": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a": true,
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
}

func checkPublicKey(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return errors.New("an Ed25519 public key has 32 bytes")
	}
	y := append([]byte(nil), key...)
	y[31] &= 0x7f
	if lowOrder[hex.EncodeToString(y)] || !isReduced(y) {
		return errors.New("this Ed25519 public key is of low order or not canonical; no honest party has it")
	}
	return nil
}

// isReduced tells whether y, little endian, is below 2^255-19.
func isReduced(y []byte) bool {
	if y[31] != 0x7f {
		return true
	}
	for _, b := range y[1:31] {
		if b != 0xff {
			return true
		}
	}
	return y[0] < 0xed
}
