package cache

import (
	"context"
	"testing"
	"testing/synctest"

	"wicketkey.internal/fetch"
)

// Two spellings are asked before AWS has shown that they are one secret; the item
// that they become leaves the Store while one answer is still on its way. It is a
// no, and reaches the secret all the same.
func TestANoToWhatHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		aws := &scripted{version: 1, lastNo: map[string]int{}, doubt: map[string]int{}, lastSeen: map[string]int{}}
		s, err := newStore(aws, &Options{IdleAfter: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		o := &orders{t: t, aws: aws, s: s}
		ask := func(id string) { o.someone(id, func(ctx context.Context) { s.Refresh(ctx, id) }) }
		ask(ordersARN)
		o.asks(false, false)
		o.asks(false, true)
		ask("db::AWSPREVIOUS")
		s.mu.Lock()
		s.cat.remove(s.cat.index.get("db::AWSPREVIOUS").item)
		s.mu.Unlock()
		aws.no = &fetch.Error{Kind: fetch.ErrDeleted}
		o.asks(false, false)
		o.asks(false, true)
		if s.cat.index.get(ordersARN).snap.Load() != nil {
			t.Error("served after a no")
		}
	})
}
