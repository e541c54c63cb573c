package cache

import (
	"slices"
	"time"
)

// State is what a Store knows of one secret, without its value. It holds nothing
// secret and prints safely, but it names the secret: not for a metric's label.
type State struct {
	ARN, Name string // empty until AWS has said
	Region    string
	VersionID string // of the value served; empty where there is none
	Stages    []string
	Created   time.Time // when the version was created

	Phase      string    // empty, fresh, stale, withheld, failing or refused: see the package doc
	Served     bool      // there is a value to serve
	Fetched    time.Time // when AWS was last asked for the value and gave it: its age counts from here; zero: never
	Fresh      time.Time // until when it counts as fresh
	StaleSince time.Time // since when it does not; zero while it does, or where there is none
	ServedTill time.Time // when it ceases to be served unless AWS answers
	Restored   bool      // it comes from the disk copy: AWS has not answered since the start
	Locked     bool      // its memory is locked

	Err      error     // what the last question met; nil after a value
	Failed   time.Time // when
	Failures int       // in a row
	Refused  bool      // Err is a refusal

	NextRefresh time.Time // when AWS is asked next in the background; zero: not before a caller asks
	Why         string    // what NextRefresh is for: refresh, retry or verify
	Fetching    bool      // AWS is being asked now
}

// State returns what is known of a secret, and false if the id is not known to
// the Store. It never asks AWS and does not count as a read.
func (s *Store) State(id string) (State, bool) {
	t, err := s.opts.target(id)
	if err != nil {
		return State{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.cat.look(t)
	if e == nil {
		return State{}, false
	}
	return e.state(s.clock.now()), true
}

func (e *entry) state(now moment) State {
	it, f := e.item, e.item.fresh
	err := e.problem()
	st := State{
		ARN: it.meta.ARN, Name: it.meta.Name, Region: it.meta.Region, Phase: f.phase(now),
		Err: err, Failures: f.failures, Refused: refused(err),
		Fetched: f.fetched.wall, Failed: f.failed.wall, Fetching: it.call() != nil,
	}
	if err != nil && err == e.err { // the value is there, and has no such key
		st.Failures, st.Failed = e.failures, f.fetched.wall
	}
	if ask := f.ask(it.wanted(), now); it.call() == nil && !ask.isNone() {
		st.NextRefresh, st.Why = ask.at.wall, string(ask.why)
	}
	sn := e.snap.Load()
	if sn == nil {
		return st
	}
	st.VersionID, st.Stages, st.Created = sn.version, slices.Clone(it.meta.Stages), it.meta.Created
	st.Served, st.Locked, st.Restored = true, sn.secret.Locked(), f.restored
	st.Fresh, st.ServedTill = f.freshUntil.wall, f.staleUntil.wall
	if f.freshUntil.reached(now) {
		st.StaleSince = f.freshUntil.wall
	}
	return st
}
