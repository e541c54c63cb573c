package cache

import (
	"slices"
	"sync/atomic"
	"time"

	"wicketkey.internal/fetch"
)

// A secret owns all that is kept of it: the identifiers by which it is known, and
// an item for each stage or version, which owns an entry for the whole value and
// one for each JSON key. So what is said of the secret reaches all of it.
//
//	secret ─┬─ identifiers: "db", "arn:…:secret:db-a1b2c3"
//	        ├─ item AWSCURRENT ─┬─ entry (whole)    ← "db", "db::", the ARN
//	        │                   └─ entry "password" ← "db:password"
//	        └─ item AWSPREVIOUS ── entry (whole)    ← "db::AWSPREVIOUS"
//
// Until AWS has said whose value it is, a secret has no ARN and one identifier.
// Everything is guarded by the store's mutex, but for what readers use without a
// lock: entry.snap, entry.used, and the index that leads to the entry.
type secret struct {
	ids   []string // names and ARNs that lead here; AWS is asked by the first
	arn   string   // as AWS gave it, while that stands
	name  string
	items []*item
}

// item returns the one for a selector, or nil. A nil secret has none.
func (sec *secret) item(sel selector) *item {
	if sec == nil {
		return nil
	}
	for _, it := range sec.items {
		if it.sel == sel {
			return it
		}
	}
	return nil
}

// A selector is which version of a secret is meant.
type selector struct{ stage, version string }

// An item is one stage or version of a secret: what AWS is asked for, when, and
// what it last said.
type item struct {
	secret *secret
	sel    selector
	fresh  freshness
	meta   fetch.Metadata // what AWS said beside the value
	value  *snapshot      // nil for none; readers are given it unless it is withheld
	root   *entry         // the whole value
	keys   []*entry       // its JSON keys

	answered order   // the last answer taken
	granted  bool    // AWS has said yes since the last refusal, in an answer that was not taken
	calls    []*call // under way, whose item this is by now: several where spellings turned out to be one
	official *official
	spacing  spacing

	place    int  // in catalog.items
	gone     bool // removed, or into is set
	into     *item
	timer    *time.Timer
	readAt   moment        // the last time at which a read had been noticed
	readTick uint64        // used at that time
	changed  chan struct{} // closed at the next change; nil while nobody waits
}

// An entry is what a spelling leads to: the whole value of an item, or one JSON
// key of it.
type entry struct {
	snap atomic.Pointer[snapshot] // what readers are given
	used atomic.Uint64            // the lruClock at the last read

	item      *item
	key       string
	spellings []spelling
	watchers  int

	err      error // the value has no such key
	failures int   // in a row
	retryAt  moment
}

// A spelling is one text that callers use.
type spelling struct {
	id     string // as the caller wrote it
	named  string // the name or ARN in it
	needed bool   // prefetched by it
}

// acquire makes the caller a reader of the value, if there is one to be served.
func (e *entry) acquire() (*snapshot, *shard) {
	// A snapshot that is retired between the two loads has a successor, or
	// none; two rounds tell.
	for sn := e.snap.Load(); sn != nil; sn = e.snap.Load() {
		if l := sn.acquire(); l != nil {
			return sn, l
		}
	}
	return nil, nil
}

// touch notes a read for the choice of what leaves first. It writes only when
// the clock has moved, so that readers do not fight for the cache line.
func (e *entry) touch(now uint64) {
	if e.used.Load() != now {
		e.used.Store(now)
	}
}

// needed reports whether the entry was prefetched, by any spelling.
func (e *entry) needed() bool {
	return slices.ContainsFunc(e.spellings, func(a spelling) bool { return a.needed })
}

// need notes that it was prefetched by this spelling.
func (e *entry) need(id string) {
	for i := range e.spellings {
		if e.spellings[i].id == id {
			e.spellings[i].needed = true
		}
	}
}

// wanted reports whether the entry is to be kept up although nobody reads it.
func (e *entry) wanted() bool { return e.watchers > 0 || e.needed() }

// isSpelled reports whether anything leads to the entry.
func (e *entry) isSpelled() bool { return len(e.spellings) > 0 }

// suppressed reports whether a key that the value lacks is not to be looked for
// yet.
func (e *entry) suppressed(now moment) bool {
	return e.err != nil && !e.retryAt.isZero() && !e.retryAt.reached(now)
}

// problem is why there is nothing to serve, nil where that is not known.
func (e *entry) problem() error {
	if e.item.fresh.held && e.err != nil {
		return e.err
	}
	return e.item.fresh.err
}

// entries are the whole value and the keys.
func (it *item) entries() []*entry { return append([]*entry{it.root}, it.keys...) }

func (it *item) any(test func(*entry) bool) bool {
	return test(it.root) || slices.ContainsFunc(it.keys, test)
}

func (it *item) wanted() bool { return it.any((*entry).wanted) }

func (it *item) needed() bool { return it.any((*entry).needed) }

// used is the lruClock at the last read of any entry.
func (it *item) used() uint64 {
	last := it.root.used.Load()
	for _, e := range it.keys {
		last = max(last, e.used.Load())
	}
	return last
}

// bytes is what the value and its keys count for.
func (it *item) bytes() int {
	if it.value == nil {
		return 0
	}
	n := len(it.value.value)
	for _, e := range it.keys {
		if sn := e.snap.Load(); sn != nil {
			n += len(sn.value)
		}
	}
	return n
}

// entry returns the one for a key, or nil.
func (it *item) entry(key string) *entry {
	if key == "" {
		return it.root
	}
	for _, e := range it.keys {
		if e.key == key {
			return e
		}
	}
	return nil
}

// current is the item that this one has become.
func (it *item) current() *item {
	for it.into != nil {
		it = it.into
	}
	return it
}

// current is the entry that this one has become.
func (e *entry) current() *entry {
	if it := e.item.current(); it != e.item {
		return it.entry(e.key)
	}
	return e
}

// ref is what AWS is asked. JSON keys are picked here.
func (it *item) ref() fetch.Ref {
	return fetch.Ref{ID: it.secret.ids[0], Stage: it.sel.stage, VersionID: it.sel.version}
}

// known is what an answer is held against, beside the last refusal of its secret.
func (it *item) known() known {
	k := known{freshness: it.fresh, answered: it.answered}
	if it.value != nil {
		k.version = it.value.version
	}
	return k
}

// describe takes in what AWS said beside the value. A replica has another ARN than the
// secret.
func (it *item) describe(m fetch.Metadata) {
	it.meta = m
	if it.secret.arn != "" {
		it.meta.ARN = it.secret.arn
	}
}

// notify wakes those who wait for a change.
func (it *item) notify() {
	if it.changed != nil {
		close(it.changed)
		it.changed = nil
	}
}

// plan is what time brings next.
func (it *item) plan(idleAfter time.Duration, now moment) plan {
	p := it.fresh.end(now)
	if it.call() != nil {
		return p // all else waits for its end
	}
	if it.fresh.held && idleAfter > 0 && !it.wanted() {
		p = p.sooner(plan{it.readAt.add(idleAfter), idle}, now)
	}
	if ask := it.fresh.ask(it.wanted(), now); !ask.isNone() {
		return p.sooner(ask, now)
	}
	if !it.fresh.held {
		at := it.readAt
		if it.fresh.failures > 0 {
			at = it.fresh.retryAt
		}
		return plan{at.add(forgetAfter), forget}
	}
	return p
}

// forgetAfter is how long an item without a value is remembered after the hold
// on its last error has ended.
const forgetAfter = time.Minute
