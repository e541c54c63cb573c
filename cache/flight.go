package cache

import (
	"context"
	"log/slog"
	"time"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/retryhint"
)

// A flight is one question to AWS, and those who wait for its answer. It runs on
// a context of its own: waiters come and go.
type flight struct {
	done    chan struct{} // closed when it has landed
	cancel  context.CancelFunc
	later   bool   // AWS was asked before
	kept    bool   // there is a value meanwhile
	arn     string // of the secret, as far as it was known at the start
	started uint64 // Store.events at the start
	waiters int    // guarded by the store's mutex

	// Set before done is closed. snap is what may be served, though err may say
	// that AWS did not answer; each waiter is a reader of it through lane.
	snap *snapshot
	lane *lane
	err  error
}

// board makes the caller a waiter of e's flight, which starts unless e was asked
// in vain a short while ago. The caller holds mu.
func (s *Store) board(e *entry) (*flight, error) {
	if e.flight == nil {
		if now := time.Now(); e.failures > 0 && now.Before(e.notBefore) {
			s.total.heldBack++
			return nil, heldBack(e, now)
		}
		s.start(e, s.single(e.ref))
	}
	e.flight.waiters++
	return e.flight, nil
}

// wait waits until f has landed or ctx ends. Without an error the caller is a
// reader of f.snap, if there is one.
func (s *Store) wait(ctx context.Context, t target, f *flight) error {
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-f.done: // landed with us aboard
		return nil
	default:
		f.waiters--
		return gaveUp(t, ctx.Err())
	}
}

// single is the question for one secret.
func (s *Store) single(ref fetch.Ref) asking {
	return func(ctx context.Context) (*fetch.Secret, error) { return s.client.GetRef(ctx, ref) }
}

// start puts a question to AWS. The caller holds mu and knows that e has no
// flight.
func (s *Store) start(e *entry, ask asking) {
	ctx, cancel := context.WithCancel(context.Background()) // Close ends it
	s.events++
	f := &flight{done: make(chan struct{}), cancel: cancel, later: e.kept() || e.failures > 0, kept: e.kept(), arn: e.arn, started: s.events}
	e.flight = f
	if e.official == nil {
		e.official = &official{id: e.ref.ID}
	}
	s.total.flights++
	o := e.official
	s.flights.Go(func() {
		defer cancel()
		s.fly(ctx, e, f, o, ask)
	})
}

const laterBudget = 15 * time.Second

// bound gives a question its time. Where nobody waits for the answer, it is not
// repeated when it is throttled: the store comes again by itself, ever more rarely.
func (s *Store) bound(ctx context.Context, f *flight) (context.Context, context.CancelFunc) {
	if f.kept {
		ctx = retryhint.None(ctx)
	}
	if f.later {
		return context.WithTimeout(ctx, min(s.opts.Budget, laterBudget))
	}
	return context.WithTimeout(ctx, s.opts.Budget)
}

func (s *Store) fly(ctx context.Context, e *entry, f *flight, o *official, ask asking) {
	asking, done := s.bound(ctx, f)
	secret, err := o.fetch(asking, ask)
	done()
	saved, at := s.consultDisk(ctx, e, f.arn, secret, err)
	s.mu.Lock()
	if saved != nil {
		s.restore(e, saved, at)
	}
	s.land(e, f, secret, err)
	lines := s.lines
	s.lines = nil
	s.mu.Unlock()
	for _, write := range lines {
		write()
	}
}

// log has a line written once mu is released.
func (s *Store) log(level slog.Level, msg string, args ...any) {
	s.lines = append(s.lines, func() { s.opts.Logger.Log(context.Background(), level, msg, args...) })
}

// land takes in the answer to e's question. The caller holds mu.
func (s *Store) land(e *entry, f *flight, secret *fetch.Secret, err error) {
	s.events++
	e.flight, f.err = nil, err
	switch {
	case s.closed:
		if secret != nil {
			secret.Close()
		}
		f.err = closed(e.ref.ID)
	case err == nil:
		e = s.identify(e, secret)
		s.accept(e, f, secret)
	default:
		s.reject(e, f, err)
		e = s.rejoin(e)
	}
	s.disembark(e, f)
}

// disembark hands the outcome to those who wait, and only then sees to the
// bounds: what leaves at once has been read by whoever waited for it.
func (s *Store) disembark(e *entry, f *flight) {
	if sn := e.snap.Load(); sn != nil {
		f.snap, f.lane = sn, sn.hold(f.waiters)
	} else if f.err == nil {
		f.err = overtaken(e)
	}
	close(f.done)
	s.schedule(e)
	s.trim(e)
}

// overtaken is the outcome of a question whose answer was not taken, since a
// later one was answered first, and brought nothing that is still to be served.
func overtaken(e *entry) error {
	if e.err != nil {
		return e.err
	}
	return &fetch.Error{ID: e.ref.ID, Kind: fetch.ErrUnavailable, Cause: "the answer was overtaken by a later one", Remedy: "ask again"}
}
