package cache_test

import (
	"errors"
	"testing"

	"wicketkey.internal/cache"
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

// MaxSecrets bounds secrets: not spellings, nor keys of one, nor what is no identifier.
func TestPrefetchCountsSecrets(t *testing.T) {
	for name, ids := range map[string][]string{
		"spellings": {"db", "db:", "db", "db::AWSCURRENT"},
		"keys":      {"db:a", "db:b", "db"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", `{"a":"1","b":"2"}`)
				s := t.store(&cache.Options{MaxSecrets: 1})
				for range 2 {
					if err := s.Prefetch(t.Context(), ids...); err != nil {
						t.Error(err)
					}
				}
				if err := s.Prefetch(t.Context(), append(ids, "no id")...); !errors.Is(err, fetch.ErrBadIdentifier) || errors.Is(err, fetch.ErrInvalid) {
					t.Errorf("got %v", err)
				}
				if err := s.Prefetch(t.Context(), append(ids, "other")...); !errors.Is(err, fetch.ErrInvalid) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
