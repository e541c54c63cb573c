package cache

import (
	"testing"

	"wicketkey.internal/fetch"
)

// Two spellings are asked before AWS has shown that they are one secret; the item
// that they become leaves the Store while one answer is still on its way. It is a
// no, and reaches the secret all the same.
func TestANoToWhatHasLeft(t *testing.T) {
	inOrders(t, func(t *testing.T, o *orders) {
		s := o.s
		o.refresh(ordersARN)
		o.answered()
		o.refresh("db::AWSPREVIOUS")
		s.mu.Lock()
		s.cat.remove(s.cat.index.get("db::AWSPREVIOUS").item)
		s.mu.Unlock()
		o.aws.no = kind(fetch.ErrDeleted)
		o.answered()
		if s.cat.index.get(ordersARN).snap.Load() != nil {
			t.Error("served after a no")
		}
		if st := s.Stats(); st.Failures != st.Refusals || st.Refusals != 1 {
			t.Errorf("%d failures, %d refusals among them", st.Failures, st.Refusals)
		}
	})
}
