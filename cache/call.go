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

// A party is those who wait in a call for one entry, and what they are lent at its
// end.
type party struct {
	call  *call
	entry *entry
	size  int // guarded by the store's mutex
	lent
}

// lent is for those who wait for one entry: each is a reader of snap, which may
// be served though AWS did not answer. Neither snap nor err: look again, the
// identifier means something else by now.
type lent struct {
	snap  *snapshot
	shard *shard
	err   error
}

// join makes the caller wait for the question about e's item, which is put unless
// that was done in vain a short while ago. The caller holds mu.
func (s *Store) join(e *entry) (*party, error) {
	it := e.item
	if it.call == nil {
		if err := e.heldBack(s.clock.now()); err != nil {
			s.cat.total.suppressed++
			return nil, err
		}
		s.start(it, single(s.client, it.ref()))
	}
	return it.call.join(e), nil
}

// heldBack is the error of a caller who comes while AWS is left alone; nil: it may be
// asked.
func (e *entry) heldBack(now moment) error {
	f := e.item.fresh
	switch {
	case f.suppressed(now):
		return notAskedAgain(f.err, f.retryAt.in(now))
	case f.servable(now) && e.suppressed(now):
		return notAskedAgain(e.err, e.retryAt.in(now))
	}
	return nil
}

// join makes the caller one of those who wait for e. It holds mu.
func (c *call) join(e *entry) *party {
	i := slices.IndexFunc(c.waiting, func(p *party) bool { return p.entry == e })
	if i < 0 {
		i, c.waiting = len(c.waiting), append(c.waiting, &party{call: c, entry: e})
	}
	c.Join()
	c.waiting[i].size++
	return c.waiting[i]
}

// wait gives one of the party, who asked for t, what it is lent: got.err is what
// AWS said, and err why it was not waited for.
func (p *party) wait(ctx context.Context, t target) (got lent, err error) {
	said, err := p.call.Wait(ctx, func() { p.size-- })
	if err != nil {
		return got, gaveUp(t, err)
	}
	got = p.lent
	switch {
	case got.snap != nil:
		got.err = said
	case got.err != nil:
		got.err = keyError(t, got.err)
	}
	return got, nil
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
	it.call = c
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

// run asks, keeps the disk copy in step before anybody hears the answer, and takes
// it in. It returns what is to be logged.
func (s *Store) run(ctx context.Context, c *call, o *official) (lines []func()) {
	asking, done := c.bound(ctx, s.opts.Budget)
	defer done()
	for n := 1; ; n++ {
		r := replyOf(o.fetch(asking, c.ask))
		var copied diskCopy
		s.mu.Lock()
		d := s.cat.judge(c, r, s.clock.now())
		anew := s.asksAgain(c, d, n)
		if !anew && s.disk != nil && d.disk != leaveCopy {
			refusal := c.refusal(d, s.clock.wall())
			s.mu.Unlock()
			var err error
			copied, err = c.consult(ctx, s.disk, d.disk, refusal, r.secret)
			s.mu.Lock()
			if err != nil {
				s.cat.log(slog.LevelError, "wicketkey: disk copy of a secret", "secret", c.ref.ID, "error", err)
			}
			d = s.cat.judge(c, r, s.clock.now()) // a refusal may have come meanwhile
			anew = s.asksAgain(c, d, n)
		}
		if !anew {
			s.land(c, d, r, copied)
			lines, s.cat.lines = s.cat.lines, nil
			s.mu.Unlock()
			return lines
		}
		s.mu.Unlock()
		_ = r.secret.Close()
		_ = copied.secret.Close()
	}
}

// asksAgain reports whether an answer may be older than what is known, so that the
// question sets out anew. The caller holds mu.
func (s *Store) asksAgain(c *call, d decision, n int) bool {
	if d.verdict != again || n >= mostAsks || s.closed {
		return false
	}
	c.asked, c.askedAt = s.cat.tick(), s.clock.now()
	c.ask = single(s.client, c.ref)
	s.cat.total.flights++
	return true
}

// refusal describes a refusal to the disk.
func (c *call) refusal(d decision, at time.Time) diskcopy.Refusal {
	sec := c.item.current().secret
	return diskcopy.Refusal{Ref: c.ref, ARN: sec.arn, Name: sec.name, Whole: d.reach != reachesAsked, At: at}
}

// land takes in the answer to a call. The caller holds mu.
func (s *Store) land(c *call, d decision, r reply, copied diskCopy) {
	it, err, now := c.item.current(), r.err, s.clock.now()
	delete(s.cat.calls, c)
	switch {
	case s.closed:
		err = closed(c.ref.ID)
	case d.verdict == again:
		err = overtaken(c.ref.ID)
		it.fresh.refreshAt = now.add(minBackoff)
	case it.gone: // who waits looks again
		if err != nil {
			s.cat.total.failures++
		}
		if d.refused { // it is about a secret that may be here under another spelling
			d.news = true
			s.cat.total.refusals++
			s.cat.refuse(it, c.ref.ID, d, now)
		}
	case d.verdict == ignored:
		if err != nil {
			s.cat.total.failures++
		}
		if it.fresh.refreshAt.isZero() {
			it.fresh.refreshAt = now
		}
	case err == nil:
		it = s.cat.accept(it, c.ref.ID, d, r, now)
		r.secret = nil
	default:
		s.cat.total.failures++
		it = s.cat.reject(it, c.ref.ID, d, copied, now)
		copied = diskCopy{}
	}
	_ = r.secret.Close()
	_ = copied.secret.Close()
	s.deliver(it, c, err)
}

// deliver hands the outcome to those who wait, and only then sees to the bounds:
// what leaves at once has been read by whoever waited for it.
func (s *Store) deliver(it *item, c *call, err error) {
	for _, at := range []*item{c.item, c.item.current(), it} {
		if at.call == c {
			at.call = nil
		}
	}
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
		if !at.gone && at.call == nil && !at.any((*entry).isSpelled) {
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
