package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"wicketkey.internal/fetch"
)

// Prefetch declares what a program needs and fetches it: in batches where the
// policy allows that (see [fetch.Client.GetMany]), else one by one. It returns
// nil when every id can be served, else an error that joins one for each id that
// cannot. What has been prefetched is kept fresh for the life of the Store, read
// or not, and never evicted; [Store.Readiness] watches over it.
//
// It first waits for a random part of [Options.StartJitter], and asks for nothing
// that is already there. At most [Options.MaxSecrets] may be named.
func (s *Store) Prefetch(ctx context.Context, ids ...string) error {
	if len(ids) > s.opts.MaxSecrets {
		return invalid("MaxSecrets", fmt.Sprintf("at least %d, the number of secrets to prefetch", len(ids)))
	}
	if err := s.delay(ctx); err != nil {
		return err
	}
	errs := make([]error, len(ids))
	targets := make([]target, len(ids))
	flights := make([]*flight, len(ids))
	for i, id := range ids {
		targets[i], errs[i] = s.target(id)
	}
	if err := s.boardAll(targets, flights, errs); err != nil {
		return err
	}
	for i, f := range flights {
		if f != nil {
			errs[i] = s.arrive(ctx, targets[i], f)
		}
	}
	return errors.Join(errs...)
}

// delay waits for the start-up jitter.
func (s *Store) delay(ctx context.Context) error {
	if s.opts.StartJitter == 0 {
		return nil
	}
	t := time.NewTimer(rand.N(s.opts.StartJitter))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-s.closing:
		return nil // what follows says so
	case <-ctx.Done():
		return fmt.Errorf("wicketkey: gave up waiting to prefetch: %w", ctx.Err())
	}
}

// boardAll makes the caller a waiter for each target without an error that is
// not there yet. Those that nobody is asking for travel in batches.
func (s *Store) boardAll(targets []target, flights []*flight, errs []error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.mayNeed(targets) {
		return invalid("MaxSecrets", "at least the number of secrets prefetched in all")
	}
	entries := make([]*entry, len(targets))
	for i, t := range targets {
		if errs[i] != nil {
			continue
		}
		if entries[i], errs[i] = s.find(t); errs[i] == nil {
			entries[i].need(t.id)
		}
	}
	for e, ask := range s.batches(targets, entries) {
		s.start(e, ask)
	}
	for i, e := range entries {
		if e != nil && !e.kept() {
			flights[i], errs[i] = s.board(e)
			s.schedule(e)
		}
	}
	return nil
}

// mayNeed reports whether what was prefetched and the targets fit together.
func (s *Store) mayNeed(targets []target) bool {
	n := 0
	for _, e := range s.entries {
		if e.needed() {
			n++
		}
	}
	for _, t := range targets {
		if e := s.index.get(t.id); e == nil || !e.needed() {
			n++
		}
	}
	return n <= s.opts.MaxSecrets
}

// batches makes the questions for those entries that batches can bring.
func (s *Store) batches(targets []target, entries []*entry) map[*entry]asking {
	asks := make(map[*entry]asking)
	b := newBatch(s.client)
	for i, e := range entries {
		if e == nil || e.kept() || asks[e] != nil || !s.mayBatch(e) {
			continue
		}
		if len(b.ids) == maxBatch {
			b = newBatch(s.client)
		}
		asks[e] = b.add(targets[i].id)
	}
	return asks
}

// mayBatch reports whether e is to be asked for now and a batch can bring it:
// batches bring whatever is current.
func (s *Store) mayBatch(e *entry) bool {
	held := e.failures > 0 && time.Now().Before(e.notBefore)
	return e.flight == nil && !held && e.ref.Stage == stageCurrent && e.ref.VersionID == "" && s.opts.Stage == stageCurrent
}

// arrive waits for one flight.
func (s *Store) arrive(ctx context.Context, t target, f *flight) error {
	if err := s.wait(ctx, t, f); err != nil {
		return err
	}
	if f.snap == nil {
		return f.err
	}
	f.snap.leave(f.lane)
	return nil
}

// maxBatch bounds the secrets that wait for one another in case they have to be
// asked for one by one; larger sets go side by side.
const maxBatch = 100

// A batch is one GetMany that answers several flights, all of which start. The
// first makes the call, on its own context, and the others wait for it.
type batch struct {
	client asker
	ids    []string
	done   chan struct{} // closed when what follows is set

	secrets []*fetch.Secret
	errs    []error
}

func newBatch(client asker) *batch {
	return &batch{client: client, done: make(chan struct{})}
}

// add returns the question that asks for id. Nothing is added once one is put.
func (b *batch) add(id string) asking {
	i := len(b.ids)
	b.ids = append(b.ids, id)
	return func(ctx context.Context) (*fetch.Secret, error) {
		if i == 0 {
			b.run(ctx)
			close(b.done)
		}
		<-b.done // the call is bounded, and each flight has to take its Secret
		return b.secrets[i], b.errs[i]
	}
}

func (b *batch) run(ctx context.Context) {
	var err error
	b.secrets, err = b.client.GetMany(ctx, b.ids...)
	b.errs = make([]error, len(b.ids))
	causes := causesOf(err)
	for i, secret := range b.secrets {
		switch {
		case secret != nil:
		case len(causes) > 0:
			b.errs[i], causes = causes[0], causes[1:]
		default:
			b.errs[i] = err // of all of them: nothing was asked
		}
	}
}

// causesOf takes apart a joined error: one for each id that failed, in order.
func causesOf(err error) []error {
	if _, one := err.(*fetch.Error); one {
		return nil // its Unwrap leads to kind and cause
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}
