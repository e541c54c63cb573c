package cache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// A context that has ended does not matter where there is nothing to wait for: a value
// at hand is served by any spelling, and a closed Store says that it is.
func TestEndedContext(t *testing.T) {
	inBubble(t, func(t *world) {
		ended, end := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
		defer end()
		arn := t.put("db", `{"a":"1"}`)
		s := t.store(nil)
		if _, err := value(ended, s, "db"); !errors.Is(err, context.DeadlineExceeded) || t.calls() != 0 {
			t.Errorf("got %v after %d calls", err, t.calls())
		}
		t.wants(s, "db", `{"a":"1"}`)
		for id, want := range map[string]string{"db": `{"a":"1"}`, "db:": `{"a":"1"}`, arn: `{"a":"1"}`, "db:a": "1"} {
			if got, err := value(ended, s, id); err != nil || got != want {
				t.Errorf("%s: got %q, %v", id, got, err)
			}
		}
		if err := s.Refresh(ended, "db"); !errors.Is(err, context.DeadlineExceeded) || t.calls() != 1 {
			t.Errorf("got %v after %d calls", err, t.calls())
		}
		s.Close()
		for name, call := range map[string]func() error{
			"View":             func() error { _, err := value(ended, s, "db"); return err },
			"Refresh":          func() error { return s.Refresh(ended, "db") },
			"Do":               func() error { return s.Do(ended, "db", func([]byte) error { return cache.ErrRejected }) },
			"Prefetch":         func() error { return s.Prefetch(ended, "db") },
			"Prefetch of none": func() error { return s.Prefetch(ended) },
		} {
			if err := call(); !errors.Is(err, fetch.ErrClosed) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}
