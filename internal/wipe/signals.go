package wipe

import (
	"runtime"
	"sync/atomic"
)

// A SignalBlock is for stretches of work on plaintext during which no signal reaches
// the goroutine's thread. A signal makes the kernel store the thread's registers
// on a signal stack, and Go's own, by which it preempts, makes the runtime store
// them in memory of a processor (P): both outlive the secret. So signals wait
// until the registers have been overwritten.
//
//	var block wipe.SignalBlock
//	block.Do(func() { … })
//
// However a stretch ends, by a panic or [runtime.Goexit] of code that it calls as
// well, signals come through again. Stretches of one SignalBlock nest. What waits
// for a peer belongs into [SignalBlock.Wait]. It is used by one goroutine at a
// time; nil only calls. Systems other than Linux only overwrite the registers,
// at the end.
//
// Signals that tell of the thread's own fault (a nil pointer) are not held back:
// blocked, they would end the process instead of panicking.
type SignalBlock struct {
	depth int
	mask  mask // of the thread, to be restored
}

// HoldSignals calls f in a stretch of its own.
func HoldSignals(f func()) {
	var b SignalBlock
	b.Do(f)
}

// Do calls f while signals are held back; at the end it overwrites the registers and
// then lets signals through.
func (b *SignalBlock) Do(f func()) {
	if b != nil {
		b.begin()
		defer b.end()
	}
	f()
}

// Wait calls f, within a stretch, while signals come through: f waits for somebody.
// Outside of one it only calls f.
func (b *SignalBlock) Wait(f func()) {
	if b != nil && b.depth > 0 {
		b.release()
		defer b.hold()
	}
	f()
}

func (b *SignalBlock) begin() {
	if b.depth++; b.depth == 1 {
		b.hold()
	}
}

func (b *SignalBlock) end() {
	if b.depth--; b.depth == 0 {
		b.release()
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
func SignalsHeld() (held bool) {
	var b SignalBlock
	b.Do(func() { held = b.mask.blocked() })
	return held
}
