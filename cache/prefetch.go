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
	if err := s.opts.delay(ctx, s.closing.Done()); err != nil {
		return err
	}
	errs := make([]error, len(ids))
	targets := make([]target, len(ids))
	calls := make([]*party, len(ids))
	for i, id := range ids {
		targets[i], errs[i] = s.opts.target(id)
	}
	if err := s.boardAll(targets, calls, errs); err != nil {
		return err
	}
	for i, p := range calls {
		if p != nil {
			errs[i] = s.arrive(ctx, targets[i], p)
		}
	}
	return errors.Join(errs...)
}

// delay waits for the start-up jitter, unless the Store is closed meanwhile.
func (o *Options) delay(ctx context.Context, closing <-chan struct{}) error {
	if o.StartJitter == 0 {
		return nil
	}
	t := time.NewTimer(rand.N(o.StartJitter))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-closing:
		return nil // what follows says so
	case <-ctx.Done():
		return fmt.Errorf("wicketkey: gave up waiting to prefetch: %w", ctx.Err())
	}
}

// boardAll makes the caller a waiter for each target without an error that is
// not there yet. Those that nobody asks for yet travel in batches.
func (s *Store) boardAll(targets []target, calls []*party, errs []error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cat.mayNeed(targets) {
		return invalid("MaxSecrets", "at least the number of secrets prefetched in all")
	}
	entries := make([]*entry, len(targets))
	for i, t := range targets {
		switch {
		case errs[i] != nil:
		case s.closed:
			errs[i] = closed(t.ref.ID)
		default:
			entries[i] = s.cat.find(t, s.clock.now())
			entries[i].need(t.id)
		}
	}
	if s.opts.Stage == stageCurrent { // batches bring whatever is current
		for it, ask := range batches(s.client, entries, s.clock.now()) {
			s.start(it, ask)
		}
	}
	for i, e := range entries {
		if e != nil && e.snap.Load() == nil {
			calls[i], errs[i] = s.join(e)
			s.schedule(e.item)
		}
	}
	return nil
}

// mayNeed reports whether what was prefetched and the targets fit together.
func (c *catalog) mayNeed(targets []target) bool {
	needed := make(map[*item]bool)
	for _, it := range c.items {
		if it.needed() {
			needed[it] = true
		}
	}
	more := make(map[fetch.Ref]bool) // items yet to be made
	for _, t := range targets {
		if e := c.look(t); e != nil {
			needed[e.item] = true
		} else {
			t.ref.Key = ""
			more[t.ref] = true
		}
	}
	return len(needed)+len(more) <= c.maxSecrets
}

// batches makes the questions for those items that batches can bring.
func batches(client fetcher, entries []*entry, now moment) map[*item]fetchFunc {
	asks := make(map[*item]fetchFunc)
	b := newBatch(client)
	for _, e := range entries {
		if e == nil || e.snap.Load() != nil || asks[e.item] != nil || !e.item.mayBatch(now) {
			continue
		}
		if len(b.ids) == maxBatch {
			b = newBatch(client)
		}
		asks[e.item] = b.add(e.item.ref().ID)
	}
	return asks
}

// mayBatch reports whether an item is to be asked for now and a batch can bring it.
func (it *item) mayBatch(now moment) bool {
	return it.call == nil && !it.fresh.suppressed(now) && it.sel == selector{stage: stageCurrent}
}

// arrive waits for one question.
func (s *Store) arrive(ctx context.Context, t target, p *party) error {
	got, err := p.wait(ctx, t)
	if err == nil && got.snap == nil && got.err == nil { // it means something else by now
		got.snap, got.shard, err = s.fetchTarget(ctx, t)
	}
	if err != nil {
		return err
	}
	if got.snap == nil {
		return got.err
	}
	got.snap.release(got.shard)
	return nil
}

// maxBatch bounds the secrets that wait for one another in case they have to be
// asked for one by one; larger sets go side by side.
const maxBatch = 100

// A batch is one GetMany that answers several flights, all of which start. The
// first makes the call, on its own context, and the others wait for it.
type batch struct {
	client fetcher
	ids    []string
	done   chan struct{} // closed when what follows is set

	secrets []*fetch.Secret
	errs    []error
}

func newBatch(client fetcher) *batch {
	return &batch{client: client, done: make(chan struct{})}
}

// add returns the question that asks for id. Nothing is added once one is put.
func (b *batch) add(id string) fetchFunc {
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
