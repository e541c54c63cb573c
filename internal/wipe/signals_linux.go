package wipe

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// mask is a thread's signal mask.
type mask struct {
	old  unix.Sigset_t
	held bool
}

// wordBits is the size of an element of a signal set.
const wordBits = 8 * uint(unsafe.Sizeof(unix.Sigset_t{}.Val[0]))

// asynchronous are the signals that others send. Left out are those that tell of
// the thread's own fault, and 32 to 34: with these the C library and package
// syscall change the credentials of all threads, and package syscall waits for
// each while the world is stopped, so a thread that held them back would hang the
// process.
var asynchronous = func() (set unix.Sigset_t) {
	for i := range set.Val {
		set.Val[i] = ^set.Val[i]
	}
	for _, s := range []unix.Signal{
		unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP, unix.SIGSYS, unix.SIGABRT, 32, 33, 34,
	} {
		set.Val[uint(s-1)/wordBits] &^= 1 << (uint(s-1) % wordBits)
	}
	return set
}()

// block holds back signals. Where a filter forbids it (seccomp), they come as ever.
func (m *mask) block() {
	m.held = unix.PthreadSigmask(unix.SIG_BLOCK, &asynchronous, &m.old) == nil
}

// restore undoes block; what came in between is delivered here.
func (m *mask) restore() {
	if m.held {
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &m.old, nil)
		m.held = false
	}
}

func (m *mask) blocked() bool { return m.held }
