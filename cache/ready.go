package cache

import (
	"fmt"
	"net/http"
	"time"
)

// Readiness answers a readiness probe: 200 while every secret named can be
// served, stale or not, else 503; by default every one that was prefetched. It
// asks neither AWS nor counts as a read. The body counts secrets and says what
// kind of error is in the way, without names.
func (s *Store) Readiness(ids ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		states := s.readiness(ids)
		missing, stale, cause := survey(states)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if missing == 0 {
			fmt.Fprintf(w, "ready: %d secrets, %d of them stale\n", len(states), stale)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "not ready: %d of %d secrets have no value: %s\n", missing, len(states), cause)
	})
}

// readiness collects the states in question. A closed Store has none to serve.
func (s *Store) readiness(ids []string) []State {
	var states []State
	for _, id := range ids {
		st, _ := s.State(id)
		states = append(states, st)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return append(states, State{Err: closed("")})
	}
	for _, e := range s.entries {
		if len(ids) == 0 && e.needed() {
			states = append(states, e.state(time.Now()))
		}
	}
	return states
}

// survey counts, and gives the kind of the first error met.
func survey(states []State) (missing, stale int, cause string) {
	for _, st := range states {
		switch {
		case !st.Served:
			missing++
			if cause == "" {
				cause = kindOf(st.Err)
			}
		case !st.StaleSince.IsZero():
			stale++
		}
	}
	return missing, stale, cause
}
