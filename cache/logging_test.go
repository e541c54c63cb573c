package cache_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"wicketkey.internal/cache"
)

// nosy is a slog handler that looks at the store.
type nosy struct {
	slog.Handler
	look func()
}

func (n *nosy) Handle(ctx context.Context, r slog.Record) error {
	if n.look != nil {
		n.look()
	}
	return nil
}

func (n *nosy) Enabled(context.Context, slog.Level) bool { return true }

// Not in a bubble: a mutex is no durable block. A deadlock, with the store's mutex
// held while the handler is called, ends with go test's own time limit.
func TestALoggerMayLookAtTheStore(t *testing.T) {
	w := newWorld(t)
	w.put("db", "v")
	h := &nosy{Handler: slog.DiscardHandler}
	s, err := cache.New(w.client, &cache.Options{Logger: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	h.look = func() { s.Stats() }
	if _, err := value(t.Context(), s, "db"); err != nil {
		t.Error(err)
	}
	s.Close()
}

// A log that stalls stalls no reader of another secret; one that did would wait
// until go test's own time limit.
func TestASlowLoggerStallsNoReader(t *testing.T) {
	w := newWorld(t)
	w.put("a", "v")
	w.put("b", "v")
	h := &nosy{Handler: slog.DiscardHandler}
	s, err := cache.New(w.client, &cache.Options{Logger: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	stalled, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.look = func() { once.Do(func() { close(stalled); <-release }) }
	go value(context.Background(), s, "a")
	<-stalled
	if _, err := value(t.Context(), s, "b"); err != nil {
		t.Error(err)
	}
	close(release)
	s.Close()
}

// A log handler may end the store: in a program that is to stop when a secret is
// refused, say.
func TestALoggerMayCloseTheStore(t *testing.T) {
	w := newWorld(t)
	w.put("db", "v")
	h := &nosy{Handler: slog.DiscardHandler}
	s := w.store(&cache.Options{Logger: slog.New(h)})
	h.look = func() { s.Close() }
	value(t.Context(), s, "db") // it may be closed before the value is read
	s.Close()                   // a deadlock ends with go test's own time limit
}
