// Package chance makes the mock's random choices from one seed, so that a test can be run again.
package chance

import (
	"fmt"
	"math/rand/v2"
	"sync"
)

// Source draws suffixes, identifiers and dice. It is safe for concurrent use; what it returns depends only on
// the seed and the order of calls.
type Source struct {
	mu  sync.Mutex // guards rng
	rng *rand.Rand
}

// New returns a source for the seed. stream keeps several sources of one seed apart.
func New(seed, stream uint64) *Source {
	return &Source{rng: rand.New(rand.NewPCG(seed, stream))}
}

// UUID returns a version 4 UUID.
func (s *Source) UUID() string {
	s.mu.Lock()
	a, b := s.rng.Uint64(), s.rng.Uint64()
	s.mu.Unlock()
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&(1<<48-1))
}

// Suffix returns the six letters and digits that end a secret's ARN.
func (s *Source) Suffix() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 6)
	for i := range out {
		out[i] = letters[s.Below(len(letters))]
	}
	return string(out)
}

// Below returns a number in [0, n).
func (s *Source) Below(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

// Hit reports true with the given probability.
func (s *Source) Hit(probability float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Float64() < probability
}

// Shuffle puts the bytes into a random order.
func (s *Source) Shuffle(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rng.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
}
