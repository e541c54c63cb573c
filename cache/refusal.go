package cache

import (
	"slices"

	"wicketkey.internal/internal/ident"
)

// refuse takes in a refusal of it: whom it concerns beside, and that no answer of an
// earlier question is taken any more.
func (c *catalog) refuse(it *item, asked string, d decision, now moment) {
	var sel selector
	if d.reach == reachesAsked {
		sel = it.sel
	}
	at := c.tick()
	it.answered = at
	sec := it.secret
	c.supersede(append(c.namesOf(sec.arn, sec.name), asked, c.fullName(asked)), sel, stamp{at, now.wall})
	for _, same := range c.sameSecret(sec, asked) {
		news := d.news
		if alike := same.item(it.sel); alike != nil { // AWS may have said yes to it since it was last refused
			news = news || alike.granted || isNews(alike.fresh.err, d.reach)
			alike.granted = false
		}
		for _, other := range same.items {
			switch {
			case other == it:
			case d.reach == reachesSecret || same != sec && other.sel == it.sel:
				c.refuseToo(other, d.next, at)
			case d.reach == reachesOthers && news:
				c.setFresh(other, other.fresh.doubted(now))
			}
		}
	}
	if d.news && d.reach != reachesAsked {
		c.askByName(it, asked, now)
	}
}

// sameSecret are the secrets that a refusal of an identifier is about: as a rule the one that
// was asked. But a question by a name may have found its refusal before it was known
// that the name is a secret's that is kept under its ARN; and where it is not known
// either which account's names are bare, each secret of that name may be it. That
// is the side to err on: it costs the others one question.
func (c *catalog) sameSecret(sec *secret, asked string) []*secret {
	same := []*secret{sec}
	add := func(other *secret) {
		if other != nil && !slices.Contains(same, other) {
			same = append(same, other)
		}
	}
	add(c.byARN[asked])
	add(c.byName[c.fullName(asked)])
	if c.home == "" && accountOf(asked) == "" {
		for _, other := range c.byARN {
			if other.name == asked {
				add(other)
			}
		}
	}
	return same
}

// refuseToo ends an item that was not asked itself.
func (c *catalog) refuseToo(it *item, as freshness, at order) {
	it.answered = at
	f := it.fresh
	f.held, f.err, f.failed, f.retryAt, f.refreshAt, f.withheld = false, as.err, as.failed, as.retryAt, as.refreshAt, moment{}
	f.failures = max(f.failures, as.failures)
	c.setFresh(it, f)
}

// askByName has AWS asked at once by a name of the secret after a refusal of its ARN:
// the name may mean a new one.
func (c *catalog) askByName(it *item, asked string, now moment) {
	sec := it.secret
	id, err := ident.ParseID(asked)
	if err != nil || id.Kind != ident.FullARN || sec.ids[0] != asked {
		return
	}
	for i, other := range sec.ids {
		if parsed, err := ident.ParseID(other); err == nil && parsed.Kind != ident.FullARN {
			sec.ids[0], sec.ids[i] = sec.ids[i], sec.ids[0]
			it.fresh.retryAt, it.fresh.refreshAt = now, now
			return
		}
	}
}
