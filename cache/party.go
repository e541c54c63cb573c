package cache

import (
	"context"
	"slices"
)

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
