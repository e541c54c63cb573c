package cache

import "time"

// forgetAfter is how long an entry without a value is remembered after the hold
// on its last error has ended.
const forgetAfter = time.Minute

// schedule sets e's timer for the next thing that is due. The caller holds mu.
// A timer that fires in vain, or twice, does no harm: due looks at the clock.
func (s *Store) schedule(e *entry) {
	if e.gone {
		return
	}
	at := s.nextEvent(e)
	if at.IsZero() {
		return // the end of its flight will schedule it
	}
	in := max(time.Until(at), 0)
	if e.timer == nil {
		e.timer = time.AfterFunc(in, func() { s.due(e) })
		return
	}
	e.timer.Reset(in)
}

// nextEvent is when something is to be done about e, zero for nothing.
func (s *Store) nextEvent(e *entry) time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if e.kept() {
		sooner(e.dies)
	}
	if e.flight != nil {
		return at // all else waits for its end
	}
	if e.kept() && s.opts.IdleAfter > 0 {
		sooner(e.readAt.Add(s.opts.IdleAfter))
	}
	if e.kept() || e.wanted() {
		sooner(e.next)
	} else {
		sooner(e.notBefore.Add(forgetAfter))
	}
	return at
}

// due does what is due about e: ends the serving of what is too old, drops what
// nobody reads, asks AWS.
func (s *Store) due(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.gone {
		return
	}
	now := time.Now()
	if e.kept() && !now.Before(e.dies) {
		s.replace(e, nil)
	}
	if e.flight == nil && s.forgotten(e, now) {
		s.remove(e)
		return
	}
	if e.flight == nil && (e.kept() || e.wanted()) && !now.Before(e.next) {
		s.start(e, s.single(e.ref))
	}
	s.schedule(e)
}

// forgotten reports whether nobody has cared for e for long enough.
func (s *Store) forgotten(e *entry, now time.Time) bool {
	if e.wanted() {
		e.readAt = now
		return false
	}
	if !e.kept() {
		return !now.Before(e.notBefore.Add(forgetAfter))
	}
	if used := e.used.Load(); used != e.readTick {
		e.readTick, e.readAt = used, now
		s.tick.Add(1) // so that the next read shows
	}
	return s.opts.IdleAfter > 0 && now.Sub(e.readAt) >= s.opts.IdleAfter
}
