package cache

import "time"

// A moment is a time by two clocks: the one on the wall, which can be set, and one
// that only runs forward, but stands still while a machine is suspended or its
// snapshot rests. What may be served for so long must not be served longer by
// either. The zero moment is none.
type moment struct {
	wall time.Time
	run  time.Duration // since the store was made
}

func (m moment) isZero() bool { return m.wall.IsZero() }

// add is the moment d later. Beyond what a Duration can say it is as late as can
// be said.
func (m moment) add(d time.Duration) moment {
	run := m.run + d
	if d > 0 && run < m.run {
		run = 1<<63 - 1
	}
	return moment{m.wall.Add(d), run}
}

// awake is the moment at which the machine has been awake for d.
func (m moment) awake(d time.Duration) moment {
	return moment{m.wall.Add(1<<63 - 1), m.run + d}
}

// reached reports whether m has come, by whichever clock is ahead.
func (m moment) reached(now moment) bool {
	return !m.isZero() && (now.run >= m.run || !now.wall.Before(m.wall))
}

// in is how long it is until m, by whichever clock is ahead; zero once reached.
func (m moment) in(now moment) time.Duration {
	return max(0, min(m.run-now.run, m.wall.Sub(now.wall)))
}

// since is how long ago m was, by whichever clock says more.
func (m moment) since(now moment) time.Duration {
	return max(now.run-m.run, now.wall.Sub(m.wall))
}

// sleptSince reports whether the clock on the wall has run ahead of the other since
// m: the machine slept, or the clock was set.
func (m moment) sleptSince(earlier moment) bool {
	return m.wall.Sub(earlier.wall)-(m.run-earlier.run) >= jumped
}

// jumped is by how much the clock on the wall has to run ahead to count as set.
const jumped = time.Second

// past is a moment before now that only the wall's clock has seen.
func (now moment) past(t time.Time) moment {
	return moment{t.Round(0), now.run - now.wall.Sub(t)}
}

// before reports whether m comes first, seen from now. Of two moments yet to come that
// may depend on now: the clocks may say different things.
func (m moment) before(other, now moment) bool { return m.in(now) < other.in(now) }

// clock reads both clocks.
type clock struct {
	start time.Time
	wall  func() time.Time // without the other clock's reading; tests set it
}

func newClock() clock {
	return clock{start: time.Now(), wall: func() time.Time { return time.Now().Round(0) }}
}

func (c *clock) now() moment { return moment{c.wall(), time.Since(c.start)} }
