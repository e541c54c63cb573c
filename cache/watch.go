package cache

import (
	"context"
	"iter"
	"time"
)

// A Change tells which version of a secret is served. It never has the value.
type Change struct {
	ARN       string
	Name      string
	VersionID string
	Created   time.Time // when the version was created
	Fetched   time.Time // when AWS was asked for it; see State.Fetched
}

// Watch yields the version that is served, at once if there is one, and again
// after each change. A secret that cannot be served (refused, too old, never
// fetched) is yielded as an error, once until it can be served again. A slow
// reader misses versions in between and is told the latest. The iteration ends
// when ctx ends or the Store is closed; it runs in the caller's goroutine, which
// it blocks between changes.
//
// While a secret is watched it is refreshed, also when nobody reads it and when
// AWS has refused it, and it is never evicted.
func (s *Store) Watch(ctx context.Context, id string) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		t, err := s.opts.target(id)
		if err != nil {
			yield(Change{}, err)
			return
		}
		w := watcher{store: s, target: t}
		defer w.end()
		for ctx.Err() == nil && w.look() {
			if w.news() && !yield(w.change, w.err) {
				return
			}
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
		}
	}
}

// A watcher is one iteration of Watch.
type watcher struct {
	store  *Store
	target target
	entry  *entry // where it is counted

	wake    chan struct{} // closed when there is something to look at
	pending bool          // neither a value nor an error yet
	change  Change
	err     error

	told     bool // something has been yielded:
	lastARN  string
	lastVer  string
	lastFail bool
}

// look takes in the present state and arranges to be woken. It reports false
// when the Store is closed.
func (w *watcher) look() bool {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cat.closed {
		return false
	}
	now := s.clock.now()
	e := s.cat.find(w.target, now)
	w.move(e)
	it := e.item
	if it.changed == nil {
		it.changed = make(chan struct{})
	}
	w.wake, w.change, w.err = it.changed, Change{}, nil
	if sn := e.snap.Load(); sn != nil {
		w.change = Change{ARN: it.meta.ARN, Name: it.meta.Name, VersionID: sn.version, Created: it.meta.Created, Fetched: it.fresh.fetched.wall}
	} else if it.fresh.withheld.isZero() {
		w.err = e.problem()
	}
	w.pending = w.err == nil && w.change == (Change{})
	if f := it.fresh; !f.held && it.call() == nil && (f.refreshAt.isZero() || f.refreshAt.reached(now)) {
		s.start(it, single(s.client, it.ref()))
	}
	s.schedule(it)
	s.cat.trim(it)
	return true
}

// move counts the watcher at e, which is another entry than before where AWS has
// told that the identifier means another secret, or one known under another name.
func (w *watcher) move(e *entry) {
	if w.entry == e {
		return
	}
	if w.entry != nil {
		w.entry.watchers--
	}
	e.watchers++
	w.entry = e
}

// news reports whether the state differs from what was yielded last.
func (w *watcher) news() bool {
	if w.pending {
		return false
	}
	fail := w.err != nil
	if w.told && fail == w.lastFail && (fail || w.change.ARN == w.lastARN && w.change.VersionID == w.lastVer) {
		return false
	}
	w.told, w.lastFail, w.lastARN, w.lastVer = true, fail, w.change.ARN, w.change.VersionID
	return true
}

func (w *watcher) end() {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.entry != nil {
		w.entry.watchers--
		w.entry.item.readAt = s.clock.now() // it was not idle until now
		s.schedule(w.entry.item)
		s.cat.trim(w.entry.item) // it may leave by now
	}
}
