package wipe

import (
	"runtime"
	"unsafe"
)

// A slot is an array of whole memory pages, once it is locked the home of one
// buffer after another. It never changes.
type slot struct {
	raw   unsafe.Pointer // the allocation, from its first byte
	total int            // its length in bytes
	off   int            // where the pages begin in it
	size  int            // their length in bytes
}

// newSlot allocates size bytes that begin and end on a page boundary, so that
// what is done to the pages is done to nothing else on the heap.
func newSlot(size, page int) *slot {
	// Allocations of these sizes are aligned as it is where the system's page
	// is no larger than the 8 KiB of Go's.
	raw, off := aligned(size, page)
	if off == 0 {
		return &slot{raw: raw, total: size, size: size}
	}
	raw, off = aligned(size+page, page)
	return &slot{raw: raw, total: size + page, off: off, size: size}
}

// aligned allocates n bytes and returns how many of them lie before the first
// page boundary. The heap does not move, so the answer stays true.
func aligned(n, page int) (raw unsafe.Pointer, off int) {
	raw = unsafe.Pointer(unsafe.SliceData(make([]byte, n)))
	over := int(uintptr(raw) % uintptr(page))
	return raw, (page - over) % page
}

// pages returns where the pages of the slot begin.
func (s *slot) pages() unsafe.Pointer { return unsafe.Add(s.raw, s.off) }

// memory returns the pages of the slot.
func (s *slot) memory() []byte { return unsafe.Slice((*byte)(s.pages()), s.size) }

// watch has the collector hand the slot to put, wiped, each time it has proved
// that nobody holds a slice of it. The wiping covers buffers that were lost
// without Free and what was written to a slice after Free.
func (s *slot) watch(put func(*slot)) {
	// The finalizer is itself a root of the collector, so it must not hold the
	// memory: only the sizes.
	total, off, size := s.total, s.off, s.size
	var found func(p *byte)
	found = func(p *byte) {
		s := &slot{raw: unsafe.Pointer(p), total: total, off: off, size: size}
		Clear(s.memory())
		runtime.SetFinalizer(p, found) // a finalizer runs once; the next life needs its own
		put(s)
	}
	runtime.SetFinalizer((*byte)(s.raw), found)
}

// minOrdinary keeps ordinary buffers out of the runtime's tiny allocator, which
// puts several objects of up to 16 bytes into one block and runs no finalizer
// that can be relied on for them.
const minOrdinary = 32

// ordinary returns n zero bytes of the ordinary heap, wiped when they become
// unreachable unless they are released before.
func ordinary(n int) unsafe.Pointer {
	raw := make([]byte, max(n, minOrdinary))
	runtime.SetFinalizer(unsafe.SliceData(raw), func(p *byte) { Clear(unsafe.Slice(p, n)) })
	return unsafe.Pointer(unsafe.SliceData(raw))
}

// release ends the watch over ordinary memory that has been wiped, so that it
// goes back to the heap at the next collection and not the one after.
func release(mem unsafe.Pointer) { runtime.SetFinalizer((*byte)(mem), nil) }
