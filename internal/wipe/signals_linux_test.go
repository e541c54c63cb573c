package wipe

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
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
	var b SignalBlock
	b.Begin()
	const urg = 1 << (unix.SIGURG - 1)
	if maskNow(t)&urg == 0 {
		t.Error("SIGURG is not held back")
	}
	b.Begin()
	b.Pause()
	if maskNow(t)&urg != 0 {
		t.Error("SIGURG is held back in a pause")
	}
	b.Resume()
	b.End()
	if maskNow(t)&urg == 0 {
		t.Error("the inner End let signals through")
	}
	b.End()
	if maskNow(t) != before {
		t.Errorf("mask %#x, was %#x", maskNow(t), before)
	}
}

// A fault of the thread's own stays a panic.
func TestSignalBlockFault(t *testing.T) {
	before := maskNow(t)
	func() {
		var b SignalBlock
		b.Begin()
		defer b.End()
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		var p *int
		*p = 1
	}()
	if maskNow(t) != before {
		t.Error("the mask was not restored")
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
				var b SignalBlock
				b.Begin()
				Copy(make([]byte, 4096), make([]byte, 4096))
				b.End()
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
