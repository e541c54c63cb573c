package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"wicketkey.internal/mock"
)

// A phase is what readers of a secret may meet. Between the two that are certain
// lie the times in which AWS's mind, or the Store's knowledge of it, changes.
type phase int64

const (
	served   phase = 0
	refused  phase = 2
	inACycle       = 4
)

// secret is one of those that are rotated and read.
type secret struct {
	name      string
	spellings []string     // by which it is read
	seen      atomic.Int64 // the newest version that any reader was given
	step      atomic.Int64 // counts the changes of phase

	mu       sync.Mutex // guards the rest, and the secret in the mock
	arn      string
	version  int64
	withheld bool // not to be rotated: that would undo its deletion
}

func phaseOf(step int64) phase { return phase(step % inACycle) }

// newSecret creates a secret. One that is to be withdrawn is read by its name
// only: made anew after its deletion, it has another ARN.
func newSecret(srv *mock.Server, name string, mortal bool) (*secret, error) {
	s := &secret{name: name, spellings: []string{name}}
	if err := s.rotate(srv); err != nil {
		return nil, err
	}
	if !mortal {
		s.spellings = append(s.spellings, s.arn, s.arn[:strings.LastIndexByte(s.arn, '-')])
	}
	return s, nil
}

// rotate gives the secret its next version.
func (s *secret) rotate(srv *mock.Server) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.withheld {
		return nil
	}
	return s.putLocked(srv)
}

func (s *secret) putLocked(srv *mock.Server) (err error) {
	s.version++
	if s.arn, err = srv.Put(s.name, encode(s.name, s.version)); err != nil {
		return fmt.Errorf("rotating %s: %w", s.name, err)
	}
	return nil
}

// saw raises the newest version seen.
func (s *secret) saw(version int64) {
	for old := s.seen.Load(); version > old && !s.seen.CompareAndSwap(old, version); old = s.seen.Load() {
	}
}
