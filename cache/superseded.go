package cache

import (
	"time"

	"wicketkey.internal/fetch"
)

// A supersededKey is a name of a secret, with the stage or version where only that is
// meant.
type supersededKey struct {
	name string
	sel  selector
}

// A stamp is the last time that a secret was superseded.
type stamp struct {
	at      order     // no answer to a question that set out before is taken,
	refused time.Time // and no copy of a value that AWS was asked for until then, by the clock on the wall
}

func (s stamp) and(other stamp) stamp {
	s.at = max(s.at, other.at)
	if other.refused.After(s.refused) {
		s.refused = other.refused
	}
	return s
}

// supersede sees to it that nothing older is taken for what is called so.
func (c *catalog) supersede(names []string, sel selector, s stamp) {
	for _, name := range names {
		key := supersededKey{name, sel}
		c.superseded[key] = c.superseded[key].and(s)
	}
	c.forgetSuperseded()
}

// outlive has the last answer for an item count on when the item has left: a question
// by another spelling may be under way since before.
func (c *catalog) outlive(it *item) {
	if it.answered > 0 && len(c.calls) > 0 {
		c.supersede(c.namesOf(it.secret.arn, it.secret.name), it.sel, stamp{at: it.answered})
	}
}

// lastSuperseded is what an answer, or a copy, about that is held against. A refusal is
// there at least until the disk has been told of it: its question is under way so long.
func (c *catalog) lastSuperseded(asked string, sel selector, m fetch.Metadata) stamp {
	last := c.doubted
	if len(c.superseded) == 0 {
		return last // as a rule: spare it the names
	}
	for _, name := range append(c.namesOf(m.ARN, m.Name), asked) {
		last = last.and(c.superseded[supersededKey{name, selector{}}]).and(c.superseded[supersededKey{name, sel}])
	}
	return last
}

// While a question is under way, as many names can be refused as somebody asks for. More
// than maxSuperseded are not told apart: what set out before any of them is asked again.
const (
	minSuperseded = 64
	maxSuperseded = 1 << 16 // some 15 MB
)

// forgetSuperseded drops those that no question under way set out before. It looks at
// all only when they have doubled.
func (c *catalog) forgetSuperseded() {
	if len(c.superseded) < max(minSuperseded, c.sweepAt) {
		return
	}
	oldest := c.clock
	for call := range c.calls {
		oldest = min(oldest, call.asked)
	}
	var last stamp
	for k, s := range c.superseded {
		if s.at < oldest {
			delete(c.superseded, k)
			continue
		}
		last = last.and(s)
	}
	if len(c.superseded) > maxSuperseded/2 {
		c.superseded = make(map[supersededKey]stamp)
		c.doubted = stamp{c.clock, last.refused}
	}
	c.sweepAt = 2 * len(c.superseded)
}
