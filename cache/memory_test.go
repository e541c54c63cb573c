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

// Stages and versions that a secret does not have are names that give an error, too:
// bounded like others, and displacing no value.
func TestFailingStagesAreBounded(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 5})
		t.put("db", "v")
		t.wants(s, "db", "v")
		for i := range 50 {
			id := fmt.Sprintf("db::STAGE%d", i)
			if i%2 == 0 {
				id = fmt.Sprintf("db:::00000000-0000-4000-8000-%012d", i)
			}
			if _, err := value(t.Context(), s, id); !errors.Is(err, fetch.ErrNoVersion) {
				t.Fatal(err)
			}
		}
		if st := s.Stats(); st.Secrets != 1 || st.Failing > 5 {
			t.Errorf("%d secrets, %d failing", st.Secrets, st.Failing)
		}
		before := t.calls()
		if t.wants(s, "db", "v"); t.calls() != before {
			t.Error("the value has left")
		}
	})
}

// The last that is known of a secret may be what leaves for another stage of it.
func TestFailingStagesOfAnUnknownSecret(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 1})
		for i := range 10 {
			if _, err := value(t.Context(), s, fmt.Sprintf("db::STAGE%d", i)); !errors.Is(err, fetch.ErrNotFound) {
				t.Fatal(err)
			}
			if st := s.Stats(); st.Failing != 1 {
				t.Errorf("%d failing", st.Failing)
			}
		}
		sleep(10 * time.Minute)
		if st := s.Stats(); st.Failing != 0 {
			t.Errorf("%d remembered for ever", st.Failing)
		}
		t.put("db", "v")
		t.wants(s, "db", "v")
	})
}

// Names that are asked for all at once are bounded as well once they have failed.
func TestFailingNamesAtOnce(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 5})
		t.put("db", "v")
		t.wants(s, "db", "v")
		if err := t.srv.Inject(mock.Fault{Latency: time.Second}); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			go func() {
				if _, err := value(t.Context(), s, fmt.Sprint("junk-", i)); !errors.Is(err, fetch.ErrNotFound) {
					t.Error(err)
				}
			}()
		}
		sleep(2 * time.Second)
		if st := s.Stats(); st.Secrets != 1 || st.Failing > 5 {
			t.Errorf("%d secrets, %d failing", st.Secrets, st.Failing)
		}
	})
}

// JSON keys that a value lacks are bounded too, however many are asked for while a
// question is under way.
func TestMissingKeysAreBounded(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(nil)
		t.put("db", `{"a":"1"}`)
		if err := t.srv.Inject(mock.Fault{Latency: 4 * time.Second}); err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*80*time.Millisecond) // half of them leave
				defer cancel()
				_, err := value(ctx, s, fmt.Sprint("db:k", i))
				if !errors.Is(err, fetch.ErrNoVersion) && ctx.Err() == nil {
					t.Errorf("got %v", err)
				}
			}()
		}
		sleep(3 * time.Second)
		if st := s.Stats(); st.Failing < 100 {
			t.Errorf("%d are asked for, want 100", st.Failing)
		}
		sleep(10 * time.Second)
		if st := s.Stats(); st.Failing > 16 {
			t.Errorf("%d failing", st.Failing)
		}
		t.wants(s, "db:a", "1")
	})
}

// JSON keys count, also those that are picked from a value at hand.
func TestKeysCountForMaxBytes(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxBytes: 100})
		a := strings.Repeat("a", 60)
		t.put("small", strings.Repeat("s", 20))
		t.put("json", `{"a":"`+a+`"}`) // 68 bytes
		fits := func() {
			t.Helper()
			if st := s.Stats(); st.Secrets != 1 || st.Bytes != 20 {
				t.Errorf("%d secrets, %d bytes; want the small one alone", st.Secrets, st.Bytes)
			}
		}
		t.wants(s, "small", strings.Repeat("s", 20))
		t.wants(s, "json:a", a)
		fits()
		t.wants(s, "json", `{"a":"`+a+`"}`)
		if st := s.Stats(); st.Bytes != 88 {
			t.Errorf("%d bytes", st.Bytes)
		}
		t.wants(s, "json:a", a)
		fits()
		if err := s.Prefetch(t.Context(), "json"); err != nil {
			t.Fatal(err)
		}
		t.wants(s, "small", strings.Repeat("s", 20))
		if err := s.Prefetch(t.Context(), "json:a"); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.State("small"); ok {
			t.Error("a prefetched key did not count")
		}
	})
}

// What was watched may leave as soon as it no longer is.
func TestBoundsWhenAWatchEnds(t *testing.T) {
	inBubble(t, func(t *world) {
		s := t.store(&cache.Options{MaxSecrets: 1})
		first, stop := context.WithCancel(t.Context())
		defer stop()
		for name, ctx := range map[string]context.Context{"a": first, "b": t.Context()} {
			t.put(name, "v")
			go func() {
				for range s.Watch(ctx, name) {
				}
			}()
		}
		sleep(time.Second)
		if st := s.Stats(); st.Secrets != 2 {
			t.Errorf("%d secrets, two are watched", st.Secrets)
		}
		stop()
		synctest.Wait()
		if _, ok := s.State("a"); ok || s.Stats().Secrets != 1 {
			t.Errorf("%d secrets, one is watched", s.Stats().Secrets)
		}
		s.Close()
	})
}
