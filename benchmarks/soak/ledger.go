package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// What must not happen.
const (
	wrongValue  = "wrong value"
	olderValue  = "older version after a newer one"
	needless    = "error where stale was allowed"
	servedAfter = "served while refused"
	notWiping   = "another transport than the wiping one"
	notFlat     = "not flat"
)

const shown = 3 // details of each kind

// ledger counts reads and keeps what must not have happened.
type ledger struct {
	reads, refusals, rejected, phases, rotations atomic.Int64
	attempts, failed                             atomic.Int64 // of package fetch

	mu      sync.Mutex // guards the rest
	counts  map[string]int
	details map[string][]string
}

func newLedger() *ledger {
	return &ledger{counts: make(map[string]int), details: make(map[string][]string)}
}

// violated notes one case of a kind. The detail holds nothing of a value.
func (l *ledger) violated(kind, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts[kind]++; l.counts[kind] <= shown {
		l.details[kind] = append(l.details[kind], detail)
	}
}

func (l *ledger) total() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.counts {
		n += c
	}
	return n
}

// verdict is an error that names each kind, with its first cases; nil if there
// is none.
func (l *ledger) verdict() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kinds []string
	for kind, n := range l.counts {
		kinds = append(kinds, fmt.Sprintf("%s, %d times:\n\t%s", kind, n, strings.Join(l.details[kind], "\n\t")))
	}
	if len(kinds) == 0 {
		return nil
	}
	slices.Sort(kinds)
	return fmt.Errorf("violated: %s", strings.Join(kinds, "\n"))
}
