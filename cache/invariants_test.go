package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/fetch"
)

// chaos is an AWS that is slow, fails, refuses, and creates secrets anew.
type chaos struct {
	mu   sync.Mutex
	rand *rand.Rand
	gen  [4]int // which incarnation of a name
	ver  [4]int
	fail [4]*fetch.Error
	t    *testing.T
	r    *replayer
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
			body := fmt.Sprintf(`{"ARN":%q,"Name":"n%d","VersionId":%q,"SecretString":%q}`, c.arn(i), i, v, v)
			s, err := c.r.secret(context.Background(), fetch.Ref{ID: "n"}, append(make([]byte, timeBytes), body...))
			if err != nil {
				c.t.Error(err)
			}
			return s, nil
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
	if v := os.Getenv("WICKETKEY_CHAOS"); v != "" {
		if _, err := fmt.Sscan(v, &rounds); err != nil {
			t.Fatal(err)
		}
	}
	for round := range rounds {
		synctest.Test(t, func(t *testing.T) { chaosRound(t, round) })
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

func chaosRound(t *testing.T, round uint64) {
	r, err := newReplayer()
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	c := &chaos{t: t, r: r, rand: rand.New(rand.NewPCG(round, 2))}
	o := &Options{TTL: time.Minute, MaxStale: 3 * time.Minute, IdleAfter: 10 * time.Minute, NegativeTTL: time.Second}
	if round%2 == 1 {
		o.MaxSecrets = 3
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
	values, bytes := 0, 0
	bad := func(f string, a ...any) { t.Errorf("step %d: %s", step, fmt.Sprintf(f, a...)) }
	now := time.Now()
	for i, e := range s.entries {
		if e.place != i || e.gone {
			bad("place %d gone %v", e.place, e.gone)
		}
		if sn := e.snap.Load(); sn != nil {
			values++
			bytes += len(sn.value)
			if sn.retired.Load() {
				bad("retired snapshot in use")
			}
			for i := range sn.lanes {
				if sn.lanes[i].n.Load()&readerMask > 1<<20 {
					bad("negative count")
				}
			}
			if !now.Before(e.dies) {
				bad("dead value served")
			}
		}
		for _, a := range e.aliases {
			if s.index.get(a.id) != e {
				bad("alias %q leads elsewhere", a.id)
			}
		}
		if len(e.aliases) == 0 && e.flight == nil && e.kept() {
			bad("orphan with a value: ref %v arn %v needed %v watchers %d err %v", e.ref, e.arn, e.needed(), e.watchers, e.err)
		}
		if (e.kept() || e.wanted()) && e.flight == nil && e.next.Before(now.Add(-time.Millisecond)) {
			bad("overdue: ref %v next %v ago, needed %v watchers %d kept %v err %v", e.ref, now.Sub(e.next), e.needed(), e.watchers, e.kept(), e.err)
		}
		if e.watchers < 0 {
			bad("watchers %d", e.watchers)
		}
	}
	for k, e := range s.keys {
		if e.gone {
			bad("key %v of a removed entry", k)
		}
	}
	for i := range s.index.buckets {
		for n := s.index.buckets[i].Load(); n != nil; n = n.next {
			if n.entry.gone {
				bad("index leads to a removed entry: %s", n.id)
			}
		}
	}
	if values != s.total.values || bytes != s.total.bytes {
		bad("%d/%d values, %d/%d bytes", values, s.total.values, bytes, s.total.bytes)
	}
}
