package cache

import (
	"slices"
	"sync/atomic"
	"time"

	"wicketkey.internal/fetch"
)

// An entry is one (secret, stage or version, JSON key): what is known of it and
// when it is to be asked for again. Readers use the atomic fields without a
// lock; all others are guarded by the store's mutex, unless they never change.
type entry struct {
	ref  fetch.Ref // what AWS is asked; never changes
	snap atomic.Pointer[snapshot]
	used atomic.Uint64 // the store's tick at the last read

	official *official // used by the flight; replaced under the mutex
	place    int       // in Store.entries
	gone     bool      // removed from the store
	aliases  []alias   // the identifiers that lead here, the first one asked by at the front
	keys     []key     // the identities under which it is known
	timer    *time.Timer
	flight   *flight

	// What AWS last said.
	arn, name string
	stages    []string
	created   time.Time
	region    string
	restored  bool // the value comes from the disk copy

	fetched  time.Time // the last yes
	fresh    time.Time // until when the value counts as fresh
	dies     time.Time // until when it may be served at all
	next     time.Time // when to ask in the background
	answered uint64    // the store's clock of events at the last yes

	err       error // of the last question; nil after a yes
	failed    time.Time
	failures  int       // in a row
	notBefore time.Time // nobody asks earlier

	renewed    string    // the version that callers last wished to have renewed
	renewals   int       // how often, in a row
	renewAfter time.Time // no further time earlier

	readAt   time.Time // the last time at which a read had been noticed
	readTick uint64    // used at that time
	watchers int
	changed  chan struct{} // closed at the next change; nil while nobody waits
}

// alias is one spelling that callers use.
type alias struct {
	id    string // as the caller wrote it
	named string // the name or ARN in it

	needed bool // prefetched by it
}

// kept reports whether the entry holds a value.
func (e *entry) kept() bool { return e.snap.Load() != nil }

// wanted reports whether the entry is to be kept up although nobody reads it.
func (e *entry) wanted() bool { return e.watchers > 0 || e.needed() }

// needed reports whether the entry was prefetched, by any spelling.
func (e *entry) needed() bool {
	return slices.ContainsFunc(e.aliases, func(a alias) bool { return a.needed })
}

// need notes that it was prefetched by this spelling.
func (e *entry) need(id string) {
	for i := range e.aliases {
		if e.aliases[i].id == id {
			e.aliases[i].needed = true
		}
	}
}

// enter makes the caller a reader of the value, if there is one to be served.
func (e *entry) enter() (*snapshot, *lane) {
	// A snapshot that is retired between the two loads has a successor, or
	// none; two rounds tell.
	for sn := e.snap.Load(); sn != nil; sn = e.snap.Load() {
		if l := sn.enter(); l != nil {
			return sn, l
		}
	}
	return nil, nil
}

// touch notes a read for the choice of what leaves first. It writes only when
// the store's tick has moved, so that readers do not fight for the cache line.
func (e *entry) touch(tick uint64) {
	if e.used.Load() != tick {
		e.used.Store(tick)
	}
}

// notify wakes those who wait for a change.
func (e *entry) notify() {
	if e.changed != nil {
		close(e.changed)
		e.changed = nil
	}
}
