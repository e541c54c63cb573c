package cache

import (
	"context"

	"wicketkey.internal/fetch"
)

// maxBatch bounds the secrets that wait for one another in case they have to be
// asked for one by one; larger sets go side by side.
const maxBatch = 100

// batches makes the questions for those items that batches can bring.
func batches(client fetcher, entries []*entry, now moment) map[*item]fetchFunc {
	asks := make(map[*item]fetchFunc)
	b := newBatch(client)
	for _, e := range entries {
		if e == nil || e.snap.Load() != nil || asks[e.item] != nil || !e.mayBatch(now) {
			continue
		}
		if len(b.ids) == maxBatch {
			b = newBatch(client)
		}
		asks[e.item] = b.add(e.item.ref().ID)
	}
	return asks
}

// mayBatch reports whether AWS is to be asked for an entry now and a batch can bring it.
func (e *entry) mayBatch(now moment) bool {
	return e.item.call() == nil && e.suppression(now) == nil && e.item.sel == selector{stage: stageCurrent}
}

// A batch is one GetMany that answers several flights, all of which start. The
// first makes the call, on its own context, and the others wait for it.
type batch struct {
	client fetcher
	ids    []string
	done   chan struct{} // closed when what follows is set, or never will be

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
		}
		<-b.done // the call is bounded, and each flight has to take its Secret
		if b.errs == nil {
			return nil, abandoned(id)
		}
		return b.secrets[i], b.errs[i]
	}
}

func (b *batch) run(ctx context.Context) {
	defer close(b.done)
	secrets, err := b.client.GetMany(ctx, b.ids...)
	errs := make([]error, len(b.ids))
	causes := causesOf(err)
	for i, secret := range secrets {
		switch {
		case secret != nil:
		case len(causes) > 0:
			errs[i], causes = causes[0], causes[1:]
		default:
			errs[i] = err // of all of them: nothing was asked
		}
	}
	b.secrets, b.errs = secrets, errs
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
