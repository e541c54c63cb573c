package wipe

import "errors"

// ErrBudget is [Status].Err while the memory that may be locked is used up.
var ErrBudget = errors.New("all memory that may be locked is in use")

// A Status tells how much of the process's secret memory is locked.
type Status struct {
	Locked   int    // bytes that are page-locked, free slots included
	Budget   int    // bytes that may be
	Unlocked uint64 // buffers since the start that had to do with ordinary memory

	// Err is nil while the system locks what is asked for. Otherwise it says
	// why it does not, naming the limit to raise: it wraps the system's error,
	// or is ErrBudget, which passes when buffers are freed and collected.
	Err error
}

// Stats returns the present state. It tries nothing: before the first buffer is
// made, only a limit of zero is known.
func Stats() Status {
	p := slots()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := Status{Locked: p.locked, Budget: p.budget, Unlocked: p.unlocked, Err: p.refusal}
	if s.Err == nil && p.full.Load() {
		s.Err = ErrBudget
	}
	return s
}
