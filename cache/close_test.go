package cache_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

func TestCloseWipes(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "hunter2")
		s := t.store(nil)
		var lent []byte
		s.View(t.Context(), "db", func(v []byte) error { lent = v; return nil })
		private, err := s.Get(t.Context(), "db")
		if err != nil {
			t.Fatal(err)
		}
		defer private.Close()
		s.Close()
		if !bytes.Equal(lent, make([]byte, len(lent))) {
			t.Error("the value was not wiped")
		}
		if string(private.Bytes()) != "hunter2" {
			t.Error("a private copy was wiped")
		}
		for name, call := range map[string]func() error{
			"View":     func() error { _, err := value(t.Context(), s, "db"); return err },
			"Get":      func() error { _, err := s.Get(t.Context(), "db"); return err },
			"Refresh":  func() error { return s.Refresh(t.Context(), "db") },
			"Prefetch": func() error { return s.Prefetch(t.Context(), "db") },
			"Do":       func() error { return s.Do(t.Context(), "db", func([]byte) error { return nil }) },
		} {
			if err := call(); !errors.Is(err, fetch.ErrClosed) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		s.Close()
	})
}

func TestAReaderKeepsItsVersion(t *testing.T) {
	for name, end := range map[string]func(t *world, s *cache.Store){
		"closed": func(t *world, s *cache.Store) { s.Close() },
		"replaced": func(t *world, s *cache.Store) {
			t.put("db", "new")
			if err := s.Refresh(t.Context(), "db"); err != nil {
				t.Error(err)
			}
		},
		"evicted": func(t *world, s *cache.Store) {
			t.put("other", "v")
			t.wants(s, "other", "v")
		},
		"refused": func(t *world, s *cache.Store) {
			t.faults(denied)
			if err := s.Refresh(t.Context(), "db"); err == nil {
				t.Error("no error")
			}
		},
		"a panic later": func(t *world, s *cache.Store) {
			defer func() { recover() }()
			s.View(t.Context(), "db", func([]byte) error { panic("in a reader") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				t.put("db", "hunter2")
				s := t.store(&cache.Options{MaxSecrets: 1})
				t.wants(s, "db", "hunter2")
				var lent []byte
				err := s.View(t.Context(), "db", func(v []byte) error {
					lent = v
					end(t, s)
					synctest.Wait()
					if string(v) != "hunter2" {
						t.Errorf("the reader sees %q", v)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				s.Close()
				if !bytes.Equal(lent, make([]byte, len(lent))) {
					t.Error("not wiped after its last reader left")
				}
			})
		})
	}
}

func TestCloseEndsFlights(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		t.faults(mock.Fault{Latency: time.Hour})
		s := t.store(nil)
		var done sync.WaitGroup
		for range 5 {
			done.Go(func() {
				if _, err := value(context.Background(), s, "db"); !errors.Is(err, fetch.ErrClosed) {
					t.Errorf("got %v", err)
				}
			})
		}
		done.Go(func() {
			if err := s.Prefetch(context.Background(), "a", "b"); !errors.Is(err, fetch.ErrClosed) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		begin := time.Now()
		s.Close()
		done.Wait()
		if took := time.Since(begin); took != 0 {
			t.Errorf("Close took %v", took)
		}
	})
}

func TestACancelledContextIsNotServedAFetch(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("db", "v")
		s := t.store(nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := value(ctx, s, "db"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := t.calls(); got != 0 {
			t.Errorf("%d calls", got)
		}
	})
}

func TestOptionsAreValidated(t *testing.T) {
	for name, o := range map[string]cache.Options{
		"TTL": {TTL: -1}, "Jitter": {Jitter: 2}, "RefreshAhead": {RefreshAhead: -1}, "RefreshAhead over 1": {RefreshAhead: 1.5},
		"MaxSecrets": {MaxSecrets: -1}, "MaxBytes": {MaxBytes: -1}, "NegativeTTL": {NegativeTTL: -1}, "StartJitter": {StartJitter: -1},
		"Budget": {Budget: -1}, "Disk": {Disk: &cache.Disk{}},
		"Disk.Key": {Disk: &cache.Disk{Dir: t.TempDir(), Account: "1", Region: "r", Key: make([]byte, 31)}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *world) {
				if _, err := cache.New(t.client, &o); !errors.Is(err, fetch.ErrInvalid) {
					t.Errorf("%+v: got %v", o, err)
				}
			})
		})
	}
	if _, err := cache.New(nil, nil); !errors.Is(err, fetch.ErrInvalid) || strings.Contains(err.Error(), "Options") || !strings.Contains(err.Error(), "client") {
		t.Errorf("nil client: got %v", err)
	}
}
