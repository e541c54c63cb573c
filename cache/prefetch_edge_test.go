package cache_test

import (
	"errors"
	"strings"
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

// The identifiers given to Readiness are copied, and one that is none is called so.
func TestReadinessOfOddIdentifiers(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		t.wants(s, "db", "v")
		ids := []string{"db"}
		h := s.Readiness(ids...)
		ids[0] = "other"
		if code, body := probe(h); code != 200 {
			t.Errorf("%d %q", code, body)
		}
		if code, body := probe(s.Readiness("db", "hunter2 hunter2")); code != 503 || !strings.Contains(body, fetch.ErrBadIdentifier.Error()) || strings.Contains(body, "hunter2") {
			t.Errorf("%d %q", code, body)
		}
		if code, body := probe(s.Readiness("unknown")); code != 503 || !strings.Contains(body, "not fetched yet") {
			t.Errorf("%d %q", code, body)
		}
	})
}
