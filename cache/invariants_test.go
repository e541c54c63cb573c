package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/fetch"
)

// chaos is an AWS that is slow, fails, refuses, and creates secrets anew. It stands in
// the client's place, not the mock's, for check looks from inside the package; and the
// mock delays answers only, where here both ways of each question are as long as they are.
type chaos struct {
	mu   sync.Mutex
	rand *rand.Rand
	gen  [4]int // which incarnation of a name
	ver  [4]int
	fail [4]*fetch.Error
}

func (c *chaos) arn(i int) string {
	return fmt.Sprintf("arn:aws:secretsmanager:us-east-1:123456789012:secret:n%d-aaaa%02d", i, c.gen[i]%100)
}

func (c *chaos) GetRef(ctx context.Context, ref fetch.Ref) (*fetch.Secret, error) {
	d := c.upTo(3) * 100 * time.Millisecond
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return nil, &fetch.Error{ID: ref.ID, Kind: fetch.ErrUnavailable, Err: ctx.Err()}
	}
	s, err := c.answer(ref)
	time.Sleep(c.upTo(3) * 50 * time.Millisecond)
	return s, err
}

func (c *chaos) answer(ref fetch.Ref) (*fetch.Secret, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.gen {
		if ref.ID == fmt.Sprint("n", i) || ref.ID == c.arn(i) || ref.ID == c.arn(i)[:len(c.arn(i))-7] {
			if c.fail[i] != nil {
				return nil, c.fail[i]
			}
			v := fmt.Sprintf("n%d g%d v%d %s %s", i, c.gen[i], c.ver[i], ref.Stage, ref.Key)
			return fetch.NewSecret([]byte(v), fetch.Metadata{ARN: c.arn(i), Name: fmt.Sprint("n", i), VersionID: v}), nil
		}
	}
	return nil, &fetch.Error{ID: ref.ID, Kind: fetch.ErrNotFound}
}

func (c *chaos) GetMany(ctx context.Context, ids ...string) ([]*fetch.Secret, error) {
	out := make([]*fetch.Secret, len(ids))
	var errs []error
	for i, id := range ids {
		ref, _ := fetch.ParseRef(id)
		ref.Stage = "AWSCURRENT"
		var err error
		if out[i], err = c.GetRef(ctx, ref); err != nil {
			errs = append(errs, err)
		}
	}
	return out, errors.Join(errs...)
}

// upTo is a random number below n.
func (c *chaos) upTo(n int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.rand.IntN(n))
}

// TestInvariants has a Store do everything at once, and looks after each step
// whether what it keeps in several places still agrees. WICKETKEY_CHAOS is how
// many rounds; the seeds are the rounds' numbers.
func TestInvariants(t *testing.T) {
	rounds := uint64(4)
	FromEnv(t, "WICKETKEY_CHAOS", &rounds)
	for round := range rounds {
		ok := t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chaosRound(t, round) })
		})
		if !ok {
			return
		}
	}
}

func chaosRound(t *testing.T, round uint64) {
	c := &chaos{rand: rand.New(rand.NewPCG(round, 2))}
	o := &Options{TTL: time.Minute, MaxStale: 3 * time.Minute, IdleAfter: 10 * time.Minute, NegativeTTL: time.Second}
	if round%2 == 1 {
		o.MaxSecrets, o.MaxBytes = 3, 100 // a value has about 25
	}
	s, err := newStore(c, o)
	if err != nil {
		t.Fatal(err)
	}
	d := &driver{c: c, s: s, rand: rand.New(rand.NewPCG(round, 3))}
	for step := range 500 {
		synctest.Wait()
		if check(t, s, step); t.Failed() {
			break
		}
		d.step()
	}
	go s.Close()
	s.Close()
	time.Sleep(time.Hour) // the longest wait of a caller
	d.tasks.Wait()
}

// driver is everybody who uses the store.
type driver struct {
	c     *chaos
	s     *Store
	rand  *rand.Rand
	tasks sync.WaitGroup
}

func (d *driver) step() {
	switch n := d.rand.IntN(20); {
	case n < 9:
		for range 1 + d.rand.IntN(3) {
			d.goes(func(ctx context.Context, id string) {
				d.s.View(ctx, id, func([]byte) error { time.Sleep(time.Millisecond); return nil })
			})
		}
	case n < 11:
		d.goes(func(ctx context.Context, id string) { d.s.Refresh(ctx, id) })
	case n < 12:
		long := time.Duration(d.rand.IntN(200)) * time.Second
		d.goes(func(ctx context.Context, id string) {
			ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), long)
			defer stop()
			for range d.s.Watch(ctx, id) {
			}
		})
	case n < 13:
		d.goes(func(ctx context.Context, id string) { d.s.Do(ctx, id, func([]byte) error { return ErrRejected }) })
	case n < 14:
		if other := d.id(); d.rand.IntN(4) == 0 {
			d.goes(func(ctx context.Context, id string) { d.s.Prefetch(ctx, id, other, id) })
		}
	case n < 16:
		d.c.change(d.rand)
	case n < 19:
		time.Sleep(time.Duration(d.rand.IntN(2000)) * time.Millisecond)
	default:
		time.Sleep(time.Duration(d.rand.IntN(300)) * time.Second)
	}
}

// goes has somebody, patient or not, call with one of the spellings.
func (d *driver) goes(call func(ctx context.Context, id string)) {
	id, patience := d.id(), time.Hour
	if d.rand.IntN(2) == 0 {
		patience = time.Duration(1+d.rand.IntN(400)) * time.Millisecond
	}
	d.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		call(ctx, id)
	})
}

