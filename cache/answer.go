package cache

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"wicketkey.internal/fetch"
)

// accept takes in a yes. The caller holds mu, and e owns secret afterwards.
func (s *Store) accept(e *entry, f *flight, secret *fetch.Secret) {
	if f.started < e.answered {
		// Another question about the same secret, under another spelling, was
		// asked later or answered earlier; this answer may be the older one, and
		// readers have seen the other.
		if sn := e.snap.Load(); sn != nil && sn.version != secret.VersionID() {
			e.next = time.Now() // which of the two is the newer, AWS has to say
		}
		secret.Close()
		return
	}
	e.learn(secret)
	if old := e.snap.Load(); old != nil && old.version == secret.VersionID() && old.arn == secret.ARN() {
		secret.Close()
	} else {
		s.replace(e, newSnapshot(secret))
		s.total.changes++
		s.log(slog.LevelInfo, "wicketkey: secret version in use", "arn", e.arn, "version", secret.VersionID())
	}
	if e.failures > 0 {
		s.log(slog.LevelInfo, "wicketkey: secret answers again", "arn", e.arn, "failures", e.failures)
	}
	e.answered, e.err, e.failures, e.restored = s.events, nil, 0, false
	s.date(e, time.Now())
}

// learn notes what AWS said beside the value.
func (e *entry) learn(secret *fetch.Secret) {
	if e.arn == "" || !secret.Replica() {
		e.arn = secret.ARN()
	}
	e.name, e.region = secret.Name(), secret.Region()
	e.stages, e.created = secret.Stages(), secret.Created()
}

// date works out from the time of a yes until when the value is good.
func (s *Store) date(e *entry, yes time.Time) {
	ttl := s.opts.TTL - time.Duration(rand.Float64()*s.opts.Jitter*float64(s.opts.TTL))
	e.fetched = yes
	e.fresh = yes.Add(ttl)
	e.dies = e.fresh.Add(s.opts.MaxStale)
	ahead := time.Duration(s.opts.RefreshAhead * float64(ttl))
	if ahead < 0 || ahead > ttl { // out of range: the largest float of a Duration is one too large
		ahead = ttl
	}
	e.next = yes.Add(max(ahead, leastAhead))
}

// reject takes in a failure, or a no. The caller holds mu.
func (s *Store) reject(e *entry, f *flight, err error) {
	s.total.failures++
	if f.started < e.answered {
		return // a later question was answered
	}
	now := time.Now()
	again := refused(e.err)
	e.err, e.failed = err, now
	e.failures++
	e.notBefore = now.Add(s.hold(e))
	e.next = e.notBefore
	s.log(slog.LevelWarn, "wicketkey: secret was not fetched", "arn", e.arn, "error", err, "failures", e.failures, "again_in", e.notBefore.Sub(now))
	if refused(err) {
		s.refuse(e, again)
	}
	if !e.kept() {
		e.notify()
	}
}

// refuse ends the serving of e after a clear no.
func (s *Store) refuse(e *entry, again bool) {
	s.total.refusals++
	e.answered = s.events
	s.replace(e, nil)
	s.disown(e)
	arn := e.arn
	if same := s.known(target{ref: e.ref}); same != nil { // it has never answered, but under another spelling
		arn = same.arn
	}
	if arn == "" || errors.Is(e.err, fetch.ErrNoVersion) {
		return
	}
	for _, o := range s.entries {
		if o != e && o.arn == arn && !(again && o.wants() != e.wants()) {
			s.spread(o, e)
		}
	}
}

// spread tells another entry of a secret that was refused. If it is the same
// under another spelling, the no is its own. Another stage or version may well be
// allowed still (policies can tell stages apart), and is asked for at once.
func (s *Store) spread(o, refused *entry) {
	now := time.Now()
	if o.wants() == refused.wants() {
		o.answered, o.err, o.failed = s.events, refused.err, now
		o.failures = max(o.failures, refused.failures)
		o.notBefore, o.next = refused.notBefore, refused.notBefore
		s.replace(o, nil)
	} else if o.next = now; o.notBefore.After(now) {
		o.next = o.notBefore
	}
	s.schedule(o)
}

// wants is what an entry stands for, apart from the secret.
func (e *entry) wants() fetch.Ref {
	ref := e.ref
	ref.ID = ""
	return ref
}

// leastAhead keeps extreme options from asking AWS without a pause.
const leastAhead = time.Second

const (
	firstHold = time.Second
	maxHold   = time.Minute
)

// hold is how long e, which has just failed, is left alone: doubled with each
// failure, capped, drawn from the upper half at random, and never shorter than
// the service asked for.
func (s *Store) hold(e *entry) time.Duration {
	first := firstHold
	if refused(e.err) {
		first = s.opts.NegativeTTL
	}
	d := jittered(doubled(first, e.failures-1))
	var fe *fetch.Error
	if errors.As(e.err, &fe) && fe.RetryAfter > d {
		d = fe.RetryAfter
	}
	return d
}

// doubled is d doubled n times, up to maxHold or d itself.
func doubled(d time.Duration, n int) time.Duration {
	most := max(d, maxHold)
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}

// jittered is a random duration between half of d and d.
func jittered(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d/2)+1))
}

// refused reports whether err is a clear no of the service.
func refused(err error) bool {
	var fe *fetch.Error
	return errors.As(err, &fe) && fe.Refused()
}

// kindOf names the kind of an error, without what it says of the secret.
func kindOf(err error) string {
	var fe *fetch.Error
	switch {
	case err == nil:
		return "not fetched yet"
	case errors.As(err, &fe):
		return fe.Kind.Error()
	}
	return "unknown error"
}
