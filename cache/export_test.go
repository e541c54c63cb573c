package cache

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// FromEnv sets n to the number in a variable, and reports whether there is one.
func FromEnv[N any](t *testing.T, name string, n *N) bool {
	v := os.Getenv(name)
	if v == "" {
		return false
	}
	if _, err := fmt.Sscan(v, n); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return true
}

// Sleep lets a bubble's time pass, and what falls due in it happen.
func Sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Heap is what the heap holds once all garbage is gone.
func Heap() int64 {
	runtime.GC()
	runtime.GC() // what had a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// SetWall has the Store read the clock on the wall by f.
func (s *Store) SetWall(f func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.wall = f
}

// Beats reports whether the clocks are being compared.
func (s *Store) Beats() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watching
}

// Fetcher is what a Store needs of a client.
type Fetcher = fetcher

// NewOn makes a Store on something like a client.
func NewOn(client Fetcher, opts *Options) (*Store, error) { return newStore(client, opts) }

// PutBack brings back a fault that was mended.
func (s *Store) PutBack(fault string) {
	if f := faults[fault]; f != nil {
		s.cat.decide = f
	}
}
