package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"wicketkey.internal/cache"
)

// reader reads secrets at random and judges what it is given.
type reader struct {
	store   *cache.Store
	secrets []*secret
	ledger  *ledger
	pause   time.Duration // mean
	hold    time.Duration // how long a value is held now and then: beyond its replacement
}

func (r *reader) run(ctx context.Context) {
	for ctx.Err() == nil {
		s := r.secrets[rand.IntN(len(r.secrets))]
		id := s.spellings[rand.IntN(len(s.spellings))]
		switch rand.IntN(3) {
		case 0:
			r.judge(ctx, s, "View", func(use func([]byte) error) error { return r.store.View(ctx, id, use) })
		case 1:
			r.judge(ctx, s, "Get", func(use func([]byte) error) error { return r.get(ctx, id, use) })
		default:
			r.judge(ctx, s, "Do", func(use func([]byte) error) error { return r.do(ctx, id, use) })
		}
		pause(ctx, rand.N(2*r.pause+1))
	}
}

func (r *reader) get(ctx context.Context, id string, use func([]byte) error) error {
	value, err := r.store.Get(ctx, id)
	if err != nil {
		return err
	}
	defer value.Close()
	return use(value.Bytes())
}

// do now and then plays a credential that is rejected; then fn may be called
// with older versions as well, and its own error may be the last word.
func (r *reader) do(ctx context.Context, id string, use func([]byte) error) error {
	reject := rand.IntN(50) == 0
	err := r.store.Do(ctx, id, func(value []byte) error {
		if err := use(value); err != nil || !reject {
			return err
		}
		reject = rand.IntN(2) == 0
		return cache.ErrRejected
	})
	if errors.Is(err, cache.ErrRejected) {
		r.ledger.rejected.Add(1)
		return nil
	}
	return err
}

// judge makes one read. Only what began and ended in one phase is held against
// the phase; the value itself is judged always.
func (r *reader) judge(ctx context.Context, s *secret, how string, get func(use func([]byte) error) error) {
	step, floor, given := s.step.Load(), s.seen.Load(), 0
	err := get(func(value []byte) error {
		given++
		return r.value(ctx, s, how, value, floor, given == 1)
	})
	if ctx.Err() != nil && err != nil {
		return // it is we who gave up
	}
	r.ledger.reads.Add(1)
	if step != s.step.Load() {
		return
	}
	switch {
	case phaseOf(step) == served && err != nil:
		r.ledger.violated(needless, fmt.Sprintf("%s of %s: %v", how, s.name, err))
	case phaseOf(step) == refused && given > 0:
		r.ledger.violated(servedAfter, fmt.Sprintf("%s of %s", how, s.name))
	case phaseOf(step) == refused:
		r.ledger.refusals.Add(1)
	}
}

// value judges a value that was given after floor had been seen; after the first
// of a read may come AWSPREVIOUS.
func (r *reader) value(ctx context.Context, s *secret, how string, value []byte, floor int64, first bool) error {
	version, err := decode(s.name, value)
	if err != nil {
		r.ledger.violated(wrongValue, fmt.Sprintf("%s of %s: %v", how, s.name, err))
		return nil
	}
	if first {
		if version < floor {
			r.ledger.violated(olderValue, fmt.Sprintf("%s of %s: version %d after %d", how, s.name, version, floor))
		}
		s.saw(version)
	}
	if rand.IntN(1000) == 0 {
		pause(ctx, r.hold)
		if again, err := decode(s.name, value); err != nil || again != version {
			r.ledger.violated(wrongValue, fmt.Sprintf("%s of %s: version %d changed while it was lent", how, s.name, version))
		}
	}
	return nil
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
