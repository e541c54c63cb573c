package memscan_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"wicketkey.internal/internal/test/memscan"
)

// random has no zeroes, so that no fragment goes on into empty memory by chance.
func random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + rand.IntN(255))
	}
	return b
}

// Every fragment of 16 bytes is found, at each address and from each offset;
// none of 14 is.
func TestEveryAlignment(t *testing.T) {
	needle := random(300)
	finder := memscan.NewFinder(memscan.Needle{Name: "n", Bytes: needle})
	for at := range 40 {
		for offset := 0; offset+16 <= len(needle); offset += 7 {
			mem := make([]byte, 96)
			copy(mem[at:], needle[offset:offset+16])
			hits := finder.Text(mem).Hits
			if len(hits) != 1 || hits[0].At != uint64(at) || hits[0].Offset != offset || hits[0].Len < 16 {
				t.Fatalf("needle[%d:+16] at %d: found %v", offset, at, hits)
			}
			clear(mem)
			copy(mem[at:], needle[offset:offset+14])
			if hits := finder.Text(mem).Hits; len(hits) != 0 && hits[0].Len < memscan.MinFragment {
				t.Fatalf("14 bytes were reported: %v", hits)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	a, b := random(1000), random(500)
	finder := memscan.NewFinder(memscan.Needle{Name: "a", Bytes: a}, memscan.Needle{Name: "b", Bytes: b})
	mem := bytes.Join([][]byte{random(13), a, random(5), b[100:200], random(9), a, a[:20]}, nil)
	found := finder.Text(mem)
	if found.Whole("a") != 2 || found.Fragments("a") != 3 || found.Whole("b") != 0 || found.Fragments("b") != 1 || found.Fragments("") != 4 {
		t.Errorf("found %v", found)
	}
	if got, want := found.Bytes(), 2*1000+20+100; got < want || got > want+8 {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestAcrossChunks(t *testing.T) {
	needle := random(64)
	finder := memscan.NewFinder(memscan.Needle{Name: "n", Bytes: needle})
	const shift = 15 // the part before the boundary alone would not count
	name := filepath.Join(t.TempDir(), "core")
	mem := make([]byte, 32<<20+100)
	copy(mem[32<<20-shift:], needle[:30])
	if err := os.WriteFile(name, mem, 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := finder.File(name)
	if err != nil || found.Fragments("n") != 1 || found.Bytes() != 30 {
		t.Errorf("found %v, %v", found, err)
	}
	if found.Read != int64(len(mem)) {
		t.Errorf("read %d bytes of %d", found.Read, len(mem))
	}
}

func TestNoSuchProcess(t *testing.T) {
	if _, err := memscan.NewFinder().Process(1<<30, nil); !errors.Is(err, memscan.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkText(b *testing.B) {
	finder := memscan.NewFinder(memscan.Needle{Name: "n", Bytes: random(40 << 10)})
	mem := random(16 << 20)
	b.SetBytes(int64(len(mem)))
	for b.Loop() {
		finder.Text(mem)
	}
}
