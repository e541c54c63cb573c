package cache

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"wicketkey.internal/cache/internal/diskcopy"
	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/flight"
	"wicketkey.internal/internal/retryhint"
)

// A call is one question to AWS about an item, and those who wait for it. It runs
// on a context of its own: waiters come and go. They are told what AWS said, or
// why it did not; nil after a value.
type call struct {
	*flight.Flight[error]
	item    *item
	ref     fetch.Ref
	ask     fetchFunc
	cancel  context.CancelFunc
	kept    bool     // there is a value meanwhile
	later   bool     // AWS was asked before
	waiting []*party // guarded by the store's mutex

	asked   order // when it set out
	askedAt moment
}

// join makes the caller wait for the question about e's item, which is put unless
// that was done in vain a short while ago. The caller holds mu.
func (s *Store) join(e *entry) (*party, error) {
	it := e.item
	if it.call() == nil {
		if err := e.suppression(s.clock.now()); err != nil {
			s.cat.total.suppressed++
			return nil, err
		}
		s.start(it, single(s.client, it.ref()))
	}
	return it.call().join(e), nil
}

// suppression is the error of a caller who comes while AWS is left alone; nil: it may be
// asked.
func (e *entry) suppression(now moment) error {
	f := e.item.fresh
	switch {
	case f.suppressed(now):
		return notAskedAgain(f.err, f.retryAt.in(now))
	case f.servable(now) && e.suppressed(now):
		return notAskedAgain(e.err, e.retryAt.in(now))
	}
	return nil
}

func notAskedAgain(err error, in time.Duration) error {
	return fmt.Errorf("%w (not asked again for %v)", err, in.Round(time.Millisecond))
}

// single is the question for one item alone.
func single(client fetcher, ref fetch.Ref) fetchFunc {
	return func(ctx context.Context) (*fetch.Secret, error) { return client.GetRef(ctx, ref) }
}

// start puts a question to AWS. The caller holds mu and knows that none is under
// way.
func (s *Store) start(it *item, ask fetchFunc) {
	ctx, cancel := context.WithCancel(context.Background()) // Close ends it
	c := &call{
		Flight: flight.New[error](&s.mu), item: it, ref: it.ref(), ask: ask, cancel: cancel,
		kept: it.fresh.held, later: it.fresh.held || it.fresh.failures > 0,
		asked: s.cat.tick(), askedAt: s.clock.now(),
	}
	it.calls = append(it.calls, c)
	s.cat.calls[c] = true
	if it.official == nil {
		it.official = &official{id: c.ref.ID}
	}
	o := it.official
	s.cat.total.flights++
	s.flights.Add(1)
	go func() {
		defer cancel()
		lines := s.run(ctx, c, o)
		s.flights.Done() // before the lines: who writes them may close the store
		for _, write := range lines {
			write()
		}
	}()
}

const laterBudget = 15 * time.Second

// bound gives a question its time. Where nobody waits for the answer, it is not
// repeated when it is throttled: the store comes again by itself, ever more rarely.
func (c *call) bound(ctx context.Context, budget time.Duration) (context.Context, context.CancelFunc) {
	if c.kept {
		ctx = retryhint.None(ctx)
	}
	if c.later {
		budget = min(budget, laterBudget)
	}
	return context.WithTimeout(ctx, budget)
}

// run asks, takes the answer in, and has the disk in step before those who wait hear
// of it. It returns what is to be logged.
func (s *Store) run(ctx context.Context, c *call, o *official) (lines []func()) {
	asking, done := c.bound(ctx, s.opts.Budget)
	defer done()
	for n := 1; ; n++ {
		var r reply
		s.foreign(c, nil, func() { r = replyOf(o.fetch(asking, c.ask)) })
		s.mu.Lock()
		d := s.cat.judge(c, r, s.clock.now())
		var copied diskCopy
		if !d.refused { // a refusal ends the value first: the disk may take its time
			var asked bool
			if copied, asked = s.askDisk(ctx, c, d, r); asked {
				d = s.cat.judge(c, r, s.clock.now()) // a refusal may have come meanwhile
			}
		}
		if s.cat.asksAgain(c, d, n, s.clock.now()) {
			c.ask = single(s.client, c.ref)
			s.mu.Unlock()
			_ = r.secret.Close()
			_ = copied.secret.Close()
			continue
		}
		it, err := s.cat.takeIn(c, d, r, copied, s.clock.now())
		if d.refused {
			s.askDisk(ctx, c, d, r)
		}
		s.deliver(it, c, err)
		lines, s.cat.lines = s.cat.lines, nil
		s.mu.Unlock()
		return lines
	}
}

