package mock

import (
	"sync"
	"time"

	"wicketkey.internal/mock/internal/policy"
)

// mostSessions bounds what is kept: more than clients hold at once.
const mostSessions = 4096

// sessions are the temporary keys that STS has given out. Of too many the oldest are forgotten.
type sessions struct {
	mu    sync.Mutex // guards the rest
	keys  map[string]credential
	order []string // ids, the oldest first
}

func (s *sessions) add(c credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = make(map[string]credential)
	}
	s.keys[c.ID] = c
	s.order = append(s.order, c.ID)
	if len(s.order) > mostSessions {
		delete(s.keys, s.order[0])
		s.order = s.order[1:]
	}
}

func (s *sessions) get(id string) credential {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[id]
}

// startSession makes a key for a role's session, with what the role may and no more than limit.
func (s *Server) startSession(principal string, limit *policy.Document, now time.Time, lifetime time.Duration) *AccessKey {
	made := s.instance.issuer.Fresh(now, lifetime)
	c := credential{
		AccessKey: AccessKey{ID: made.AccessKey, Secret: made.Secret, SessionToken: made.Token, Expires: made.Expires, Principal: principal},
		identity:  s.instance.identity, boundary: s.instance.boundary, session: limit,
	}
	s.sessions.add(c)
	return &c.AccessKey
}
