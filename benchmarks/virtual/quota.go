package virtual

import (
	"sync"
	"time"
)

// Quota is a bucket of tokens for one operation, as AWS keeps them: so many a
// second, at most a second's worth saved up, but no less than one call.
type Quota struct {
	mu     sync.Mutex // guards what follows
	rate   float64
	tokens float64
	last   time.Time
}

// NewQuota returns a full bucket of that many a second.
func NewQuota(rate float64) *Quota { return &Quota{rate: rate, tokens: max(rate, 1), last: time.Now()} }

// Take takes one token, or reports that there is none.
func (q *Quota) Take() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.tokens = min(max(q.rate, 1), q.tokens+q.rate*now.Sub(q.last).Seconds())
	q.last = now
	if q.tokens < 1 {
		return false
	}
	q.tokens--
	return true
}

// Quotas admits each operation by its own bucket, and operations without one
// always.
func Quotas(rates map[string]float64) func(operation string) bool {
	buckets := map[string]*Quota{}
	for op, rate := range rates {
		buckets[op] = NewQuota(rate)
	}
	return func(operation string) bool {
		q := buckets[operation]
		return q == nil || q.Take()
	}
}
