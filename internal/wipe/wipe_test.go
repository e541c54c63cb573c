package wipe_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"wicketkey.internal/internal/wipe"
)

// sizes cover the tiny allocator, every class's edge and ordinary memory.
var sizes = []int{0, 1, 15, 16, 17, 2048, 4096, 4097, 5000, 70_000, 256 << 10, 256<<10 + 1, 300_000}

func TestFreeWipesSlicesStillHeld(t *testing.T) {
	for _, n := range sizes {
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

func TestNegativeLengthIsZero(t *testing.T) {
	b := wipe.New(-1)
	defer b.Free()
	if n := len(b.Bytes()); n != 0 {
		t.Errorf("length %d, want 0", n)
	}
	fill(wipe.New(1).Bytes(), 's')
	b.Truncate(-1)
}

func TestNilAndZeroBuffersAreEmpty(t *testing.T) {
	for _, b := range []*wipe.Buffer{nil, new(wipe.Buffer)} {
		b.Truncate(3)
		b.Free()
		if b.Bytes() != nil || b.Locked() {
			t.Errorf("%p: Bytes is not nil or Locked is true", b)
		}
	}
}

func TestTruncateWipesTheTail(t *testing.T) {
	for _, n := range sizes {
		b := wipe.New(n)
		whole := b.Bytes()
		fill(whole, 's')
		b.Truncate(n + 1)
		b.Truncate(n / 2)
		if !zero(whole[n/2:]) {
			t.Errorf("New(%d): the tail is not wiped", n)
		}
		if p := b.Bytes(); len(p) != n/2 || cap(p) != n/2 || bytes.Count(p, []byte{'s'}) != n/2 {
			t.Errorf("New(%d): length %d, capacity %d, or changed bytes", n, len(p), cap(p))
		}
		b.Truncate(-1)
		b.Free()
		if !zero(whole) {
			t.Errorf("New(%d): not wiped by Free after Truncate", n)
		}
	}
}

func TestAppendLeavesNoTraceInTheNeighbourhood(t *testing.T) {
	b := wipe.New(4)
	defer b.Free()
	grown := append(b.Bytes(), 'x')
	b.Bytes()[0] = 'y'
	if grown[0] == 'y' {
		t.Error("append wrote into the buffer's own memory")
	}
}

// A slice held after Free must never show what another buffer holds, however
// often the collector runs and however many buffers come and go.
func TestHeldSlicesNeverShowAnotherSecret(t *testing.T) {
	var held [][]byte
	for i := range 40 {
		b := wipe.New(sizes[i%len(sizes)])
		fill(b.Bytes(), 'o')
		// A part of the buffer, and not its beginning, keeps all of it alive.
		held = append(held, b.Bytes()[len(b.Bytes())/2:])
		b.Free()
	}
	for round := range 20 {
		var live []*wipe.Buffer
		for i := range 300 {
			b := wipe.New(sizes[i%6])
			fill(b.Bytes(), 'n')
			live = append(live, b)
		}
		runtime.GC()
		for _, p := range held {
			if !zero(p) {
				t.Fatalf("round %d: a freed buffer's slice shows another's bytes", round)
			}
		}
		for _, b := range live {
			b.Free()
		}
	}
}

// The same with writers everywhere: no buffer may ever see a byte that is not
// its own, in its memory or in what it has freed.
func TestConcurrentBuffersStayApart(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() { live(t, byte('a'+g)) })
	}
	wg.Go(func() {
		for range 20 {
			runtime.GC()
		}
	})
	wg.Wait()
}

// live makes and frees buffers full of mark, keeping some slices.
func live(t *testing.T, mark byte) {
	var held [][]byte
	for i := range 300 {
		b := wipe.New(sizes[i%7])
		p := b.Bytes()
		if !zero(p) {
			t.Error("a new buffer is not zero")
		}
		fill(p, mark)
		if i%16 == 0 {
			runtime.Gosched()
			held = append(held, p)
		}
		if bytes.Count(p, []byte{mark}) != len(p) {
			t.Error("another goroutine wrote into this one's buffer")
		}
		b.Free()
	}
	for _, p := range held {
		if !zero(p) {
			t.Error("a freed buffer's slice is not zero")
		}
	}
}

