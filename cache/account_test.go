package cache_test

import (
	"errors"
	"time"

	"wicketkey.internal/fetch"
)

// An account is what was said of one secret.
type account struct {
	yes     map[selector]map[int]said // the last that gave each version
	no      noes
	doubt   map[selector]said // and to another stage or version, when it was news
	read    map[selector]int  // the newest version that was read
	failure time.Time         // the last answer without a value

	restored map[string]noes // by version id: what was settled when it was read from disk
	settled  noes            // the noes that each Store has taken in
}

// noes are when the last one to each selector was told, and to all of them.
type noes struct {
	of    map[selector]int
	whole int
}

func newAccount() *account {
	return &account{yes: make(map[selector]map[int]said), no: noes{of: make(map[selector]int)}, restored: make(map[string]noes), doubt: make(map[selector]said), read: make(map[selector]int)}
}

// tell notes that a Store was told what AWS said, of a value or an error.
func (a *account) tell(sel selector, s said, version int, err error) {
	switch {
	case err == nil:
		if a.yes[sel] == nil {
			a.yes[sel] = make(map[int]said)
		}
		// Of several under way at a time the later counts, by each clock: one was set back.
		last := a.yes[sel][version].at
		s.at.run, s.at.wall = later(s.at.run, last.run), later(s.at.wall, last.wall)
		s.out = max(s.out, a.yes[sel][version].out)
		a.yes[sel][version] = s
		return
	case errors.Is(err, fetch.ErrNoVersion):
		a.no.of[sel] = s.told
	case errors.Is(err, fetch.ErrDenied), errors.Is(err, fetch.ErrKMSDenied):
		if a.isNews(sel) {
			for other := range a.yes {
				if other != sel {
					a.doubt[other] = s
				}
			}
		}
		a.no.of[sel] = s.told
	case errors.Is(err, fetch.ErrNotFound), errors.Is(err, fetch.ErrDeleted), errors.Is(err, fetch.ErrKeyDisabled):
		a.no.whole = s.told
	default:
		a.failure = time.Now()
		return
	}
	a.failure = time.Now()
}

// last is when the last one that reaches sel was told.
func (n noes) last(sel selector) int { return max(n.of[sel], n.whole) }

// isNews reports whether a refusal of sel is one after a yes.
func (a *account) isNews(sel selector) bool {
	last := a.no.last(sel)
	for _, y := range a.yes[sel] {
		if y.out > last {
			return true
		}
	}
	return false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
