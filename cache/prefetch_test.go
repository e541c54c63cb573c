package cache_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

func TestPrefetchInBatches(t *testing.T) {
	inBubble(t, func(t *world) {
		ids := make([]string, 45)
		for i := range ids {
			ids[i] = fmt.Sprint("db", i)
			t.put(ids[i], "value of "+ids[i])
		}
		s := t.store(nil)
		if err := s.Prefetch(t.Context(), ids...); err != nil {
			t.Fatal(err)
		}
		if single, batches := t.calls(), t.srv.Calls("BatchGetSecretValue"); single != 0 || batches != 3 {
			t.Errorf("%d single calls, %d batches", single, batches)
		}
		for _, id := range ids {
			t.wants(s, id, "value of "+id)
		}
		if err := s.Prefetch(t.Context(), ids...); err != nil {
			t.Fatal(err)
		}
		if got := len(t.srv.Requests()); got != 3 {
			t.Errorf("%d calls after prefetching again", got)
		}
	})
}

func TestPrefetchWithoutBatchPermission(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("a", "1")
		t.put("b", "2")
		t.faults(mock.Fault{Operations: []string{"BatchGetSecretValue"}, Failure: mock.AccessDenied})
		s := t.store(nil)
		if err := s.Prefetch(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		t.wants(s, "a", "1")
		t.wants(s, "b", "2")
		if got := t.calls(); got != 2 {
			t.Errorf("%d single calls", got)
		}
	})
}

func TestPrefetchJoinsErrorsPerID(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("a", "1")
		s := t.store(nil)
		err := s.Prefetch(t.Context(), "missing-1", "a", "not an id", "missing-2", arn, "missing-1")
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("got %v", err)
		}
		var got []string
		for _, err := range joined.Unwrap() {
			var fe *fetch.Error
			if errors.As(err, &fe) {
				got = append(got, fe.ID+": "+fe.Kind.Error())
			}
		}
		want := "missing-1: secret not found; : not a secret's name or ARN; missing-2: secret not found; missing-1: secret not found"
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("got %s", s)
		}
		t.wants(s, "a", "1")
	})
}

func TestPrefetchedNeverLeavesNorGrowsOld(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("needed", "one")
		s := t.store(&cache.Options{TTL: time.Hour, IdleAfter: 2 * time.Hour, MaxSecrets: 2})
		if err := s.Prefetch(t.Context(), "needed"); err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			name := fmt.Sprint("other", i)
			t.put(name, "v")
			t.wants(s, name, "v")
		}
		sleep(100 * time.Hour)
		t.put("needed", "two")
		sleep(time.Hour)
		before := t.calls()
		t.wants(s, "needed", "two")
		if t.calls() != before {
			t.Error("it had to be fetched")
		}
	})
}

func TestPrefetchMoreThanFits(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 2})
		if err := s.Prefetch(t.Context(), "a", "b", "c"); !errors.Is(err, fetch.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStartJitterSpreadsAFleet(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		waits := map[time.Duration]bool{}
		for range 5 {
			s := t.store(&cache.Options{StartJitter: 10 * time.Second})
			begin := time.Now()
			if err := s.Prefetch(t.Context(), "db"); err != nil {
				t.Fatal(err)
			}
			took := time.Since(begin)
			if took >= 10*time.Second {
				t.Errorf("waited %v", took)
			}
			waits[took] = true
		}
		if len(waits) < 5 {
			t.Errorf("waits %v", waits)
		}
	})
}

// What was prefetched by name stays prefetched by name.
func TestPrefetchedNameOutlivesItsARN(t *testing.T) {
	inBubble(t, func(t *world) {
		old := t.put("db", "old")
		s := t.store(&cache.Options{TTL: time.Minute})
		t.wants(s, old, "old") // asked by ARN first
		t.wants(s, "db", "old")
		if err := s.Prefetch(t.Context(), "db"); err != nil {
			t.Fatal(err)
		}
		t.remove("db")
		t.put("db", "new")
		sleep(10 * time.Minute)
		before := t.calls()
		t.wants(s, "db", "new")
		if got := t.calls() - before; got != 0 {
			t.Errorf("%d calls: what was prefetched was not kept fresh", got)
		}
		sleep(10 * time.Minute)
		if code, body := probe(s.Readiness()); code != 200 {
			t.Errorf("%d %q", code, body)
		}
	})
}

// Prefetching in two parts exceeds MaxSecrets for good, and whatever is read
// besides costs a call each time.
func TestPrefetchInPartsIsBounded(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 2})
		for i := range 6 {
			name := fmt.Sprint("db", i)
			t.put(name, "v")
			if err := s.Prefetch(t.Context(), name); errors.Is(err, fetch.ErrInvalid) {
				return
			}
		}
		if st := s.Stats(); st.Secrets > 2 {
			t.Errorf("%d secrets, MaxSecrets 2", st.Secrets)
		}
	})
}

func TestCloseEndsTheStartJitter(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{StartJitter: 1000 * time.Hour})
		begin := time.Now()
		done := make(chan struct{})
		go func() { s.Prefetch(context.Background(), "db"); close(done) }()
		synctest.Wait()
		s.Close()
		<-done
		if took := time.Since(begin); took > time.Second {
			t.Errorf("Prefetch returned %v after Close", took)
		}
	})
}

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
