package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"

	"wicketkey.internal/fetch"
)

// scripted is an AWS whose answers are made, and delivered, when the test says so and
// not after a time, as the mock's Latency has it: only the order matters here, and all
// of them are played.
type scripted struct {
	mu    sync.Mutex // guards clock and out: timers ask, too
	clock int        // counts events
	out   []*asked

	version int
	no      error // what it says in place of yes

	lastNo   map[string]int // by stage: when a refusal of it was delivered
	doubt    map[string]int // and one to the other stage: denied, so that this one has to be asked
	granted  []*asked       // yeses delivered
	lastSeen map[string]int // by stage: the newest version that was read
}

// asked is one question to it.
type asked struct {
	ref      fetch.Ref
	at       int // when it set out
	answered bool
	version  int
	err      error
	deliver  chan struct{}
}

func (a *scripted) GetRef(ctx context.Context, ref fetch.Ref) (*fetch.Secret, error) {
	a.mu.Lock()
	a.clock++
	q := &asked{ref: ref, at: a.clock, deliver: make(chan struct{})}
	a.out = append(a.out, q)
	a.mu.Unlock()
	select {
	case <-q.deliver:
	case <-ctx.Done():
		a.mu.Lock()
		defer a.mu.Unlock()
		a.out = slices.DeleteFunc(a.out, func(o *asked) bool { return o == q })
		return nil, &fetch.Error{ID: ref.ID, Kind: fetch.ErrUnavailable, Err: ctx.Err()}
	}
	if q.err != nil {
		return nil, q.err
	}
	value := fmt.Sprintf(`{"k":"%d %s"}`, q.version, ref.Stage)
	return fetch.NewSecret([]byte(value), fetch.Metadata{ARN: ordersARN, Name: "db", VersionID: fmt.Sprint(q.version)}), nil
}

func (a *scripted) GetMany(context.Context, ...string) ([]*fetch.Secret, error) {
	return nil, errors.New("no batches")
}

// pick finds the oldest or newest question in a state.
func (a *scripted) pick(answered, newest bool) *asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found *asked
	for _, q := range a.out {
		if q.answered == answered && (found == nil || newest) {
			found = q
		}
	}
	return found
}

func (a *scripted) answer(q *asked) {
	q.answered, q.version, q.err = true, a.version, a.no
}

func (a *scripted) handOver(q *asked) {
	a.take(q)
	close(q.deliver)
	synctest.Wait()
}

// take notes that an answer is delivered.
func (a *scripted) take(q *asked) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock++
	a.out = slices.DeleteFunc(a.out, func(o *asked) bool { return o == q })
	switch {
	case q.err == nil:
		a.granted = append(a.granted, q)
	case refused(q.err):
		for _, stage := range []string{stageCurrent, stagePrevious} {
			if stage == q.ref.Stage {
				a.lastNo[stage] = a.clock
			} else {
				a.doubt[stage] = a.clock
			}
		}
	}
}
