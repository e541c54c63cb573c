package cache

import "wicketkey.internal/fetch"

// A settledKey is a name of a secret, with the stage or version where only that is
// meant.
type settledKey struct {
	name string
	sel  selector
}

// settle sees to it that no answer to a question that set out before is taken.
func (c *catalog) settle(names []string, sel selector, at order) {
	for _, name := range names {
		key := settledKey{name, sel}
		c.settled[key] = max(c.settled[key], at)
	}
	c.forgetSettled()
}

// outlive has the last answer for an item count on when the item has left: a question
// by another spelling may be under way since before.
func (c *catalog) outlive(it *item) {
	if it.answered > 0 && len(c.calls) > 0 {
		c.settle(c.namesOf(it.secret.arn, it.secret.name), it.sel, it.answered)
	}
}

// settledAt is when last what an answer is about was settled.
func (c *catalog) settledAt(asked string, sel selector, m fetch.Metadata) order {
	last := c.doubted
	if len(c.settled) == 0 {
		return last // as a rule: spare it the names
	}
	for _, name := range append(c.namesOf(m.ARN, m.Name), asked) {
		last = max(last, c.settled[settledKey{name, selector{}}], c.settled[settledKey{name, sel}])
	}
	return last
}

// While a question is under way, as many names can be refused as somebody asks for. More
// than maxSettled are not told apart: what set out before any of them is asked again.
const (
	minSettled = 64
	maxSettled = 1 << 16 // some 10 MB
)

// forgetSettled drops those that no question under way set out before. It looks at
// all only when they have doubled.
func (c *catalog) forgetSettled() {
	if len(c.settled) < max(minSettled, c.sweepAt) {
		return
	}
	oldest := c.clock
	for call := range c.calls {
		oldest = min(oldest, call.asked)
	}
	for k, at := range c.settled {
		if at < oldest {
			delete(c.settled, k)
		}
	}
	if len(c.settled) > maxSettled/2 {
		c.settled = make(map[settledKey]order)
		c.doubted = c.clock
	}
	c.sweepAt = 2 * len(c.settled)
}