func (d *driver) id() string {
	i := d.rand.IntN(4)
	d.c.mu.Lock()
	arn := d.c.arn(i)
	d.c.mu.Unlock()
	all := []string{fmt.Sprint("n", i), arn, arn[:len(arn)-7], arn + "::AWSPREVIOUS:", fmt.Sprint("n", i, ":"), arn + ":k::"}
	return all[d.rand.IntN(len(all))]
}

// change brings a new version, at times of a new secret, or trouble, or both.
func (c *chaos) change(r *rand.Rand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := r.IntN(4)
	c.ver[i]++
	if r.IntN(4) == 0 {
		c.gen[i]++
	}
	c.fail[i] = nil
	kinds := []error{nil, nil, nil, fetch.ErrThrottled, fetch.ErrDenied, fetch.ErrUnavailable, fetch.ErrNotFound}
	if kind := kinds[r.IntN(len(kinds))]; kind != nil {
		c.fail[i] = &fetch.Error{Kind: kind}
	}
}

// check looks at what a store keeps in several places.
func check(t *testing.T, s *Store, step int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	values, size, idle, underWay := 0, 0, 0, 0
	bad := func(f string, a ...any) { t.Errorf("step %d: %s", step, fmt.Sprintf(f, a...)) }
	now := s.clock.now()
	for i, it := range s.cat.items {
		if it.place != i || it.gone || it.into != nil {
			bad("place %d of %d, gone %v", it.place, i, it.gone)
		}
		if it.fresh.held != (it.value != nil) {
			bad("held %v, value %v", it.fresh.held, it.value != nil)
		}
		if it.value != nil {
			values++
			size += len(it.value.value)
			checkSnapshot(bad, it.value)
			if it.fresh.staleUntil.reached(now) {
				bad("dead value served")
			}
		}
		if !slices.Contains(it.secret.items, it) || len(it.secret.ids) == 0 {
			bad("an item whose secret does not know it: %v", it.secret.ids)
		}
		spelled, missing := false, -1 // the whole value is none of them
		for _, e := range it.entries() {
			if e.item != it || e.watchers < 0 {
				bad("entry %q of another item, watchers %d", e.key, e.watchers)
			}
			if e.snap.Load() == nil && !e.wanted() {
				missing++
			}
			if sn := e.snap.Load(); sn != nil {
				checkSnapshot(bad, sn)
				if e.key != "" {
					size += len(sn.value)
				} else if sn != it.value {
					bad("readers are given another value")
				}
				if !it.fresh.servable(now) {
					bad("served in phase %s", it.fresh.phase(now))
				}
			}
			for _, a := range e.spellings {
				spelled = true
				if s.cat.index.get(a.id) != e {
					bad("spelling %q leads elsewhere", a.id)
				}
				if s.cat.byID[a.named] != it.secret {
					bad("identifier %q leads to another secret", a.named)
				}
			}
		}
		if it.value == nil && it.call() == nil && !it.wanted() {
			idle++
		}
		if missing > maxMissing && it.call() == nil {
			bad("%d keys without a value", missing)
		}
		if !spelled && it.call() == nil && it.value != nil {
			bad("orphan with a value: %v arn %v err %v", it.ref(), it.secret.arn, it.fresh.err)
		}
		if ask := it.fresh.ask(it.wanted(), now); it.call() == nil && !ask.isNone() && ask.at.run < now.run-time.Millisecond {
			bad("overdue: %v %s %v ago, wanted %v phase %s; at %v readAt %v timer %v, of %v", it.ref(), ask.why, now.run-ask.at.run, it.wanted(), it.fresh.phase(now), now.run, it.readAt.run, it.timer != nil, it.secret)
		}
		for _, c := range it.calls {
			if !s.cat.calls[c] || c.item.current() != it {
				bad("a question that has ended, or is about another, is under way")
			}
		}
		underWay += len(it.calls)
	}
	if underWay != len(s.cat.calls) {
		bad("%d questions are under way, %d of them about what is here", len(s.cat.calls), underWay)
	}
	for _, by := range []map[string]*secret{s.cat.byID, s.cat.byARN, s.cat.byName} {
		for k, sec := range by {
			if len(sec.items) == 0 {
				bad("%v leads to an empty secret", k)
			}
			for _, it := range sec.items {
				if it.gone || it.secret != sec {
					bad("%v leads to a removed item", k)
				}
			}
		}
	}
	for i := range s.cat.index.buckets {
		for n := s.cat.index.buckets[i].Load(); n != nil; n = n.next {
			if n.entry.item.gone {
				bad("index leads to a removed entry: %s", n.id)
			}
		}
	}
	if isOut := values > s.opts.MaxSecrets || size > s.opts.MaxBytes; isOut && s.cat.oldest(func(it *item) bool { return it.value != nil }) != nil {
		bad("%d values of %d bytes, and one could leave", values, size)
	}
	if idle > 2*s.opts.MaxSecrets { // as many may have lost theirs
		bad("%d without a value, which nobody wants", idle)
	}
	if values != s.cat.values || size != s.cat.bytes {
		bad("%d/%d values, %d/%d bytes", values, s.cat.values, size, s.cat.bytes)
	}
}

func checkSnapshot(bad func(string, ...any), sn *snapshot) {
	if sn.retired.Load() {
		bad("retired snapshot in use")
	}
	for i := range sn.shards {
		if sn.shards[i].n.Load()&readerMask > 1<<20 {
			bad("negative count")
		}
	}
}
