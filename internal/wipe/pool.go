package wipe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
)

// maxBudget bounds the locked memory of a process whose limit is generous:
// secrets are small, and pages locked here are lost to everybody else.
const maxBudget = 8 << 20

// A pool hands out slots and takes them back.
type pool struct {
	page    int      // the system's page size in bytes
	classes []*class // by size, smallest first; never changes

	mu       sync.Mutex // guards what follows
	budget   int        // bytes that may be locked
	locked   int        // bytes that are, free slots included
	refusal  error      // why the system locks no more; then nothing is tried again
	unlocked uint64     // buffers that had to do without a slot

	full atomic.Bool // the latest attempt found the budget used up
}

// A class holds the free slots of one size. Each is wiped, and nobody holds a
// slice of it.
type class struct {
	size int

	// Slots whose bytes nobody has seen, for the next buffer on the same
	// processor: neither lock nor wait. What it loses the collector finds, and
	// gives back as it does any slot.
	recent sync.Pool

	free []*slot // guarded by the pool's mutex
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
			p.classes = append(p.classes, &class{size: size})
		}
	}
	return p
}

// take returns a zeroed slot of at least n bytes: a free one of the right size,
// else a new one, else a larger free one, and nil where none is to be had.
func (p *pool) take(n int) *slot {
	i := p.fit(n)
	if s := p.pop(i, i+1); s != nil {
		return s
	}
	if s := p.grow(i); s != nil {
		return s
	}
	if s := p.pop(i+1, len(p.classes)); s != nil {
		return s
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unlocked++
	return nil
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

// pop takes a free slot of the classes from first up to, but without, end; nil
// if they have none.
func (p *pool) pop(first, end int) *slot {
	for i := first; i < min(end, len(p.classes)); i++ {
		if s, ok := p.classes[i].recent.Get().(*slot); ok {
			return s
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := first; i < min(end, len(p.classes)); i++ {
		free := p.classes[i].free
		if n := len(free); n > 0 {
			s := free[n-1]
			free[n-1] = nil
			p.classes[i].free = free[:n-1]
			return s
		}
	}
	return nil
}

// put takes back a slot that is wiped and that the collector has found unheld.
func (p *pool) put(s *slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.classes[p.fit(s.size)]
	c.free = append(c.free, s)
	p.full.Store(false)
}

// back takes back a slot that is wiped and was never seen by anybody.
func (p *pool) back(s *slot) {
	p.classes[p.fit(s.size)].recent.Put(s)
	if p.full.Load() {
		p.full.Store(false)
	}
}

// grow makes a slot of class i, if the budget and the system allow.
func (p *pool) grow(i int) *slot {
	if i == len(p.classes) || !p.reserve(p.classes[i].size) {
		return nil
	}
	s := newSlot(p.classes[i].size, p.page)
	if err := lock(s.memory()); err != nil {
		p.refuse(s.size, err)
		return nil
	}
	s.watch(p.put)
	return s
}

// reserve counts size bytes as locked before they are, so that the system calls
// happen outside the mutex.
func (p *pool) reserve(size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.full.Store(size > p.budget-p.locked)
	if p.refusal != nil || p.full.Load() {
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
	advice := limitAdvice
	limit, _ := lockLimit() // at 0 "not permitted" means the limit
	if limit > 0 && (errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported)) {
		advice = forbiddenAdvice
	}
	p.refusal = fmt.Errorf("%w (%s)", err, advice)
}

// forbiddenAdvice is for a system whose limit has room, and which refuses all
// the same.
const forbiddenAdvice = "no limit: allow mlock in the seccomp filter (SystemCallFilter= of the systemd unit, --security-opt seccomp= of the container) or the sandbox"
