package wipe_test

import (
	"bytes"
	"testing"

	"wicketkey.internal/internal/wipe"
)

func TestFreeWipesRetainedSlices(t *testing.T) {
	for _, n := range []int{0, 1, 15, 2048, 4096, 5000, 70_000, 256 << 10, 300_000} {
		b := wipe.New(n)
		p := b.Bytes()
		if len(p) != n || cap(p) != n {
			t.Fatalf("New(%d): length %d, capacity %d", n, len(p), cap(p))
		}
		if !zero(p) {
			t.Fatalf("New(%d) is not zero", n)
		}
		fill(p, 's')
		b.Free()
		b.Free()
		if !zero(p) {
			t.Errorf("New(%d): the slice still shows the secret after Free", n)
		}
		if b.Bytes() != nil || b.Locked() {
			t.Errorf("New(%d): freed, yet Bytes is not nil or Locked is true", n)
		}
	}
}

func zero(p []byte) bool { return len(bytes.Trim(p, "\x00")) == 0 }

func fill(p []byte, c byte) {
	for i := range p {
		p[i] = c
	}
}
