package cache

import (
	"context"
	"log/slog"
)

// Stats count what a Store has done since it was made. They name no secret.
type Stats struct {
	Secrets int // values kept at present, one for each stage or version of a secret
	Bytes   int // the sum of their lengths, and of the JSON keys kept beside them
	Failing int // identifiers remembered at present without a value

	Hits      uint64 // reads answered by a value at hand, stale ones among them
	Misses    uint64 // reads that had to wait, or got a held error
	HeldBack  uint64 // reads, refreshes and prefetches answered with the last error without asking AWS
	Fetches   uint64 // questions put to AWS; retries of package fetch not counted
	Failures  uint64 // questions without a value for answer, refusals among them
	Refusals  uint64 // by AWS: not found, no such version, deleted, denied, key disabled
	Changes   uint64 // versions taken into use
	Evictions uint64 // values dropped to stay within bounds
	Restored  uint64 // values taken from the disk copy
}

// totals are the counters behind Stats.
type totals struct {
	misses     uint64
	suppressed uint64
	flights    uint64
	failures   uint64
	refusals   uint64
	changes    uint64
	evictions  uint64
	restored   uint64
}

// A journal counts what happens, and says so to the log. It is guarded by the
// store's mutex.
type journal struct {
	total  totals
	logger *slog.Logger
	lines  []func() // written once the mutex is released: a handler may be slow, or use the store
}

func (j *journal) log(level slog.Level, msg string, args ...any) {
	j.lines = append(j.lines, func() { j.logger.Log(context.Background(), level, msg, args...) })
}

// Stats returns the counters. They are exact but for reads that are just under
// way. It looks at every value, so it is not for a loop without pause.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.cat.total
	out := Stats{
		Secrets: s.cat.values, Bytes: s.cat.bytes,
		Hits: s.cat.hits, Misses: n.misses, HeldBack: n.suppressed,
		Fetches: n.flights, Failures: n.failures, Refusals: n.refusals,
		Changes: n.changes, Evictions: n.evictions, Restored: n.restored,
	}
	for _, it := range s.cat.items {
		for _, e := range it.entries() {
			sn := e.snap.Load()
			if sn == nil && e.isSpelled() {
				out.Failing++
			}
			if e == it.root {
				sn = it.value // withheld or not
			}
			if sn != nil {
				out.Hits += sn.hits()
			}
		}
	}
	return out
}
