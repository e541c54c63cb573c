package cache_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

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

// Not in a bubble: a mutex is no durable block.
func TestALoggerMayLookAtTheStore(t *testing.T) {
	w := newWorld(t)
	w.put("db", "v")
	h := &nosy{Handler: slog.DiscardHandler}
	s, err := cache.New(w.client, &cache.Options{Logger: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	h.look = func() { s.Stats() }
	done := make(chan struct{})
	go func() { value(context.Background(), s, "db"); close(done) }()
	select {
	case <-done:
		s.Close()
	case <-time.After(3 * time.Second):
		t.Fatal("deadlock: the handler is called with the store's mutex held")
	}
}

// A log that stalls stalls no reader.
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
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	back := make(chan error, 1)
	go func() { _, err := value(ctx, s, "b"); back <- err }()
	select {
	case err := <-back:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(3 * time.Second):
		t.Error("a reader of another secret ignores its own deadline while a log line of this one is written")
	}
	close(release)
	s.Close()
}
