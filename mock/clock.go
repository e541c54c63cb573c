package mock

import (
	"sync"
	"time"
)

// clock is the server's time: the process's, or the synctest bubble's, plus what the test added.
type clock struct {
	mu     sync.Mutex // guards the rest
	offset time.Duration
	alarm  *time.Timer
	closed bool
}

// now is in whole milliseconds, as the service keeps its dates.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset).UTC().Truncate(time.Millisecond)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// wake calls f once at the given time on this clock; a later call of wake replaces it, zero cancels it.
func (c *clock) wake(at time.Time, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	if !at.IsZero() && !c.closed {
		c.alarm = time.AfterFunc(time.Until(at.Add(-c.offset)), f)
	}
}

func (c *clock) stop() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.wake(time.Time{}, nil)
}

// Now returns the time on the server's clock, in UTC.
func (s *Server) Now() time.Time { return s.clock.now() }

// Advance moves the server's clock forward, or back if d is negative, and starts the rotations that fall due. It
// does not wait for them; [Server.Wait] does. Clients keep their own time: past five minutes their signatures
// are skewed until they correct for it.
func (s *Server) Advance(d time.Duration) {
	s.clock.advance(d)
	s.schedule()
}

// schedule starts due rotations and sets the alarm for the next.
func (s *Server) schedule() {
	s.scheduling.Lock()
	defer s.scheduling.Unlock()
	s.clock.wake(s.service.StartDue(s.clock.now()), s.schedule)
}
