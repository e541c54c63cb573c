package cache

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// index finds an entry by the spelling that a caller used. Reading takes no lock
// and allocates nothing (sync.Map boxes each string key); writers hold the
// store's mutex. The table never grows: a store is bounded, so its size is known.
type index struct {
	seed    maphash.Seed
	buckets []atomic.Pointer[node]
}

// A node is immutable: readers may be on any of them at any time.
type node struct {
	hash  uint64
	id    string
	entry *entry
	next  *node
}

// maxBuckets bounds the table to 512 KiB; beyond that chains grow.
const maxBuckets = 1 << 16

// newIndex makes a table for about n identifiers.
func newIndex(n int) *index {
	size := 1 << bits.Len(uint(min(max(n, 64), maxBuckets)-1))
	return &index{seed: maphash.MakeSeed(), buckets: make([]atomic.Pointer[node], size)}
}

// get returns the entry for id, or nil.
func (x *index) get(id string) *entry {
	h := maphash.String(x.seed, id)
	for n := x.bucket(h).Load(); n != nil; n = n.next {
		if n.hash == h && n.id == id {
			return n.entry
		}
	}
	return nil
}

// put makes id mean e, in place of whatever it meant. The caller holds the
// store's mutex.
func (x *index) put(id string, e *entry) {
	h := maphash.String(x.seed, id)
	b := x.bucket(h)
	b.Store(&node{hash: h, id: id, entry: e, next: without(b.Load(), id)})
}

// remove forgets id if it means e. The caller holds the store's mutex.
func (x *index) remove(id string, e *entry) {
	if x.get(id) != e {
		return
	}
	b := x.bucket(maphash.String(x.seed, id))
	b.Store(without(b.Load(), id))
}

func (x *index) bucket(hash uint64) *atomic.Pointer[node] {
	return &x.buckets[hash&uint64(len(x.buckets)-1)]
}

// without returns the chain n without id. Nodes before it are copied, since a
// reader may stand on one of them.
func without(n *node, id string) *node {
	switch {
	case n == nil:
		return nil
	case n.id == id:
		return n.next
	}
	rest := without(n.next, id)
	if rest == n.next {
		return n
	}
	return &node{hash: n.hash, id: n.id, entry: n.entry, next: rest}
}
