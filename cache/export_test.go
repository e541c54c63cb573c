package cache

import "time"

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
