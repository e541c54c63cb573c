package wipe

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"wicketkey.internal/internal/test/unwind"
)

// maskNow reads this thread's mask.
func maskNow(t *testing.T) uint64 {
	t.Helper()
	var now unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &now); err != nil {
		t.Skip(err)
	}
	return uint64(now.Val[0])
}

func TestSignalBlockHoldsSignalsBack(t *testing.T) {
	before := maskNow(t)
	const urg = 1 << (unix.SIGURG - 1)
	held := func(when string, want bool) {
		t.Helper()
		if got := maskNow(t)&urg != 0; got != want {
			t.Errorf("%s: SIGURG held back: %v, want %v", when, got, want)
		}
	}
	var b SignalBlock
	b.Wait(func() { held("waiting outside of a stretch", false) })
	b.Do(func() {
		held("in a stretch", true)
		b.Do(func() {
			held("in an inner one", true)
			b.Wait(func() { held("waiting", false) })
			held("after waiting", true)
		})
		held("after the inner one", true)
	})
	if maskNow(t) != before {
		t.Errorf("mask %#x, was %#x", maskNow(t), before)
	}
}

// A fault of the thread's own stays a panic.
func TestSignalBlockFault(t *testing.T) {
	before := maskNow(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		HoldSignals(func() {
			var p *int
			*p = 1
		})
	}()
	if maskNow(t) != before {
		t.Error("the mask was not restored")
	}
}

// However foreign code ends a stretch, or a wait in one: signals come through, and the
// same SignalBlock serves on.
func TestSignalBlockUnwinds(t *testing.T) {
	for name, within := range map[string]func(b *SignalBlock, end func()){
		"stretch": func(b *SignalBlock, end func()) { b.Do(end) },
		"inner":   func(b *SignalBlock, end func()) { b.Do(func() { b.Do(end) }) },
		"wait":    func(b *SignalBlock, end func()) { b.Do(func() { b.Wait(end) }) },
	} {
		t.Run(name, func(t *testing.T) {
			unwind.Each(t, func(t *testing.T, end func()) {
				var b SignalBlock
				defer func() {
					before := maskNow(t)
					b.Do(func() {
						if b.depth != 1 || maskNow(t) == before {
							t.Errorf("at depth %d no signal is held back", b.depth)
						}
					})
				}()
				within(&b, end)
			})
		})
	}
}

// Holding signals back takes no memory.
func TestSignalBlockAllocatesNothing(t *testing.T) {
	var b SignalBlock
	n := 0
	if got := testing.AllocsPerRun(100, func() {
		HoldSignals(func() { n++ })
		b.Do(func() { b.Wait(func() { n++ }) })
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// Package syscall stops the world and waits for a signal to be taken by each
// thread; holding that one back would hang the process.
func TestSignalBlockLetsCredentialsChange(t *testing.T) {
	var stop atomic.Bool
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for !stop.Load() {
				HoldSignals(func() { Copy(make([]byte, 4096), make([]byte, 4096)) })
			}
		})
	}
	for range 3 {
		if _, _, err := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0); err != 0 {
			t.Log(err)
		}
	}
	stop.Store(true)
	others.Wait()
}
