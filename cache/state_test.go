package cache_test

import (
	"errors"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// The State of a key that the value lacks tells since when and how often it was looked
// for in vain, beside the age of the value that is there.
func TestStateOfAMissingKey(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", `{"a":"1"}`)
		s := t.store(nil)
		t.wants(s, "db:a", "1")
		asked := time.Now()
		for n := 1; n <= 3; n++ {
			if _, err := value(t.Context(), s, "db:b"); !errors.Is(err, fetch.ErrNoVersion) {
				t.Fatal(err)
			}
			st, ok := s.State("db:b")
			if !ok || st.Served || st.Phase != "fresh" || !errors.Is(st.Err, fetch.ErrNoVersion) || !st.Refused {
				t.Fatalf("%+v", st)
			}
			if st.Failures != n || !st.Failed.Equal(asked) {
				t.Errorf("%d failures, the last at %v; want %d, at %v", st.Failures, st.Failed, n, asked)
			}
			sleep(time.Minute)
			asked = time.Now()
		}
		if st, _ := s.State("db:a"); st.Failures != 0 || !st.Failed.IsZero() || st.Err != nil {
			t.Errorf("%+v", st)
		}
	})
}

func TestState(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		s := t.store(&cache.Options{TTL: time.Minute, Jitter: -1})
		if _, ok := s.State("db"); ok {
			t.Error("known before it was asked for")
		}
		t.wants(s, "db", "v")
		now := time.Now()
		for _, id := range []string{"db", arn, arn[:len(arn)-7]} {
			st, ok := s.State(id)
			if !ok || st.ARN != arn || st.Name != "db" || st.Region != "us-east-1" || st.VersionID == "" || !st.Served {
				t.Errorf("%s: %+v", id, st)
			}
			if !st.Fetched.Equal(now) || !st.Fresh.Equal(now.Add(time.Minute)) || !st.NextRefresh.Equal(now.Add(48*time.Second)) || !st.StaleSince.IsZero() {
				t.Errorf("%s: %+v", id, st)
			}
		}
		if got := s.Stats().Hits; got != 0 {
			t.Errorf("State counts as %d hits", got)
		}
	})
}
