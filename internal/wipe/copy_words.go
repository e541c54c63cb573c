//go:build !amd64 || race

package wipe

import (
	"encoding/binary"
	"unsafe"
)

// move8 copies n bytes, eight at a time through one ordinary register: memmove on
// arm64 has up to 128 bytes in neighbouring ones. The race detector sees it.
//
//go:noinline
func move8(dst, src *byte, n int) {
	to, from := unsafe.Slice(dst, n), unsafe.Slice(src, n)
	for len(from) >= 8 && len(to) >= 8 {
		binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
		to, from = to[8:], from[8:]
	}
	for i := range from {
		to[i] = from[i]
	}
}
