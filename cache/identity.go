package cache

import (
	"slices"
	"strings"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// receiver is the item that an answer to it is about, nil where that has to be
// made yet. It changes nothing.
func (c *catalog) receiver(it *item, m fetch.Metadata) *item {
	if m.ARN == "" || m.Replica {
		return it
	}
	owner := c.byARN[m.ARN]
	if owner == nil && it.secret.arn == "" || owner == it.secret {
		return it
	}
	return owner.item(it.sel)
}

// identify files an answer to it under what AWS says it is, and returns the item
// that it belongs to.
//
// Where another secret has that ARN, the two are one. Where it's secret had
// another ARN, the name means a new secret by now: the names go over to that one,
// and the old ARN stays behind without a value.
func (c *catalog) identify(it *item, asked string, m fetch.Metadata, now moment) *item {
	if m.ARN == "" || m.Replica {
		return it // it says nothing of what is where it was to be asked
	}
	if accountOf(asked) == "" {
		c.home = accountOf(m.ARN)
	}
	sec, owner := it.secret, c.byARN[m.ARN]
	switch {
	case owner == sec:
		return it
	case owner == nil && sec.arn == "" && !slices.ContainsFunc(sec.ids, func(id string) bool { return contradicts(id, m) }):
		c.file(sec, m)
		c.adopt(sec, m, now)
		return it
	case owner == nil:
		owner = &secret{}
		c.file(owner, m)
	}
	c.move(sec, owner, m, now)
	c.adopt(owner, m, now)
	return c.item(owner, it.sel, now)
}

// contradicts reports whether an identifier is the ARN of another secret. Names
// may come to mean another secret; ARNs never do.
func contradicts(id string, m fetch.Metadata) bool {
	parsed, err := ident.ParseID(id)
	if err != nil || parsed.Kind != ident.FullARN || id == m.ARN {
		return false
	}
	partial, ok := ident.TrimSuffix(m.ARN, m.Name)
	return !ok || id != partial // a name may end like the suffix of an ARN
}

// accountOf returns the part of an ARN before the secret's name: partition,
// service, region and account. It is empty for a name.
func accountOf(arn string) string {
	account, _, ok := strings.Cut(arn, ":secret:")
	if !ok {
		return ""
	}
	return account
}

// nameIn is the ARN of a name in an account, without its random suffix.
func nameIn(account, name string) string { return account + ":secret:" + name }

// file makes a secret known by what AWS calls it.
func (c *catalog) file(sec *secret, m fetch.Metadata) {
	sec.arn, sec.name = m.ARN, m.Name
	c.byARN[m.ARN] = sec
	c.byName[nameIn(accountOf(m.ARN), m.Name)] = sec
}

func (c *catalog) unfile(sec *secret) {
	if sec.arn == "" {
		return
	}
	if c.byARN[sec.arn] == sec {
		delete(c.byARN, sec.arn)
	}
	if name := nameIn(accountOf(sec.arn), sec.name); c.byName[name] == sec {
		delete(c.byName, name)
	}
	sec.arn = ""
}

// adopt takes in those identifiers of a secret that were asked by before it was
// known whose they are, questions under way and refusals included: there is one
// object for what AWS calls one secret. A value comes after a refusal that it meets here,
// or it would not have been taken.
func (c *catalog) adopt(sec *secret, m fetch.Metadata, now moment) {
	for _, id := range c.namesOf(m.ARN, m.Name) {
		if c.home == "" && accountOf(id) == "" {
			continue // it may be a name of another account's
		}
		if from := c.byID[id]; from != nil && from != sec && from.arn == "" {
			c.move(from, sec, m, now)
		}
	}
}

// namesOf are the identifiers by which a secret may go: its ARN, that without the
// suffix, and its name unless names are of another account.
func (c *catalog) namesOf(arn, name string) []string {
	account := accountOf(arn)
	if account == "" {
		return nil
	}
	names := []string{arn, nameIn(account, name)}
	if c.home == "" || c.home == account {
		names = append(names, name)
	}
	return names
}

// move hands the identifiers of a secret to another one, but for those that
// contradict it, which stay behind without a value. Entries are made anew: a
// reader who has found one by an identifier that stays must not see the other's
// value through it.
func (c *catalog) move(from, to *secret, m fetch.Metadata, now moment) {
	for _, id := range slices.Clone(from.ids) {
		if contradicts(id, m) {
			continue
		}
		taken := c.uncall(from, id)
		c.call(to, id)
		for e, spellings := range taken {
			target := c.entry(c.item(to, e.item.sel, now), e.key, now)
			target.touch(max(target.used.Load(), e.used.Load()))
			for _, a := range spellings {
				c.spell(target, a)
			}
		}
	}
	c.unfile(from)
	left := len(from.ids) > 0
	for _, it := range slices.Clone(from.items) {
		it.answered = c.tick()
		c.setFresh(it, freshness{refreshAt: now})
		if !left {
			c.succeed(it, c.item(to, it.sel, now))
		}
	}
	for _, it := range to.items {
		f := it.fresh
		if f == (freshness{}) {
			f.refreshAt = now // made just now
		}
		c.setFresh(it, f) // to be asked in time if it is wanted by now
	}
}

// succeed removes an item in favour of another, which takes over the questions
// under way and those who wait for them.
func (c *catalog) succeed(it, by *item) {
	for _, e := range it.entries() {
		c.entry(by, e.key, by.readAt) // for those who wait
	}
	by.calls, it.calls = append(by.calls, it.calls...), nil
	c.remove(it)
	it.into = by
}
