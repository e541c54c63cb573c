package imds

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Trouble is what is wrong with an endpoint. The zero value is nothing.
type Trouble struct {
	// HopLimit loses the answer to a token request, as a hop limit of 1 does
	// for a client inside a container: the client waits until it gives up.
	HopLimit bool
	// BlackHole takes every request and answers none.
	BlackHole bool
	// Disabled answers 403 to everything: the service is switched off.
	Disabled bool
	// NoRole answers 404 for credentials: no role is attached.
	NoRole bool
	// Status, if not zero, answers everything with this HTTP status.
	Status int
	// Delay comes before every answer.
	Delay time.Duration
	// Stale renews no credentials: the last ones are handed out for ever.
	Stale bool
}

// switchboard holds the trouble of an endpoint, and lets go of the requests
// that it holds back when the endpoint closes.
type switchboard struct {
	trouble atomic.Pointer[Trouble]
	once    sync.Once
	closed  chan struct{}
}

func newSwitchboard() switchboard { return switchboard{closed: make(chan struct{})} }

// Set replaces the trouble that is in force for requests from now on.
func (s *switchboard) Set(t Trouble) { s.trouble.Store(&t) }

// Close lets go of all requests that are held back; they end without an
// answer, as do later ones that would be. It returns at once.
func (s *switchboard) Close() { s.once.Do(func() { close(s.closed) }) }

func (s *switchboard) now() Trouble {
	if t := s.trouble.Load(); t != nil {
		return *t
	}
	return Trouble{}
}

// hold keeps a request until its client leaves or the endpoint closes, and
// then breaks the connection.
func (s *switchboard) hold(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
	panic(http.ErrAbortHandler) // net/http's way to end without an answer
}

// admit does what the trouble asks for before an answer is made, and reports
// whether one is to be made; it has written one if not. fail writes the
// endpoint's kind of error.
func (s *switchboard) admit(w http.ResponseWriter, r *http.Request, t Trouble, fail func(http.ResponseWriter, int)) bool {
	if t.BlackHole {
		s.hold(r)
	}
	if t.Delay > 0 {
		select {
		case <-time.After(t.Delay):
		case <-r.Context().Done():
		case <-s.closed:
		}
	}
	switch {
	case t.Disabled:
		fail(w, http.StatusForbidden)
	case t.Status >= 200 && t.Status <= 599:
		fail(w, t.Status)
	default:
		return true
	}
	return false
}
