package cache

import (
	"errors"
	"math/rand/v2"
	"time"

	"wicketkey.internal/fetch"
)

// freshness is what a Store knows of the age of one value, and the state machine
// of the package doc: a value type without lock, map or clock.
type freshness struct {
	held       bool   // there is a value
	fetched    moment // when the question set out that got the last value
	freshUntil moment
	staleUntil moment // until when it may be served at all
	refreshAt  moment // when to ask in the background
	withheld   moment // until when it is not served; zero: it is
	restored   bool   // it comes from the disk copy

	err      error // of the last question; nil after a value
	failed   moment
	failures int    // in a row
	retryAt  moment // nobody asks earlier
}

// rules are the options that decide on freshness.
type rules struct {
	ttl, maxStale, negativeTTL time.Duration
	jitter, ahead              float64
	draw                       func() float64 // at random from [0, 1)
}

func rulesOf(o *Options) rules {
	return rules{ttl: o.TTL, maxStale: o.MaxStale, negativeTTL: o.NegativeTTL, jitter: o.Jitter, ahead: o.RefreshAhead, draw: rand.Float64}
}

// phase is the state that f is in. The names are those of State.Phase, of the log
// and of the docs.
func (f freshness) phase(now moment) string {
	switch {
	case !f.held && f.err == nil:
		return "empty"
	case !f.held && refused(f.err):
		return "refused"
	case !f.held:
		return "failing"
	case !f.withheld.isZero():
		return "withheld"
	case f.freshUntil.reached(now):
		return "stale"
	}
	return "fresh"
}

// servable reports whether there is a value that readers may be given.
func (f freshness) servable(now moment) bool {
	return f.held && f.withheld.isZero() && !f.staleUntil.reached(now)
}

// accepted is f after a value for a question that set out at the time asked: when
// after that AWS made the answer is not known, so the value's age counts from there.
func (f freshness) accepted(asked, now moment, r rules) freshness {
	f = freshness{held: true}.dated(asked, r)
	if f.refreshAt.in(now) < leastAhead {
		f.refreshAt = now.add(leastAhead)
	}
	return f
}

// dated works out from when AWS was asked until when the value is good.
func (f freshness) dated(asked moment, r rules) freshness {
	ttl := r.ttl - time.Duration(r.draw()*r.jitter*float64(r.ttl))
	f.fetched = asked
	f.freshUntil = asked.add(ttl)
	f.staleUntil = f.freshUntil.add(r.maxStale)
	ahead := time.Duration(r.ahead * float64(ttl))
	if ahead < 0 || ahead > ttl { // out of range: the largest float of a Duration is one too large
		ahead = ttl
	}
	f.refreshAt = asked.add(ahead)
	return f
}

// copied is f, which has no value, with one that AWS was asked for at an earlier time.
func (f freshness) copied(asked moment, r rules) freshness {
	f.held, f.restored, f.withheld = true, true, moment{}
	f = f.dated(asked, r)
	if f.failures > 0 {
		f.refreshAt = f.retryAt
	}
	return f
}

// failed is f after a question without a value for answer. A refusal ends the
// value; anything else leaves it to be served for as long as it may.
func (f freshness) failedWith(err error, now moment, r rules) freshness {
	f.err, f.failed = err, now
	f.failures++
	f.retryAt = now.add(r.backoff(err, f.failures))
	f.refreshAt = f.retryAt
	if refused(err) {
		f.held, f.withheld = false, moment{}
	}
	return f
}

// doubted is f after another stage or version of the secret was denied: AWS is to
// be asked at once, and the value is not served until it has said, or could not
// say within a while.
func (f freshness) doubted(now moment) freshness {
	if !f.held {
		return f
	}
	f.withheld = now.awake(verifyWithin)
	f.refreshAt = now
	if !f.retryAt.reached(now) && f.failures > 0 {
		f.refreshAt = f.retryAt
	}
	return f
}

// passed is f once what falls due with time alone has been done.
func (f freshness) passed(now moment) freshness {
	if f.withheld.reached(now) {
		f.withheld = moment{}
	}
	if f.held && f.staleUntil.reached(now) {
		f.held, f.withheld = false, moment{}
	}
	return f
}

// suppressed reports whether AWS is not to be asked again yet.
func (f freshness) suppressed(now moment) bool { return f.failures > 0 && !f.retryAt.reached(now) }

// verifyWithin bounds how long a value is withheld while AWS cannot be asked
// about it: as long as a refresh may take.
const verifyWithin = laterBudget

// leastAhead keeps extreme options, and answers that take as long as a value may be
// kept, from asking AWS without a pause.
const leastAhead = time.Second

// A plan is the next thing that time brings, and why. It is the one source for
// the timer, for what is due, and for State.
type plan struct {
	at  moment
	why reason
}

type reason string

const (
	nothing reason = ""
	refresh reason = "refresh" // before the value grows old
	retry   reason = "retry"   // after a question in vain
	verify  reason = "verify"  // another stage was denied
	resume  reason = "resume"  // AWS could not be asked: serve again what was withheld
	expire  reason = "expire"  // the value is too old to be served
	idle    reason = "idle"    // nobody reads it
	forget  reason = "forget"  // nobody asks for what has no value
)

func (p plan) isNone() bool { return p.why == nothing }

// sooner is the earlier of two plans.
func (p plan) sooner(q plan, now moment) plan {
	if p.isNone() || !q.isNone() && q.at.before(p.at, now) {
		return q
	}
	return p
}

// ask is when AWS is asked next in the background, for a value that is at hand or
// wanted: never, where the value ends first and nobody wants it.
func (f freshness) ask(wanted bool, now moment) plan {
	if f.refreshAt.isZero() { // not asked yet: whoever wants it asks
		return plan{}
	}
	if !wanted && !(f.held && f.refreshAt.before(f.staleUntil, now)) {
		return plan{}
	}
	why := refresh
	switch {
	case !f.withheld.isZero():
		why = verify
	case f.failures > 0:
		why = retry
	}
	return plan{f.refreshAt, why}
}

// end is when the value's standing changes with time alone.
func (f freshness) end(now moment) plan {
	if !f.held {
		return plan{}
	}
	p := plan{f.staleUntil, expire}
	if !f.withheld.isZero() {
		p = p.sooner(plan{f.withheld, resume}, now)
	}
	return p
}

const (
	minBackoff = time.Second
	maxBackoff = time.Minute
)

// backoff is how long a question that failed so many times in a row is left
// alone: doubled with each failure, capped, drawn from the upper half at random,
// and never shorter than the service asked for.
func (r rules) backoff(err error, failures int) time.Duration {
	first := minBackoff
	if refused(err) {
		first = r.negativeTTL
	}
	d := r.jittered(doubled(first, failures-1))
	var fe *fetch.Error
	if errors.As(err, &fe) && fe.RetryAfter > d {
		d = fe.RetryAfter
	}
	return d
}

// jittered is a random duration between half of d and d.
func (r rules) jittered(d time.Duration) time.Duration {
	return d - time.Duration(r.draw()*float64(d/2))
}

// doubled is d doubled n times, up to maxBackoff or d itself.
func doubled(d time.Duration, n int) time.Duration {
	most := max(d, maxBackoff)
	for ; n > 0 && d < most; n-- {
		d *= 2
	}
	return min(d, most)
}
