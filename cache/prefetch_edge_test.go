package cache_test

import (
	"errors"
	"testing"

	"wicketkey.internal/fetch"
)

// A program that prefetches again until it has all does not have AWS asked each time
// for a key that the value lacks.
func TestPrefetchOfAMissingKeyIsHeldBack(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"a":"1"}`)
		s := t.store(nil)
		for range 20 {
			if err := s.Prefetch(t.Context(), "db:b"); !errors.Is(err, fetch.ErrNoVersion) {
				t.Fatal(err)
			}
		}
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		if st := s.Stats(); st.HeldBack != 19 {
			t.Errorf("%d held back", st.HeldBack)
		}
	})
}