// askDisk does what a decision demands of the disk, and reports whether that was
// anything. The caller holds mu, which is released meanwhile.
func (s *Store) askDisk(ctx context.Context, c *call, d decision, r reply) (copied diskCopy, asked bool) {
	if s.disk == nil || d.disk == leaveCopy {
		return diskCopy{}, false
	}
	refusal := c.refusal(d, s.clock.wall())
	s.mu.Unlock()
	var err error
	s.foreign(c, r.secret, func() { copied, err = c.consult(ctx, s.disk, d.disk, refusal, r.secret) })
	s.mu.Lock()
	if err != nil {
		s.cat.log(slog.LevelError, "wicketkey: disk copy of a secret", "secret", c.ref.ID, "error", err)
	}
	return copied, true
}

// call is the question under way about it that whoever comes joins; nil for none.
func (it *item) call() *call {
	if len(it.calls) == 0 {
		return nil
	}
	return it.calls[0]
}

// foreign calls what calls code of the caller's (sources of credentials, middleware, a
// KeyWrapper), which may end the goroutine by runtime.Goexit, as t.FailNow does. Then
// that is what those who wait are told, and secret is wiped. The caller does not hold mu.
func (s *Store) foreign(c *call, secret *fetch.Secret, f func()) {
	returned := false
	defer func() {
		if returned {
			return
		}
		_ = secret.Close()
		s.mu.Lock()
		defer s.flights.Done()
		defer s.mu.Unlock()
		now := s.clock.now()
		r := reply{err: abandoned(c.ref.ID)}
		it, err := s.cat.takeIn(c, s.cat.judge(c, r, now), r, diskCopy{}, now)
		it.official = nil // what state it is in, nobody knows
		s.deliver(it, c, err)
	}()
	f()
	returned = true
}

// abandoned is the outcome of a question whose goroutine a caller's code has ended.
func abandoned(id string) error {
	return &fetch.Error{ID: id, Kind: fetch.ErrUnavailable, Cause: "code of the caller's ended the call (runtime.Goexit)",
		Remedy: "return an error instead; a test's fake must not call FailNow"}
}

// refusal describes a refusal to the disk.
func (c *call) refusal(d decision, at time.Time) diskcopy.Refusal {
	sec := c.item.current().secret
	return diskcopy.Refusal{Ref: c.ref, ARN: sec.arn, Name: sec.name, Whole: d.reach != reachesAsked, At: at}
}

// deliver hands the outcome to those who wait, and only then sees to the bounds:
// what leaves at once has been read by whoever waited for it.
func (s *Store) deliver(it *item, c *call, err error) {
	delete(s.cat.calls, c)
	asked := c.item.current()
	asked.calls = slices.DeleteFunc(asked.calls, func(q *call) bool { return q == c })
	for _, p := range c.waiting {
		p.err = err
		if cur := p.entry.current(); cur != nil {
			if sn := cur.snap.Load(); sn != nil && p.size > 0 {
				p.lent = lent{snap: sn, shard: sn.acquireN(p.size)}
			} else if err == nil {
				p.err = cur.problem()
			}
		}
	}
	c.Deliver(err)
	for _, at := range []*item{c.item, it} {
		s.cat.forgetKeys(at)
		if !at.gone && at.call() == nil && !at.any((*entry).isSpelled) {
			s.cat.remove(at) // its identifiers mean something else by now
		}
	}
	s.schedule(c.item.current())
	s.schedule(it)
	s.settle()
	s.cat.trim(it)
	s.cat.forget(0)
}

// overtaken is the outcome of a question whose answers were overtaken each time.
func overtaken(id string) error {
	return &fetch.Error{ID: id, Kind: fetch.ErrUnavailable, Cause: "its answers were overtaken by others each time", Remedy: "ask again"}
}
