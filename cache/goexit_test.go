package cache_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
)

// exiting ends the goroutine at its first n calls.
type exiting struct{ n int }

func (e *exiting) call() {
	if e.n--; e.n >= 0 {
		runtime.Goexit()
	}
}

func (e *exiting) Wrap(_ context.Context, key []byte) ([]byte, error) {
	e.call()
	return append([]byte(nil), key...), nil
}

func (e *exiting) Unwrap(_ context.Context, wrapped []byte) ([]byte, error) {
	return append([]byte(nil), wrapped...), nil
}

// Code of the caller's that ends a question's goroutine, as a fake's FailNow does, has
// those who wait told so, and the next question put; Close does not wait for ever.
func TestGoexitInAQuestion(t *testing.T) {
	for name, opts := range map[string]func(t *world, e *exiting) *cache.Store{
		"observer": func(t *world, e *exiting) *cache.Store {
			return t.storeOn(t.clientOf(fetch.Options{AWS: &t.cfg, Observe: func(fetch.Attempt) { e.call() }}), nil)
		},
		"key wrapper": func(t *world, e *exiting) *cache.Store {
			return t.store(&cache.Options{Disk: diskOf(t.TempDir(), e)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				e := &exiting{n: 1}
				s := opts(t, e)
				t.put("db", "v")
				t.put("other", "w")
				if _, err := value(t.Context(), s, "db"); !errors.Is(err, fetch.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
				sleep(time.Minute)
				t.wants(s, "db", "v")
				e.n = 3
				_ = s.Refresh(t.Context(), "db")
				sleep(time.Hour)
				t.wants(s, "db", "v")
				e.n = 1
				_ = s.Prefetch(t.Context(), "other", "third")
				sleep(time.Hour)
				t.wants(s, "other", "w")
			})
		})
	}
}
