package wipe

import (
	"fmt"
	"os"
	"sync"
)

// maxBudget bounds the locked memory of a process whose limit is generous:
// secrets are small, and pages locked here are lost to everybody else.
const maxBudget = 8 << 20

// A pool hands out slots and takes them back.
type pool struct {
	page int // the system's page size in bytes

	mu       sync.Mutex // guards what follows
	classes  []class    // by size, smallest first; the sizes never change
	budget   int        // bytes that may be locked
	locked   int        // bytes that are, free slots included
	refusal  error      // why the system locks no more; then nothing is tried again
	full     bool       // the latest attempt found the budget used up
	unlocked uint64     // buffers that had to do without a slot
}

// A class holds the free slots of one size. Each is wiped, and nobody holds a
// slice of it.
type class struct {
	size int
	free []slot
}

// slots returns the pool of the process. Locked pages are a resource of the
// process, as is the heap, so there is one pool and nobody passes it around.
var slots = sync.OnceValue(func() *pool {
	limit, err := lockLimit()
	return newPool(os.Getpagesize(), limit, err)
})

// newPool returns an empty pool for a system that locks limit bytes, or none
// because of err.
func newPool(page int, limit uint64, err error) *pool {
	p := &pool{page: page, budget: int(min(limit/2, maxBudget)), refusal: err}
	if err == nil && p.budget < page {
		p.refusal = fmt.Errorf("the limit on locked memory is %d bytes (%s)", limit, limitAdvice)
	}
	// 4 KiB holds a usual secret and its response, 72 KiB and 96 KiB the
	// responses that carry 65,536 bytes of text and of base64.
	for _, kib := range []int{4, 8, 16, 32, 72, 96, 128, 256} {
		size := (kib<<10 + page - 1) / page * page
		if n := len(p.classes); n == 0 || p.classes[n-1].size < size {
			p.classes = append(p.classes, class{size: size})
		}
	}
	return p
}

// take returns a zeroed slot of at least n bytes: a free one of the right size,
// else a new one, else a larger free one. It reports false where none is to be
// had.
func (p *pool) take(n int) (slot, bool) {
	i := p.fit(n)
	if s, ok := p.pop(i, i+1); ok {
		return s, true
	}
	if s, ok := p.grow(i); ok {
		return s, true
	}
	if s, ok := p.pop(i+1, len(p.classes)); ok {
		return s, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unlocked++
	return slot{}, false
}

// fit returns the index of the smallest class for n bytes, len(p.classes) if
// none is large enough.
func (p *pool) fit(n int) int {
	for i := range p.classes {
		if n <= p.classes[i].size {
			return i
		}
	}
	return len(p.classes)
}

// pop takes a free slot of the classes from first up to, but without, end.
func (p *pool) pop(first, end int) (slot, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := first; i < min(end, len(p.classes)); i++ {
		free := p.classes[i].free
		if n := len(free); n > 0 {
			s := free[n-1]
			free[n-1] = slot{}
			p.classes[i].free = free[:n-1]
			return s, true
		}
	}
	return slot{}, false
}

// put takes back a slot that is wiped and that nobody else holds.
func (p *pool) put(s slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.classes[p.fit(s.size)]
	c.free = append(c.free, s)
	p.full = false
}

// grow makes a slot of class i, if the budget and the system allow.
func (p *pool) grow(i int) (slot, bool) {
	if i == len(p.classes) || !p.reserve(p.classes[i].size) {
		return slot{}, false
	}
	s := newSlot(p.classes[i].size, p.page)
	if err := lock(s.memory()); err != nil {
		p.refuse(s.size, err)
		return slot{}, false
	}
	s.watch(p.put)
	return s, true
}

// reserve counts size bytes as locked before they are, so that the system calls
// happen outside the mutex.
func (p *pool) reserve(size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.full = size > p.budget-p.locked
	if p.refusal != nil || p.full {
		return false
	}
	p.locked += size
	return true
}

// refuse gives a reservation back and ends all attempts: the system has drawn
// its line, and to ask again would cost every buffer a system call.
func (p *pool) refuse(size int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locked -= size
	p.refusal = fmt.Errorf("%w (%s)", err, limitAdvice)
}
