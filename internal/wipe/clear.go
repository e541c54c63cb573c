package wipe

import "runtime"

// Clear overwrites p, up to its length, with zeroes. The compiler cannot drop
// the writes, even where p is never read again.
//
//go:noinline
func Clear(p []byte) {
	clear(p)
	// Without a use after the writes a future compiler might call them dead.
	runtime.KeepAlive(p)
}

// registerBytes is the length of the longest copy that the runtime's memmove on
// amd64 makes through all sixteen vector registers at once.
const registerBytes = 256

// Registers overwrites the processor's vector registers, in which copying and
// decryption leave the last bytes that they handled and from which a signal may
// spill them to a stack. Call it after handling plaintext, in the same
// goroutine. It works by copying zeroes: on amd64 that covers the registers
// which the runtime's own copies use; elsewhere it promises less.
func Registers() {
	var from, to [registerBytes]byte
	move(to[:], from[:])
}

// move is a function of its own, never inlined, because a copy of known length
// is compiled into a few moves through a single register.
//
//go:noinline
func move(to, from []byte) {
	copy(to, from)
	runtime.KeepAlive(to)
}
