package wipe

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestCopy(t *testing.T) {
	for n := range 300 {
		from := make([]byte, n)
		for i := range from {
			from[i] = byte(rand.Uint32())
		}
		to := bytes.Repeat([]byte{0xEE}, n+16)
		if got := Copy(to[8:8+n], append(from, 1, 2, 3)); got != n {
			t.Fatalf("%d bytes of %d", got, n)
		}
		want := append(append(bytes.Repeat([]byte{0xEE}, 8), from...), bytes.Repeat([]byte{0xEE}, 8)...)
		if !bytes.Equal(to, want) {
			t.Fatalf("%d bytes: not what was to be copied, or something beside it", n)
		}
	}
}

func BenchmarkCopy(b *testing.B) {
	for _, n := range []int{32, 256, 2 << 10, 64 << 10} {
		to, from := make([]byte, n), make([]byte, n)
		b.Run(fmt.Sprintf("size=%dB/way=wipe", n), func(b *testing.B) {
			for b.Loop() {
				Copy(to, from)
			}
		})
		b.Run(fmt.Sprintf("size=%dB/way=memmove", n), func(b *testing.B) {
			for b.Loop() {
				copy(to, from)
				Registers()
			}
		})
	}
}
