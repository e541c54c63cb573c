package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

const sumLength = 2 * sha256.Size

// encode makes the value of a secret's version: name and number, padding whose
// length differs from version to version, and a checksum of all that.
func encode(name string, version int64) []byte {
	body := fmt.Appendf(nil, "%s %d ", name, version)
	body = append(body, bytes.Repeat([]byte{'a' + byte(version%26)}, 100+int(version*997%4000))...)
	sum := sha256.Sum256(body)
	return hex.AppendEncode(body, sum[:])
}

// The errors of decode say nothing of the value.
var (
	errTorn  = errors.New("the checksum does not match")
	errOther = errors.New("the value is another secret's")
)

// decode gives the version of a secret's value, if it is one.
func decode(name string, value []byte) (int64, error) {
	if len(value) < sumLength {
		return 0, errTorn
	}
	body, want := value[:len(value)-sumLength], value[len(value)-sumLength:]
	sum := sha256.Sum256(body)
	var got [sumLength]byte
	if hex.Encode(got[:], sum[:]); !bytes.Equal(got[:], want) {
		return 0, errTorn
	}
	named, rest, _ := bytes.Cut(body, []byte(" "))
	if string(named) != name {
		return 0, errOther
	}
	number, _, _ := bytes.Cut(rest, []byte(" "))
	return strconv.ParseInt(string(number), 10, 64)
}
