package cache

import (
	"log/slog"

	"wicketkey.internal/fetch"
)

// A reply is how a question ended: with a Secret, or an error.
type reply struct {
	secret *fetch.Secret
	meta   fetch.Metadata // of secret
	err    error
}

func replyOf(secret *fetch.Secret, err error) reply {
	r := reply{secret: secret, err: err}
	if secret != nil {
		r.meta = metaOf(secret)
	}
	return r
}

func metaOf(secret *fetch.Secret) fetch.Metadata {
	return fetch.Metadata{ARN: secret.ARN(), Name: secret.Name(), VersionID: secret.VersionID(), Stages: secret.Stages(),
		Created: secret.Created(), Region: secret.Region(), Replica: secret.Replica()}
}

// judge decides what follows from the reply to a question. The caller holds mu.
func (c *catalog) judge(q *call, r reply, now moment) decision {
	it := q.item.current()
	a := answer{asked: q.asked, at: q.askedAt, version: r.meta.VersionID, err: r.err}
	k, other := it.known(), it
	if r.secret != nil {
		other = c.receiver(it, r.meta)
		switch {
		case other == nil:
			k = known{answered: it.answered}
		case other != it:
			k = other.known()
			k.answered = max(k.answered, it.answered)
		}
		k.refused = c.lastSuperseded(q.ref.ID, it.sel, r.meta).at
	}
	d := c.decide(k, a, now, c.rules)
	if d.verdict == again && other != nil {
		other.granted = true
	}
	it.granted = it.granted || d.verdict == again
	d.news = d.news || d.refused && it.granted
	return d
}

// asksAgain reports whether the answer to a question, put for the nth time, may be
// older than what is known, so that it sets out anew.
func (c *catalog) asksAgain(q *call, d decision, n int, now moment) bool {
	if d.verdict != again || n >= mostAsks || c.closed {
		return false
	}
	q.asked, q.askedAt = c.tick(), now
	c.total.flights++
	return true
}

// takeIn makes the answer to a question what is known: of the item that it turns out
// to be about, with what those who wait are told.
func (c *catalog) takeIn(q *call, d decision, r reply, copied diskCopy, now moment) (it *item, err error) {
	it, err = q.item.current(), r.err
	defer func() {
		_ = r.secret.Close()
		_ = copied.secret.Close()
	}()
	switch {
	case c.closed:
		return it, closed(q.ref.ID)
	case d.verdict == again:
		it.fresh.refreshAt = now.add(minBackoff)
		return it, overtaken(q.ref.ID)
	}
	if err != nil {
		c.total.failures++
	}
	switch {
	case d.verdict == ignored:
		if it.fresh.refreshAt.isZero() {
			it.fresh.refreshAt = now
		}
	case err == nil:
		it = c.accept(it, q.ref.ID, d, r, now)
		r.secret = nil
	default:
		it = c.reject(it, q.ref.ID, d, copied, now)
		copied = diskCopy{}
	}
	return it, err
}

// accept takes in a value, and the secret.
func (c *catalog) accept(it *item, asked string, d decision, r reply, now moment) *item {
	m := r.meta
	it = c.identify(it, asked, m, now)
	failures, old := it.fresh.failures, it.value
	it.answered = c.tick()
	it.describe(m)
	if old != nil && old.version == m.VersionID && old.arn == m.ARN {
		c.setFresh(it, d.next)
		_ = r.secret.Close()
	} else {
		it.fresh = d.next
		c.replace(it, newSnapshot(r.secret))
		c.total.changes++
		c.log(slog.LevelInfo, "wicketkey: secret version in use", "arn", it.meta.ARN, "version", m.VersionID)
	}
	c.lookForKeys(it, now)
	if failures > 0 {
		c.log(slog.LevelInfo, "wicketkey: secret answers again", "arn", it.meta.ARN, "failures", failures)
	}
	return it
}

// reject takes in a failure, or a refusal, and with a failure the disk copy if there is
// one.
func (c *catalog) reject(it *item, asked string, d decision, copied diskCopy, now moment) *item {
	c.setFresh(it, d.next)
	c.log(slog.LevelWarn, "wicketkey: secret was not fetched", "arn", it.meta.ARN, "error", d.next.err,
		"failures", d.next.failures, "again_in", d.next.retryAt.in(now), "state", d.next.phase(now))
	if d.refused {
		c.total.refusals++
		c.refuse(it, asked, d, now)
		_ = copied.secret.Close()
	} else if copied.secret != nil {
		it = c.restore(it, asked, copied, now)
	}
	if it.value == nil {
		it.notify()
	}
	return it
}
