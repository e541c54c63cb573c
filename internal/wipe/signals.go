package wipe

import (
	"runtime"
	"sync/atomic"
)

// A SignalBlock is a stretch of work on plaintext during which no signal reaches
// the goroutine's thread. A signal makes the kernel store the thread's registers
// on a signal stack, and Go's own, by which it preempts, makes the runtime store
// them in memory of a processor (P): both outlive the secret. So signals wait
// until the registers have been overwritten.
//
//	var block wipe.SignalBlock
//	block.Begin()
//	defer block.End()
//
// Stretches of one SignalBlock nest. What waits for a peer belongs between
// [SignalBlock.Pause] and [SignalBlock.Resume]. It is used by one goroutine at a
// time; nil does nothing. Systems other than Linux only overwrite the registers,
// at the end.
//
// Signals that tell of the thread's own fault (a nil pointer) are not held back:
// blocked, they would end the process instead of panicking.
type SignalBlock struct {
	depth int
	mask  mask // of the thread, to be restored
}

// Begin holds back signals until [SignalBlock.End].
func (b *SignalBlock) Begin() {
	if b == nil {
		return
	}
	if b.depth++; b.depth == 1 {
		b.hold()
	}
}

// End overwrites the registers and then lets signals through.
func (b *SignalBlock) End() {
	if b == nil {
		return
	}
	if b.depth--; b.depth == 0 {
		b.release()
	}
}

// Pause is End for as long as the goroutine waits for somebody; without a Begin
// it does nothing.
func (b *SignalBlock) Pause() {
	if b != nil && b.depth > 0 {
		b.release()
	}
}

// Resume ends a Pause.
func (b *SignalBlock) Resume() {
	if b != nil && b.depth > 0 {
		b.hold()
	}
}

func (b *SignalBlock) hold() {
	// The mask is the thread's, so the goroutine must stay on it.
	runtime.LockOSThread()
	if !signalsPass.Load() {
		b.mask.block()
	}
}

func (b *SignalBlock) release() {
	Registers()
	b.mask.restore()
	runtime.UnlockOSThread()
}

var signalsPass atomic.Bool

// LetSignalsPass switches the holding back off for the whole process. It is for
// the proof's control alone, which has to find what signals then leave behind.
func LetSignalsPass() { signalsPass.Store(true) }

// SignalsHeld reports whether the system lets this process hold signals back:
// not where it has no such call, nor where a filter (seccomp) forbids it.
func SignalsHeld() bool {
	var b SignalBlock
	b.Begin()
	defer b.End()
	return b.mask.blocked()
}
