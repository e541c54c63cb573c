package cache

import "wicketkey.internal/fetch"

// A supersededKey is a name of a secret, with the stage or version where only that is
// meant.
type supersededKey struct {
	name string
	sel  selector
}

// supersede sees to it that no answer to a question that set out before is taken.
func (c *catalog) supersede(names []string, sel selector, at order) {
	for _, name := range names {
		key := supersededKey{name, sel}
		c.superseded[key] = max(c.superseded[key], at)
	}
	c.forgetSuperseded()
}

// outlive has the last answer for an item count on when the item has left: a question
// by another spelling may be under way since before.
func (c *catalog) outlive(it *item) {
	if it.answered > 0 && len(c.calls) > 0 {
		c.supersede(c.namesOf(it.secret.arn, it.secret.name), it.sel, it.answered)
	}
}

// supersededAt is the order before which a question's answer about that is not taken.
func (c *catalog) supersededAt(asked string, sel selector, m fetch.Metadata) order {
	last := c.doubted
	if len(c.superseded) == 0 {
		return last // as a rule: spare it the names
	}
	for _, name := range append(c.namesOf(m.ARN, m.Name), asked) {
		last = max(last, c.superseded[supersededKey{name, selector{}}], c.superseded[supersededKey{name, sel}])
	}
	return last
}

// While a question is under way, as many names can be refused as somebody asks for. More
// than maxSuperseded are not told apart: what set out before any of them is asked again.
const (
	minSuperseded = 64
	maxSuperseded = 1 << 16 // some 10 MB
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
	for k, at := range c.superseded {
		if at < oldest {
			delete(c.superseded, k)
		}
	}
	if len(c.superseded) > maxSuperseded/2 {
		c.superseded = make(map[supersededKey]order)
		c.doubted = c.clock
	}
	c.sweepAt = 2 * len(c.superseded)
}
