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
// that is already there. What is prefetched in all, spellings and JSON keys of one
// secret counted once, must fit into [Options.MaxSecrets].
func (s *Store) Prefetch(ctx context.Context, ids ...string) error {
	if err := s.opts.delay(ctx, s.closing.Done()); err != nil {
		return err
	}
	errs := make([]error, len(ids))
	targets := make([]target, len(ids))
	calls := make([]*party, len(ids))
	for i, id := range ids {
		targets[i], errs[i] = s.opts.target(id)
	}
	if err := s.joinAll(targets, calls, errs); err != nil {
		return err
	}
	for i, p := range calls {
		if p != nil {
			errs[i] = s.wait(ctx, targets[i], p)
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

// joinAll makes the caller a waiter for each target without an error that is
// not there yet. Those that nobody asks for yet travel in batches.
func (s *Store) joinAll(targets []target, calls []*party, errs []error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cat.closed {
		return closed("")
	}
	if !s.cat.mayNeed(targets) {
		return invalid("MaxSecrets", "at least the number of secrets prefetched in all")
	}
	now := s.clock.now()
	entries := make([]*entry, len(targets))
	for i, t := range targets {
		if errs[i] == nil {
			entries[i] = s.cat.find(t, now)
			entries[i].need(t.id)
		}
	}
	if s.opts.Stage == stageCurrent { // batches bring whatever is current
		for it, ask := range batches(s.client, entries, now) {
			s.start(it, ask)
		}
	}
	for i, e := range entries {
		if e == nil {
			continue
		}
		if e.snap.Load() == nil {
			calls[i], errs[i] = s.join(e)
			s.schedule(e.item)
		}
		s.cat.trim(e.item)
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
		it := c.meant(t.ref.ID).item(t.sel())
		switch {
		case t.ref.ID == "": // not an identifier
		case it != nil:
			needed[it] = true
		default:
			t.ref.Key = ""
			more[t.ref] = true
		}
	}
	return len(needed)+len(more) <= c.maxSecrets
}

// wait waits for one question.
func (s *Store) wait(ctx context.Context, t target, p *party) error {
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
