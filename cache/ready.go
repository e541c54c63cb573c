package cache

import (
	"fmt"
	"net/http"
	"slices"
)

// Readiness answers a readiness probe: 200 while every secret named can be
// served, stale or not, else 503; by default every one that was prefetched. It
// asks neither AWS nor counts as a read. The body counts secrets and says what
// kind of error is in the way, without names.
func (s *Store) Readiness(ids ...string) http.Handler {
	ids = slices.Clone(ids) // the slice is the caller's
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		states, closed := s.readiness(ids)
		if closed {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, "not ready: the store is closed")
			return
		}
		missing, stale, cause := survey(states)
		if missing == 0 {
			fmt.Fprintf(w, "ready: %d secrets, %d of them stale\n", len(states), stale)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "not ready: %d of %d secrets have no value: %s\n", missing, len(states), cause)
	})
}

// readiness collects the states in question, unless the Store is closed.
func (s *Store) readiness(ids []string) (states []State, closed bool) {
	for _, id := range ids {
		st, known := s.State(id)
		if !known {
			_, st.Err = s.opts.target(id)
		}
		states = append(states, st)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(ids) > 0 {
		return states, s.cat.closed
	}
	for _, it := range s.cat.items {
		for _, e := range it.entries() {
			if e.needed() {
				states = append(states, e.state(s.clock.now()))
			}
		}
	}
	return states, s.cat.closed
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
