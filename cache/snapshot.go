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
// The count is spread over lanes, each on a cache line of its own, so that
// readers on several cores do not pass one line back and forth. A reader enters
// and leaves by the same lane. Entering adds to the lane and then looks at
// retired; retiring sets retired and then looks at the lanes; so either the
// reader sees that it came too late and backs out without touching the value,
// or the one who retires sees the reader and leaves the wiping to it.
type snapshot struct {
	value   []byte // what secret.Bytes lent; valid until secret is closed
	secret  *fetch.Secret
	version string
	arn     string
	lanes   []lane
	retired atomic.Bool
	wiped   atomic.Bool
}

// A lane counts readers in its low bits and, in the same addition, hits in the
// others.
type lane struct {
	n atomic.Uint64
	_ [cacheLine - 8]byte
}

const (
	cacheLine  = 64
	readerBits = 24 // 16 million readers at once in each lane
	oneReader  = 1
	oneHit     = 1 << readerBits
	readerMask = oneHit - 1
	maxLanes   = 32 // 2 KiB
)

func newSnapshot(secret *fetch.Secret) *snapshot {
	return &snapshot{
		value:   secret.Bytes(),
		secret:  secret,
		version: secret.VersionID(),
		arn:     secret.ARN(),
		lanes:   make([]lane, laneCount()),
	}
}

// laneCount is four lanes a processor, so that two goroutines seldom share one.
func laneCount() int {
	return min(1<<bits.Len(uint(4*runtime.GOMAXPROCS(0)-1)), maxLanes)
}

// enter makes the caller a reader, through the lane that it returns and that
// leave wants back, or returns nil if the snapshot is retired.
func (sn *snapshot) enter() *lane {
	l := sn.lane()
	l.n.Add(oneHit | oneReader)
	if sn.retired.Load() {
		l.n.Add(^uint64(oneHit - 1)) // it was no hit
		sn.leave(l)
		return nil
	}
	return l
}

// lane picks a lane by where the goroutine's stack lies: the cheapest thing that
// differs between goroutines running at the same time.
func (sn *snapshot) lane() *lane {
	var here byte
	at := uint64(uintptr(unsafe.Pointer(&here))) >> 10
	return &sn.lanes[(at*0x9e3779b97f4a7c15>>32)&uint64(len(sn.lanes)-1)]
}

// leave ends a reader's use of the value.
func (sn *snapshot) leave(l *lane) {
	if l.n.Add(^uint64(0))&readerMask == 0 && sn.retired.Load() {
		sn.wipeIfUnread()
	}
}

// hold makes n readers at once, who all leave by the lane returned. The caller
// knows that the snapshot is not retired, by holding the store's mutex.
func (sn *snapshot) hold(n int) *lane {
	l := &sn.lanes[0]
	l.n.Add(uint64(n) * oneReader)
	return l
}

// retire lets no further reader in, and wipes the value once none is left.
func (sn *snapshot) retire() {
	sn.retired.Store(true)
	sn.wipeIfUnread()
}

func (sn *snapshot) wipeIfUnread() {
	for i := range sn.lanes {
		if sn.lanes[i].n.Load()&readerMask != 0 {
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
	for i := range sn.lanes {
		n += sn.lanes[i].n.Load() >> readerBits
	}
	return n
}
