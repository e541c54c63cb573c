package mock

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/chance"
)

// Failure is an error answer: the exception's name, optionally followed by ": " and the text to send instead of
// AWS's own. Any name that AWS uses will do; the constants are the common ones.
type Failure string

// The failures that clients meet most.
const (
	Throttling         Failure = "ThrottlingException"
	AccessDenied       Failure = "AccessDeniedException"
	KMSDenied          Failure = "AccessDeniedException: Access to KMS is not allowed"
	DecryptionFailure  Failure = "DecryptionFailure"
	InternalError      Failure = "InternalServiceError"
	ServiceUnavailable Failure = "ServiceUnavailableException"
	ExpiredToken       Failure = "ExpiredTokenException"
	NotFound           Failure = "ResourceNotFoundException"
	LimitExceeded      Failure = "LimitExceededException"
)

// text is what AWS says with the failure's code.
func (f Failure) text() string {
	switch f {
	case Throttling:
		return "Rate exceeded"
	case AccessDenied:
		return "User is not authorized to perform this operation."
	case DecryptionFailure:
		return "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
	case "EncryptionFailure":
		return "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state."
	case InternalError:
		return "An error occurred on the server side."
	case ServiceUnavailable:
		return "Service is unavailable."
	case ExpiredToken:
		return "The security token included in the request is expired"
	case "UnrecognizedClientException":
		return "The security token included in the request is invalid."
	case NotFound:
		return "Secrets Manager can't find the specified secret."
	case LimitExceeded:
		return "The request failed because it would exceed one of the Secrets Manager quotas."
	}
	return ""
}

func (f Failure) err() *awserr.Error {
	code, message, ok := strings.Cut(string(f), ": ")
	if !ok {
		message = f.text()
	}
	return awserr.New(code, "%s", message)
}

// Fault is trouble on order. The zero value of a condition means any, of an effect none.
type Fault struct {
	// Operations and Secret say which requests are struck: a secret is named as requests name it, or by its name
	// or ARN.
	Operations []string
	Secret     string
	// Skip lets that many matching requests pass first; Times is how many are struck then, zero for all.
	Skip, Times int
	// Probability strikes that share of the matching requests, by the server's seed; zero means all.
	Probability float64
	// Rate strikes only what exceeds so many requests a second, with a burst of a second's worth.
	Rate float64

	Failure    Failure       // the answer
	Latency    time.Duration // before the answer; it ends early when the client gives up
	Skew       time.Duration // added to the Date header
	RetryAfter time.Duration // sent as x-amz-retry-after, in milliseconds
}

// Inject appends faults to the server's list. A request takes the effects of every fault that matches it, in
// order; of those that decide the answer only the first one counts, and the others are not used up. So a list is
// a script: throttle twice, fail once, then answer.
func (s *Server) Inject(faults ...Fault) {
	s.faults.add(faults)
}

// FailNext makes the next n requests fail, whatever they ask.
func (s *Server) FailNext(n int, f Failure) {
	if n > 0 {
		s.Inject(Fault{Times: n, Failure: f})
	}
}

// faultPlan is the server's list of faults.
type faultPlan struct {
	dice *chance.Source
	mu   sync.Mutex // guards list and what is in it
	list []*ordered
}

// ordered is a fault with what is left of it.
type ordered struct {
	Fault
	seen   int
	tokens float64   // of the bucket that Rate stands for
	filled time.Time // when it was last filled
}

func (p *faultPlan) add(faults []Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range faults {
		p.list = append(p.list, &ordered{Fault: f, tokens: max(f.Rate, 1)})
	}
}

func (p *faultPlan) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = nil
}

// effect is what all the faults together do to one request.
type effect struct {
	err        *awserr.Error
	latency    time.Duration
	skew       time.Duration
	retryAfter time.Duration
}

// strike collects the effects on a request and uses the faults up.
func (p *faultPlan) strike(x *exchange) effect {
	p.mu.Lock()
	defer p.mu.Unlock()
	var e effect
	for _, f := range p.list {
		if f.matches(x) && !(f.decides() && e.err != nil) && f.due(x.now, p.dice) {
			e.add(&f.Fault)
		}
	}
	p.list = slices.DeleteFunc(p.list, (*ordered).spent)
	return e
}

func (e *effect) add(f *Fault) {
	if f.Failure != "" {
		e.err = f.Failure.err()
	}
	e.latency += f.Latency
	e.skew += f.Skew
	e.retryAfter = max(e.retryAfter, f.RetryAfter)
}

// wait lets the latency pass; false means that the client gave up first.
func (e *effect) wait(ctx context.Context) bool {
	if e.latency <= 0 {
		return true
	}
	timer := time.NewTimer(e.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *Fault) decides() bool { return f.Failure != "" }

func (f *Fault) matches(x *exchange) bool {
	if len(f.Operations) > 0 && !slices.Contains(f.Operations, x.op.Name) {
		return false
	}
	if f.Secret == "" {
		return true
	}
	for _, t := range x.about {
		if f.Secret == t.ID || f.Secret == t.Name || f.Secret == t.ARN {
			return true
		}
	}
	return false
}

// due counts a matching request and says whether this one is struck.
func (f *ordered) due(now time.Time, dice *chance.Source) bool {
	if f.Rate > 0 && f.take(now) {
		return false
	}
	if f.Probability > 0 && !dice.Hit(f.Probability) {
		return false
	}
	f.seen++
	return f.seen > f.Skip
}

// take takes a token from the bucket, if there is one.
func (f *ordered) take(now time.Time) bool {
	if !f.filled.IsZero() {
		f.tokens = min(max(f.Rate, 1), f.tokens+f.Rate*now.Sub(f.filled).Seconds())
	}
	f.filled = now
	if f.tokens < 1 {
		return false
	}
	f.tokens--
	return true
}

func (f *ordered) spent() bool { return f.Times > 0 && f.seen >= f.Skip+f.Times }
