package cache_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// Counters only grow, also while a value is withheld.
func TestHitsWhileWithheld(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		t.put("db", "one")
		t.put("db", "two")
		t.wants(s, "db::AWSPREVIOUS", "one")
		for range 11 {
			t.wants(s, "db", "two")
		}
		if err := t.srv.Inject(mock.Fault{Failure: mock.AccessDenied, Times: 1}, mock.Fault{Skip: 1, Latency: time.Second}); err != nil {
			t.Fatal(err)
		}
		if err := s.Refresh(t.Context(), "db::AWSPREVIOUS"); !errors.Is(err, fetch.ErrDenied) {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, phase := range []string{"withheld", "fresh"} {
			if st, _ := s.State("db"); st.Phase != phase {
				t.Errorf("in phase %s, want %s", st.Phase, phase)
			}
			if got := s.Stats().Hits; got != 10 {
				t.Errorf("%s: %d hits, want 10", phase, got)
			}
			sleep(2 * time.Second)
		}
	})
}

// A read counts once; what Do asks beside its reads is none.
func TestDoCountsItsReads(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		t.put("db", "v")
		t.wants(s, "db", "v")
		rejected := func([]byte) error { return cache.ErrRejected }
		for range 3 { // each reads db twice, and AWSPREVIOUS, which there is not
			before := s.Stats()
			if err := s.Do(t.Context(), "db", rejected); !errors.Is(err, cache.ErrRejected) {
				t.Fatal(err)
			}
			if st := s.Stats(); st.Hits-before.Hits != 2 || st.Misses-before.Misses != 1 {
				t.Errorf("%d hits, %d misses; want 2 and 1", st.Hits-before.Hits, st.Misses-before.Misses)
			}
		}
	})
}

func TestStats(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "12345")
		s := t.store(nil)
		for range 10 {
			t.wants(s, "db", "12345")
		}
		value(t.Context(), s, "missing")
		value(t.Context(), s, "missing")
		t.put("db", "123456")
		if err := s.Refresh(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		want := cache.Stats{
			Secrets: 1, Bytes: 6, Failing: 1, Hits: 9, Misses: 3, HeldBack: 1,
			Fetches: 3, Failures: 1, Refusals: 1, Changes: 2,
		}
		if got := s.Stats(); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}