func TestConcurrentUseOfOneBuffer(t *testing.T) {
	for range 200 {
		b := wipe.New(100)
		p := b.Bytes()
		fill(p, 's')
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(b.Free)
			wg.Go(func() { b.Truncate(10 * i) })
			wg.Go(func() { b.Bytes(); b.Locked() })
		}
		wg.Wait()
		if !zero(p) {
			t.Fatal("not wiped")
		}
	}
}

// A copy has memory of its own, which neither shows nor follows the original's.
func TestCopyTo(t *testing.T) {
	for _, n := range sizes {
		var copied, late wipe.Buffer
		b := wipe.New(n)
		fill(b.Bytes(), 's')
		b.CopyTo(&copied)
		p := copied.Bytes()
		if len(p) != n || cap(p) != n || copied.Locked() != b.Locked() && n > 0 && n <= 2048 {
			t.Errorf("%d bytes: the copy has %d, capacity %d, locked %v", n, len(p), cap(p), copied.Locked())
		}
		b.Free()
		if n := bytes.Count(p, []byte{'s'}); n != len(p) {
			t.Errorf("%d of %d bytes are left in the copy after Free of the original", n, len(p))
		}
		copied.Free()
		if !zero(p) {
			t.Errorf("%d bytes: the copy still shows the secret after Free", n)
		}
		b.CopyTo(&late)
		if len(late.Bytes()) != 0 {
			t.Errorf("a copy of what was freed has %d bytes", len(late.Bytes()))
		}
		late.Free()
	}
}

// Whoever copies while the original is freed gets all of it or nothing.
func TestCopyWhileFreeing(t *testing.T) {
	for range 200 {
		b := wipe.New(5000)
		fill(b.Bytes(), 's')
		var wg sync.WaitGroup
		wg.Go(b.Free)
		for range 3 {
			wg.Go(func() {
				var c wipe.Buffer
				defer c.Free()
				b.CopyTo(&c)
				if n := bytes.Count(c.Bytes(), []byte{'s'}); n != len(c.Bytes()) {
					t.Errorf("%d of %d bytes", n, len(c.Bytes()))
				}
			})
		}
		wg.Wait()
	}
}

func TestClear(t *testing.T) {
	p := []byte("secret")
	wipe.Clear(p[:3])
	if string(p) != "\x00\x00\x00ret" {
		t.Errorf("got %q", p)
	}
	wipe.Clear(nil)
	wipe.Clear([]byte{})
}

func TestDo(t *testing.T) {
	var b *wipe.Buffer
	wipe.Do(func() {
		b = wipe.New(10)
		fill(b.Bytes(), 's')
	})
	wipe.Registers()
	if p := b.Bytes(); bytes.Count(p, []byte{'s'}) != 10 {
		t.Errorf("got %d of 10 bytes", bytes.Count(p, []byte{'s'}))
	}
	b.Free()
}

func BenchmarkNewFree(b *testing.B) {
	// Real callers look at the bytes, so the slot rests until the collector
	// has run; "unseen" is the cost of the pool alone.
	b.Run("bytes=2048/seen", func(b *testing.B) {
		unlocked := wipe.Stats().Unlocked
		for b.Loop() {
			m := wipe.New(2048)
			m.Bytes()[0] = 1
			m.Free()
		}
		b.ReportMetric(float64(wipe.Stats().Unlocked-unlocked)/float64(b.N), "unlocked/op")
	})
	b.Run("bytes=2048/unseen", func(b *testing.B) {
		for b.Loop() {
			wipe.New(2048).Free()
		}
	})
}

// locks reports whether the system locks memory for this process.
func locks() bool {
	b := wipe.New(1)
	defer b.Free()
	return b.Locked()
}

func zero(p []byte) bool { return len(bytes.Trim(p, "\x00")) == 0 }

func fill(p []byte, c byte) {
	for i := range p {
		p[i] = c
	}
}
