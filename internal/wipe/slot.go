package wipe

import (
	"runtime"
	"unsafe"
)

// A slot is an array of whole memory pages, once it is locked the home of one
// buffer after another. The zero slot is none.
type slot struct {
	raw  []byte // the allocation, from its first byte
	off  int    // where the pages begin in it
	size int    // their length in bytes
}

// newSlot allocates size bytes that begin and end on a page boundary, so that
// what is done to the pages is done to nothing else on the heap.
func newSlot(size, page int) slot {
	// Allocations of these sizes are aligned as it is where the system's page
	// is no larger than the 8 KiB of Go's.
	raw := make([]byte, size)
	if off := misaligned(raw, page); off != 0 {
		raw = make([]byte, size+page)
		return slot{raw: raw, off: misaligned(raw, page), size: size}
	}
	return slot{raw: raw, size: size}
}

// misaligned returns how many bytes lie between the beginning of raw and the
// next page boundary. The heap does not move, so the answer stays true.
func misaligned(raw []byte, page int) int {
	over := int(uintptr(unsafe.Pointer(unsafe.SliceData(raw))) % uintptr(page))
	return (page - over) % page
}

// memory returns the pages of the slot.
func (s slot) memory() []byte { return s.raw[s.off:][:s.size:s.size] }

// watch has the collector hand the slot to put, wiped, each time it has proved
// that nobody holds a slice of it. The wiping covers buffers that were lost
// without Free and what was written to a slice after Free.
func (s slot) watch(put func(slot)) {
	// The finalizer is itself a root of the collector, so it must not hold the
	// memory: only the sizes.
	total, off, size := len(s.raw), s.off, s.size
	runtime.SetFinalizer(unsafe.SliceData(s.raw), func(p *byte) {
		s := slot{raw: unsafe.Slice(p, total), off: off, size: size}
		Clear(s.raw)
		s.watch(put) // a finalizer runs once; the next life needs its own
		put(s)
	})
}

// minOrdinary keeps ordinary buffers out of the runtime's tiny allocator, which
// puts several objects of up to 16 bytes into one block and runs no finalizer
// that can be relied on for them.
const minOrdinary = 32

// ordinary returns n zero bytes of the ordinary heap, wiped when they become
// unreachable unless they are released before.
func ordinary(n int) []byte {
	raw := make([]byte, max(n, minOrdinary))
	total := len(raw)
	runtime.SetFinalizer(unsafe.SliceData(raw), func(p *byte) { Clear(unsafe.Slice(p, total)) })
	return raw[:n:n]
}

// release ends the watch over ordinary memory that has been wiped, so that it
// goes back to the heap at the next collection and not the one after.
func release(mem []byte) { runtime.SetFinalizer(unsafe.SliceData(mem), nil) }
