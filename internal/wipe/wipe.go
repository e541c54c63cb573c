// Package wipe is memory for secrets: it is wiped when its owner says so, is
// kept out of swap and core dumps where the system allows, and never shows one
// secret through a slice that belonged to another.
//
//	b := wipe.New(n)
//	defer b.Free()
//	io.ReadFull(r, b.Bytes())
//	if !b.Locked() {
//		// the bytes may reach swap; Stats().Err says why
//	}
//
// # Guarantees
//
// After [Buffer.Free] every slice that [Buffer.Bytes] ever returned reads
// zeroes for as long as anybody holds it. A buffer that is lost without Free is
// wiped once the garbage collector has found that neither it nor a slice of it
// can be reached.
//
// Buffers of up to 256 KiB come from slots: arrays of whole memory pages that
// are page-locked, left out of core dumps and emptied in forked children
// (Linux), once, when they are made. Making one takes three system calls; using
// it again takes none. The budget for slots is half of the system's limit on
// locked memory (RLIMIT_MEMLOCK; on Windows the minimum working set), 8 MiB at
// most. Larger buffers, and all buffers when the budget is used up or the system
// refuses, are ordinary memory: wiped all the same, and reported by
// [Buffer.Locked] and [Stats].
//
// # Why slots are garbage-collected memory
//
// Memory of our own (mmap) can be reused, or unmapped, while a careless caller
// still holds a slice: the slice then shows another secret or crashes. A slot is
// an ordinary Go allocation. Once freed it is dropped, and its finalizer brings
// it back for reuse: that runs only when the collector has proved that no slice
// remains. So there are no guard pages either: Go checks the bounds of slices,
// and what guard pages cost, this proof, is worth more.
//
// # Limits
//
// A slot rests between Free and the next garbage collection, unless its bytes
// were never handed out. A program that frees buffers faster than it collects
// gets ordinary memory in between. Slots keep their size, so a budget spent on
// small ones has no room for a large one later. Copies that a caller makes, registers (but
// see [Registers]) and fragments left by the system are out of reach.
package wipe

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Buffer is a run of wipeable memory. Its owner calls [Buffer.Free] when the
// contents are to be forgotten. All methods are safe for concurrent use; the
// bytes are as safe as those of any slice. The zero Buffer and nil are empty and
// already freed.
type Buffer struct {
	mu sync.RWMutex // guards what follows

	// An unsafe.Pointer, because printers that use reflection follow slices
	// and pointers through unexported fields, but not this.
	mem unsafe.Pointer // nil when freed
	n   int            // length in bytes

	home    *slot       // the slot that mem lies in; nil for ordinary memory
	escaped atomic.Bool // mem has been handed out, so only the collector can tell who holds it
}

// bytesLocked returns the memory, nil when freed. Caller holds mu.
func (b *Buffer) bytesLocked() []byte { return unsafe.Slice((*byte)(b.mem), b.n)[:b.n:b.n] }

// New returns a buffer of n zero bytes; a negative n counts as zero. It never
// returns nil and never waits. Whether the memory is locked is for
// [Buffer.Locked] to say.
func New(n int) *Buffer {
	b := new(Buffer)
	b.take(max(n, 0))
	return b
}

// take gives b, which is empty, n zero bytes.
func (b *Buffer) take(n int) {
	b.n = n
	if s := slots().take(n); s != nil {
		b.mem, b.home = s.pages(), s
	} else {
		b.mem = ordinary(n)
	}
}

// CopyTo makes to, a zero Buffer, a copy of b in memory of its own. It is for
// Buffers that are part of something larger, and unlike a copy by way of Bytes
// it leaves both memories unseen: Free can reuse that of to at once if nobody
// calls its Bytes.
func (b *Buffer) CopyTo(to *Buffer) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	to.take(b.n)
	Copy(to.bytesLocked(), b.bytesLocked())
}

// Bytes returns the buffer's memory, to be read and written in place. Its
// capacity is its length, so that an append cannot leave the wipeable memory
// unnoticed: it makes a copy. The slice holds zeroes once the buffer is freed;
// Bytes itself then returns nil.
func (b *Buffer) Bytes() []byte {
	if b == nil {
		return nil
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	b.escaped.Store(true)
	return b.bytesLocked()
}

// Truncate shortens the buffer to its first n bytes and wipes the rest, in the
// slices already handed out too. An n beyond the length changes nothing, a
// negative one counts as zero.
func (b *Buffer) Truncate(n int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n = max(n, 0)
	if n >= b.n {
		return
	}
	Clear(b.bytesLocked()[n:])
	b.n = n
}

// Free wipes the buffer. It may be called again, by several goroutines, and on
// nil. A goroutine that is writing to the bytes at that moment races with it, as
// with any other writer.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mem == nil {
		return
	}
	Clear(b.bytesLocked())
	switch {
	case b.home == nil:
		release(b.mem)
	case !b.escaped.Load():
		slots().back(b.home)
	}
	b.mem, b.n, b.home = nil, 0, nil
}

// Locked reports whether the buffer's memory is locked in RAM and, on Linux,
// left out of core dumps. It is false once the buffer is freed.
func (b *Buffer) Locked() bool {
	if b == nil {
		return false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.home != nil
}
