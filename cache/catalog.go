package cache

import (
	"slices"
	"sync/atomic"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// catalog finds what an identifier means, takes in what AWS says of it, and keeps
// all secrets in bounds. Its lock rule is the store's: everything happens under
// Store.mu, but index.get and lru, which readers use without it.
type catalog struct {
	journal
	index      *index
	byID       map[string]*secret // the identifiers that callers have used
	byARN      map[string]*secret // those that AWS has given
	byName     map[string]*secret // the same by account and name; see fullName
	items      []*item
	home       string                  // the account and region of bare names, once AWS has found one
	superseded map[supersededKey]stamp // what set out before is asked again: see supersede
	doubted    stamp                   // what is older may have been refused; see maxSuperseded
	sweepAt    int                     // how many of superseded are gone through for those that can be forgotten
	calls      map[*call]bool          // the questions under way
	clock      order
	closed     bool // nothing is taken in any more

	touched []*item // their freshness has changed, so that the store has to set their timers

	rules  rules
	decide func(known, answer, moment, rules) decision // decide; tests put faults back
	lru    atomic.Uint64                               // lruClock: moves with each miss; see entry.touch

	maxSecrets, maxBytes int
	values, bytes        int    // at present
	hits                 uint64 // of snapshots that were retired, and by new spellings
}

func newCatalog(o *Options) *catalog {
	c := &catalog{
		journal: journal{logger: o.Logger},
		index:   newIndex(o.MaxSecrets), byID: make(map[string]*secret), byARN: make(map[string]*secret),
		byName: make(map[string]*secret), superseded: make(map[supersededKey]stamp), calls: make(map[*call]bool), rules: rulesOf(o), decide: decide,
		maxSecrets: o.MaxSecrets, maxBytes: o.MaxBytes,
	}
	c.lru.Store(1)
	return c
}

// tick advances the order of events.
func (c *catalog) tick() order {
	c.clock++
	return c.clock
}

// maxIDs bounds the identifiers that lead to one secret: names with any suffix
// can. maxMissing bounds the keys that one value is asked for in vain.
const (
	maxIDs     = 16
	maxMissing = 16
)

// A target is an identifier as a caller wrote it, and what it means.
type target struct {
	id  string
	ref fetch.Ref
}

// target reads an identifier.
func (o *Options) target(id string) (target, error) {
	ref, err := fetch.ParseRef(id)
	if err != nil {
		return target{}, err
	}
	if ref.Stage == "" && ref.VersionID == "" {
		ref.Stage = o.Stage
	}
	return target{id: id, ref: ref}, nil
}

func (t target) sel() selector { return selector{t.ref.Stage, t.ref.VersionID} }

// find returns the entry that t means, a new one if need be.
func (c *catalog) find(t target, now moment) *entry {
	e := c.index.get(t.id)
	if e == nil {
		sec := c.meant(t.ref.ID)
		if sec.item(t.sel()) == nil {
			c.forget(1)
			sec = c.meant(t.ref.ID) // that may have been the last item of it
		}
		if sec == nil {
			sec = &secret{}
		}
		c.call(sec, t.ref.ID)
		it := c.item(sec, t.sel(), now)
		e = c.entry(it, t.ref.Key, now)
		c.spell(e, spelling{id: t.id, named: t.ref.ID})
	}
	e.touch(c.lru.Load())
	return e
}

// look is find for who makes nothing new; nil for none.
func (c *catalog) look(t target) *entry {
	if e := c.index.get(t.id); e != nil {
		return e
	}
	if it := c.meant(t.ref.ID).item(t.sel()); it != nil {
		return it.entry(t.ref.Key)
	}
	return nil
}

// meant returns the secret that an identifier is known to mean, or nil. A name,
// and an ARN without its suffix, is looked up among the names of its account; bare
// names belong to the account in which AWS has found one.
func (c *catalog) meant(id string) *secret {
	if sec := c.byID[id]; sec != nil {
		return sec
	}
	if sec := c.byARN[id]; sec != nil {
		return sec
	}
	return c.byName[c.fullName(id)]
}

// fullName is an ARN without its random suffix; empty where an identifier does not
// tell, and for a full ARN, which AWS takes for one.
func (c *catalog) fullName(id string) string {
	parsed, err := ident.ParseID(id)
	switch {
	case err != nil || parsed.Kind == ident.FullARN || parsed.Kind == ident.BareName && c.home == "":
		return ""
	case parsed.Kind == ident.BareName:
		return nameIn(c.home, id)
	}
	return id
}

// call notes that an identifier leads to a secret.
func (c *catalog) call(sec *secret, id string) {
	if c.byID[id] == sec {
		return
	}
	if len(sec.ids) >= maxIDs {
		c.uncall(sec, sec.oldest())
	}
	sec.ids = append(sec.ids, id)
	c.byID[id] = sec
}

// oldest is the identifier that leaves first: not the one that AWS is asked by,
// nor one that was prefetched while there is another.
func (sec *secret) oldest() string {
	for _, id := range sec.ids[1:] {
		if !sec.needed(id) {
			return id
		}
	}
	return sec.ids[1]
}

// needed reports whether anything was prefetched by an identifier.
func (sec *secret) needed(id string) bool {
	by := func(a spelling) bool { return a.needed && a.named == id }
	return slices.ContainsFunc(sec.items, func(it *item) bool {
		return it.any(func(e *entry) bool { return slices.ContainsFunc(e.spellings, by) })
	})
}

// uncall forgets an identifier, with the spellings that have it, which it returns
// by entry.
func (c *catalog) uncall(sec *secret, id string) map[*entry][]spelling {
	if c.byID[id] == sec {
		delete(c.byID, id)
	}
	sec.ids = slices.DeleteFunc(sec.ids, func(other string) bool { return other == id })
	taken := make(map[*entry][]spelling)
	for _, it := range sec.items {
		for _, e := range it.entries() {
			if s := c.unspell(e, func(a spelling) bool { return a.named == id }); len(s) > 0 {
				taken[e] = s
			}
		}
	}
	return taken
}

// item returns the secret's item for a selector, a new one if need be.
func (c *catalog) item(sec *secret, sel selector, now moment) *item {
	if it := sec.item(sel); it != nil {
		return it
	}
	it := &item{secret: sec, sel: sel, place: len(c.items), readAt: now}
	it.root = c.newEntry(it, "")
	it.readTick = it.root.used.Load()
	sec.items = append(sec.items, it)
	c.items = append(c.items, it)
	return it
}

func (c *catalog) newEntry(it *item, key string) *entry {
	e := &entry{item: it, key: key}
	e.used.Store(c.lru.Add(1)) // later than every read so far
	c.lru.Add(1)               // and earlier than every read from now on
	return e
}

// entry returns the item's entry for a key, a new one if need be.
func (c *catalog) entry(it *item, key string, now moment) *entry {
	if e := it.entry(key); e != nil {
		return e
	}
	c.forgetKeys(it)
	e := c.newEntry(it, key)
	it.keys = append(it.keys, e)
	c.pick(e, now)
	return e
}

// spell makes a spelling lead to e.
func (c *catalog) spell(e *entry, a spelling) {
	c.index.put(a.id, e)
	e.spellings = append(e.spellings, a)
}

// unspell takes spellings from e, and returns them.
func (c *catalog) unspell(e *entry, drop func(spelling) bool) (taken []spelling) {
	kept := e.spellings[:0]
	for _, a := range e.spellings {
		if !drop(a) {
			kept = append(kept, a)
			continue
		}
		c.index.remove(a.id, e)
		taken = append(taken, a)
	}
	e.spellings = kept
	return taken
}

// remove drops an item, and wipes its value once nobody reads it.
func (c *catalog) remove(it *item) {
	c.outlive(it)
	c.replace(it, nil)
	for _, e := range it.entries() {
		c.unspell(e, func(spelling) bool { return true })
	}
	c.detach(it)
	sec := it.secret
	sec.items = slices.DeleteFunc(sec.items, func(other *item) bool { return other == it })
	if len(sec.items) == 0 {
		c.unfile(sec)
		for _, id := range sec.ids {
			if c.byID[id] == sec {
				delete(c.byID, id)
			}
		}
	}
}

// detach takes an item out of the list of all.
func (c *catalog) detach(it *item) {
	last := len(c.items) - 1
	c.items[last].place = it.place
	c.items[it.place] = c.items[last]
	c.items[last] = nil
	c.items = c.items[:last]
	it.gone = true
	if it.timer != nil {
		it.timer.Stop()
	}
	it.notify()
}
