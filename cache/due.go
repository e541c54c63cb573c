package cache

import (
	"slices"
	"time"
)

// schedule sets it's timer for the next thing that is due. The caller holds mu.
// A timer that fires in vain, or twice, does no harm: due looks at the clocks.
func (s *Store) schedule(it *item) {
	if it.gone {
		return
	}
	s.watchClocks()
	now := s.clock.now()
	p := it.plan(s.opts.IdleAfter, now)
	if p.isNone() {
		return // the end of its question will schedule it
	}
	in := p.at.in(now)
	if it.timer == nil {
		it.timer = time.AfterFunc(in, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.due(it)
		})
		return
	}
	it.timer.Reset(in)
}

// settle sets the timers of all whose freshness has changed. The caller holds mu.
func (s *Store) settle() {
	for _, it := range s.cat.touched {
		s.schedule(it)
	}
	clear(s.cat.touched)
	s.cat.touched = s.cat.touched[:0]
}

// due does what the plan says, if its time has come. The caller holds mu.
func (s *Store) due(it *item) {
	if it.gone {
		return
	}
	now := s.clock.now()
	withheld := !it.fresh.withheld.isZero()
	s.cat.setFresh(it, it.fresh.passed(now))
	if withheld && it.fresh.servable(now) {
		s.cat.lookForKeys(it, now)
	}
	defer s.cat.trim(it) // its keys may have been picked just now
	defer s.settle()
	if s.cat.isIdle(it, now, s.opts.IdleAfter) {
		s.cat.remove(it)
		return
	}
	if ask := it.fresh.ask(it.wanted(), now); it.call() == nil && ask.at.reached(now) {
		s.start(it, single(s.client, it.ref()))
	}
}

// isIdle reports whether nobody has cared for it for long enough, and notes reads.
func (c *catalog) isIdle(it *item, now moment, after time.Duration) bool {
	if it.call() != nil {
		return false
	}
	if it.wanted() {
		it.readAt = now
		return false
	}
	if used := it.used(); used != it.readTick {
		it.readTick, it.readAt = used, now
		c.lru.Add(1) // so that the next read shows
	}
	if it.fresh.held {
		return after > 0 && it.readAt.add(after).reached(now)
	}
	p := it.plan(after, now)
	return p.why == forget && p.at.reached(now)
}

// watchClocks has the two clocks compared from time to time while there are
// values: timers run by the one that stands still while a machine is suspended.
// The caller holds mu.
func (s *Store) watchClocks() {
	if s.watching || s.cat.values == 0 || s.cat.closed {
		return
	}
	s.watching, s.lastLook = true, s.clock.now()
	if s.beat == nil {
		s.beat = time.AfterFunc(s.opts.beatEvery(), s.compareClocks)
		return
	}
	s.beat.Reset(s.opts.beatEvery())
}

// beatEvery is how long a value may be served beyond its age after a machine was
// woken up: a sixtieth of TTL, from one second to five.
func (o *Options) beatEvery() time.Duration {
	return min(max(o.TTL/60, time.Second), 5*time.Second)
}

func (s *Store) compareClocks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	if s.clock.now().sleptSince(s.lastLook) {
		for _, it := range slices.Clone(s.cat.items) { // due may remove several
			s.due(it)
		}
	}
	s.watchClocks()
}
