package cache

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"

	"wicketkey.internal/fetch"
)

// A snapshot is one version of a secret as the store lends it, with a count of
// its readers. It is wiped when it has been retired and the last of them left.
//
// The count is spread over shards, each on a cache line of its own, so that
// readers on several cores do not pass one line back and forth. A reader enters
// and leaves by the same shard. Entering adds to the shard and then looks at
// retired; retiring sets retired and then looks at the shards; so either the
// reader sees that it came too late and backs out without touching the value,
// or the one who retires sees the reader and leaves the wiping to it.
type snapshot struct {
	value   []byte // what secret.Bytes lent; valid until secret is closed
	secret  *fetch.Secret
	version string
	arn     string
	shards  []shard
	retired atomic.Bool
	wiped   atomic.Bool
}

// A shard counts readers in its low bits and, in the same addition, hits in the
// others.
type shard struct {
	n atomic.Uint64
	_ [cacheLine - 8]byte
}

const (
	cacheLine  = 64
	readerBits = 24 // 16 million readers at once in each shard
	oneReader  = 1
	oneHit     = 1 << readerBits
	readerMask = oneHit - 1
	maxShards  = 32 // 2 KiB
)

func newSnapshot(secret *fetch.Secret) *snapshot {
	return &snapshot{
		value:   secret.Bytes(),
		secret:  secret,
		version: secret.VersionID(),
		arn:     secret.ARN(),
		shards:  make([]shard, shardCount()),
	}
}

// shardCount is four shards a processor, so that two goroutines seldom share one.
func shardCount() int {
	return min(1<<bits.Len(uint(4*runtime.GOMAXPROCS(0)-1)), maxShards)
}

// acquire makes the caller a reader, through the shard that it returns and that
// release wants back, or returns nil if the snapshot is retired.
func (sn *snapshot) acquire() *shard {
	l := sn.shard()
	l.n.Add(oneHit | oneReader)
	if sn.retired.Load() {
		l.n.Add(^uint64(oneHit - 1)) // it was no hit
		sn.release(l)
		return nil
	}
	return l
}

// shard picks a shard by where the goroutine's stack lies: the cheapest thing that
// differs between goroutines running at the same time.
func (sn *snapshot) shard() *shard {
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here))) >> 10
	return &sn.shards[(at*0x9e3779b97f4a7c15>>32)&uint64(len(sn.shards)-1)]
}

// release ends a reader's use of the value.
func (sn *snapshot) release(l *shard) {
	if l.n.Add(^uint64(0))&readerMask == 0 && sn.retired.Load() {
		sn.wipeIfUnread()
	}
}

// acquireN makes n readers at once, who all leave by the shard returned. The caller
// knows that the snapshot is not retired, by holding the store's mutex.
func (sn *snapshot) acquireN(n int) *shard {
	l := &sn.shards[0]
	l.n.Add(uint64(n) * oneReader)
	return l
}

// retire lets no further reader in, and wipes the value once none is left.
func (sn *snapshot) retire() {
	sn.retired.Store(true)
	sn.wipeIfUnread()
}

func (sn *snapshot) wipeIfUnread() {
	for i := range sn.shards {
		if sn.shards[i].n.Load()&readerMask != 0 {
			return
		}
	}
	if sn.wiped.CompareAndSwap(false, true) {
		sn.secret.Close()
	}
}

// hits returns how many readers have entered.
func (sn *snapshot) hits() uint64 {
	var n uint64
	for i := range sn.shards {
		n += sn.shards[i].n.Load() >> readerBits
	}
	return n
}
