package cache

import (
	"errors"

	"wicketkey.internal/fetch"
)

// An order numbers what happens in a Store: a question sets out, an answer is
// taken. Of two answers that contradict each other, one can be known to be the
// newer only if its question set out after the other was taken; otherwise they
// were under way together, and AWS may have made them in either order. So no
// answer is taken whose question set out before
//
//   - the last refusal of its secret, under any spelling: it may be older than the refusal;
//   - the last answer taken for the same stage or version, unless it says the
//     same: it may be older than what readers have seen, though that has left.
//
// Nor is a value taken if the machine slept while it was under way: it may be as old
// as that sleep was long.
//
// The question is asked again instead. A refusal is taken in any case: if it was under
// way together with a value, AWS may be asked again at once, but nothing is served
// until it has answered that with a value. Every taken answer, value or refusal, advances the
// order, so a question that sets out now comes after all of them. A failure that
// is no answer stamps nothing: it says nothing of the secret.
type order uint64

// mostAsks bounds how often one flight asks: each further time takes another
// answer in between.
const mostAsks = 4

// A reach is whom a refusal concerns beside the stage or version that was asked. The
// JSON keys and the spellings of that one are ours, so they are always concerned.
type reach uint8

const (
	reachesAsked  reach = iota // nobody else: there is no such version
	reachesOthers              // the other stages and versions have to be asked themselves: denied by IAM or KMS
	reachesSecret              // the whole secret: not found, deleted, key disabled
)

// reachOf gives the reach of a refusal. A kind that is not named here is taken to
// be of the whole secret, the side to err on.
func reachOf(err error) reach {
	switch {
	case errors.Is(err, fetch.ErrNoVersion):
		return reachesAsked
	case errors.Is(err, fetch.ErrDenied), errors.Is(err, fetch.ErrKMSDenied):
		return reachesOthers
	}
	return reachesSecret
}

// isNews reports whether a refusal is one that was not known, or reaches further than what was.
func isNews(known error, r reach) bool { return !refused(known) || reachOf(known) != r }

// known is what is known when an answer comes.
type known struct {
	freshness
	version  string // of the value; empty for none
	answered order  // the last answer taken for this stage or version
	refused  order  // the last refusal of the secret, or answer for an item of it that has left
}

// answer is how a question ended: with a version, or an error.
type answer struct {
	asked   order  // when it set out,
	at      moment // and by the clocks
	version string
	err     error
}

// A verdict is what is to be made of an answer as such.
type verdict uint8

const (
	take    verdict = iota // it becomes what is known
	again                  // it may be older than what is known: ask once more
	ignored                // it says nothing new: a failure or the same version, and a later question was answered
)

// A decision is everything that follows from an answer.
type decision struct {
	verdict verdict
	next    freshness // until when to serve, when to ask next and why, the error
	reach   reach     // of a refusal
	refused bool      // AWS has refused
	news    bool      // a refusal that was not known, or that reached others
	disk    diskWork
}

// diskWork is what becomes of the disk copy.
type diskWork uint8

const (
	leaveCopy diskWork = iota
	saveCopy
	dropCopy
	loadCopy // there is no value, and AWS cannot answer
)

// decide is the one place where it is decided what follows from an answer.
func decide(k known, a answer, now moment, r rules) decision {
	d := decision{next: k.freshness, refused: refused(a.err)}
	overtaken := a.asked < k.answered
	switch {
	case a.err == nil && (a.asked < k.refused || overtaken && a.version != k.version || now.sleptSince(a.at)):
		d.verdict = again
	case a.err == nil && !overtaken:
		d.next, d.disk = k.accepted(a.at, now, r), saveCopy
	case d.refused:
		d.next, d.reach, d.disk = k.failedWith(a.err, now, r), reachOf(a.err), dropCopy
		d.news = isNews(k.err, d.reach)
		if overtaken {
			d.next.retryAt, d.next.refreshAt = now, now
		}
	case overtaken:
		d.verdict = ignored
	default:
		d.next = k.failedWith(a.err, now, r)
		if !k.held && !refused(k.err) && unanswered(a.err) {
			d.disk = loadCopy
		}
	}
	return d
}

// refused reports whether err is a refusal by the service.
func refused(err error) bool {
	var fe *fetch.Error
	return errors.As(err, &fe) && fe.Refused()
}

// unanswered reports whether err is AWS's trouble and not that of the caller's
// identifier or options.
func unanswered(err error) bool {
	var fe *fetch.Error
	return errors.As(err, &fe) && fe.Unanswered()
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
