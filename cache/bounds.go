package cache

import "time"

// admit makes an entry. The caller holds mu.
func (s *Store) admit(t target) *entry {
	s.forgetOne()
	e := &entry{ref: t.ref, place: len(s.entries), readAt: time.Now()}
	e.used.Store(s.tick.Add(1)) // later than every read so far
	e.readTick = e.used.Load()
	s.entries = append(s.entries, e)
	s.tick.Add(1) // and earlier than every read from now on
	return e
}

// remove drops e, and wipes its value once nobody reads it. The caller holds mu.
func (s *Store) remove(e *entry) {
	s.replace(e, nil)
	s.unfile(e)
	s.unalias(e, func(alias) bool { return true })
	last := len(s.entries) - 1
	s.entries[last].place = e.place
	s.entries[e.place] = s.entries[last]
	s.entries[last] = nil
	s.entries = s.entries[:last]
	e.gone = true
	if e.timer != nil {
		e.timer.Stop()
	}
	e.notify()
}

// replace makes sn, or nothing, e's value in place of the one that it has.
func (s *Store) replace(e *entry, sn *snapshot) {
	old := e.snap.Load()
	if old == nil && sn == nil {
		return
	}
	e.snap.Store(sn)
	if old != nil {
		s.total.values--
		s.total.bytes -= len(old.value)
		old.retire()
		s.total.hits += old.hits()
	}
	if sn != nil {
		s.total.values++
		s.total.bytes += len(sn.value)
	} else {
		e.official = nil // 2 KB for an entry that has nothing to show
	}
	e.notify()
}

// trim brings the values back within bounds, by dropping those least recently
// read. The value of e, which has just come in, goes first if it can never fit.
func (s *Store) trim(e *entry) {
	if sn := e.snap.Load(); sn != nil && len(sn.value) > s.opts.MaxBytes && !e.wanted() && e.flight == nil {
		s.evict(e)
	}
	for s.total.values > s.opts.MaxSecrets || s.total.bytes > s.opts.MaxBytes {
		victim := s.oldest((*entry).kept)
		if victim == nil {
			return // the rest is wanted, or being asked for: the end of a flight comes back here
		}
		s.evict(victim)
	}
}

func (s *Store) evict(e *entry) {
	s.total.evictions++
	s.remove(e)
}

// forgetOne makes room for an entry without a value. Those have a bound of their
// own, so that names which give nothing never displace a value.
func (s *Store) forgetOne() {
	if len(s.entries)-s.total.values < s.opts.MaxSecrets {
		return
	}
	if e := s.oldest(func(e *entry) bool { return !e.kept() }); e != nil {
		s.remove(e)
	}
}

// oldest returns the entry least recently read among those that match, have no
// flight under way and are not wanted in any case (evicted, those would be
// fetched again at once, for ever). It looks at all of them, which costs less
// than the call to AWS that it makes room for, and spares readers the keeping of
// an order.
func (s *Store) oldest(match func(*entry) bool) *entry {
	var found *entry
	for _, e := range s.entries {
		if e.flight != nil || e.wanted() || !match(e) {
			continue
		}
		if found == nil || e.used.Load() < found.used.Load() {
			found = e
		}
	}
	return found
}
