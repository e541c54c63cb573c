package cache

import (
	"cmp"
	"slices"

	"wicketkey.internal/fetch"
)

// replace makes sn, or nothing, the item's value in place of the one that it has,
// and picks its keys anew.
func (c *catalog) replace(it *item, sn *snapshot) {
	old := it.value
	if old == nil && sn == nil {
		return
	}
	it.value = sn
	if old != nil {
		c.values--
		c.bytes -= len(old.value)
	}
	if sn != nil {
		c.values++
		c.bytes += len(sn.value)
	} else {
		it.official = nil // 2 KB for an item that has nothing to show
	}
	c.show(it)
	if old != nil {
		c.retire(old)
	}
}

func (c *catalog) retire(sn *snapshot) {
	sn.retire()
	c.hits += sn.hits()
}

// show has readers given the item's value and its keys, or nothing where there is
// none or it is withheld.
func (c *catalog) show(it *item) {
	sn := it.value
	if !it.fresh.withheld.isZero() {
		sn = nil
	}
	it.root.snap.Store(sn)
	for _, e := range it.keys {
		c.setKey(e, sn)
	}
	it.notify()
}

// setKey has readers of a key given what it is in a whole value, or nothing.
func (c *catalog) setKey(e *entry, whole *snapshot) {
	var sn *snapshot
	if whole != nil {
		key, err := whole.secret.Key(e.key)
		if err == nil {
			sn = newSnapshot(key)
			e.err, e.failures = nil, 0
			c.bytes += len(sn.value)
		} else {
			e.err = err
		}
	}
	if old := e.snap.Swap(sn); old != nil {
		c.bytes -= len(old.value)
		c.retire(old)
	}
}

// pick looks for a key that has not been found so far, after an answer or for a
// new entry: the further it is looked for in vain, the more rarely AWS is asked.
func (c *catalog) pick(e *entry, now moment) {
	it := e.item
	if it.value == nil || !it.fresh.servable(now) {
		return
	}
	if e.snap.Load() == nil && e.err == nil {
		c.setKey(e, it.value)
	}
	if e.err != nil {
		e.failures++
		e.retryAt = now.add(c.rules.jittered(doubled(c.rules.negativeTTL, e.failures-1)))
	}
}

// lookForKeys is pick for all keys that are not served, after an answer.
func (c *catalog) lookForKeys(it *item, now moment) {
	for _, e := range it.keys {
		if e.snap.Load() == nil {
			c.pick(e, now)
		}
	}
}

// keyError is why a key is not served, for its reader.
func keyError(t target, err error) error {
	if fe, ok := err.(*fetch.Error); ok {
		named := *fe
		named.ID = t.ref.ID
		return &named
	}
	return err
}

// trim brings the values back within bounds, by dropping those least recently
// read. The value of it, which has just grown, goes first if it can never fit.
func (c *catalog) trim(it *item) {
	if it.bytes() > c.maxBytes && !it.gone && !it.wanted() && it.call() == nil {
		c.remove(it)
		c.total.evictions++
	}
	for c.values > c.maxSecrets || c.bytes > c.maxBytes {
		victim := c.oldest(func(it *item) bool { return it.value != nil })
		if victim == nil {
			return // the rest is wanted, or being asked for: the end of a flight comes back here
		}
		c.remove(victim)
		c.total.evictions++
	}
}

// forget makes room for so many more items without a value. Those have a bound of their
// own, so that names which give nothing never displace a value.
func (c *catalog) forget(room int) {
	for len(c.items)-c.values+room > c.maxSecrets {
		it := c.oldest(func(it *item) bool { return it.value == nil })
		if it == nil {
			return // the rest is wanted, or being asked for
		}
		c.remove(it)
	}
}

// oldest returns the item least recently read among those that match, have no
// question under way and are not wanted in any case (evicted, those would be
// fetched again at once, for ever). It looks at all of them, which costs less
// than the call to AWS that it makes room for, and spares readers the keeping of
// an order.
func (c *catalog) oldest(match func(*item) bool) *item {
	var found *item
	var used uint64
	for _, it := range c.items {
		if it.call() != nil || !match(it) || it.wanted() {
			continue
		}
		if u := it.used(); found == nil || u < used {
			found, used = it, u
		}
	}
	return found
}

// forgetKeys makes room for a key that may not be there, and drops what came while a
// question was under way: who waits for it waits for an entry.
func (c *catalog) forgetKeys(it *item) {
	if it.call() != nil {
		return
	}
	var missing []*entry
	for _, e := range it.keys {
		if e.snap.Load() == nil && !e.wanted() {
			missing = append(missing, e)
		}
	}
	if len(missing) < maxMissing {
		return
	}
	slices.SortFunc(missing, func(a, b *entry) int { return cmp.Compare(b.used.Load(), a.used.Load()) })
	for _, e := range missing[maxMissing-1:] {
		c.unspell(e, func(spelling) bool { return true })
	}
	it.keys = slices.DeleteFunc(it.keys, func(e *entry) bool { return slices.Contains(missing[maxMissing-1:], e) })
}

// setFresh sets what is known of an item's age, and drops or withholds the value
// accordingly.
func (c *catalog) setFresh(it *item, f freshness) {
	shown := it.fresh.withheld.isZero()
	it.fresh = f
	c.touched = append(c.touched, it)
	switch {
	case !f.held:
		c.replace(it, nil)
	case f.withheld.isZero() != shown:
		c.show(it)
	}
}
