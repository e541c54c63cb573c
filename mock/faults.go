package mock

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/wirefault"
)

// Wire is what is wrong with the delivery of an answer. "Cut" means closed without a word, as by a crash.
type Wire string

// The wire troubles. What HTTP/2 forbids becomes its nearest equivalent there.
const (
	HalfBody     Wire = "half-body"        // half the body under the true Content-Length, then cut
	TooLong      Wire = "length-too-long"  // Content-Length promises more than comes before the cut
	TooShort     Wire = "length-too-short" // Content-Length covers half the body, yet all of it is sent
	Hangup       Wire = "hangup"           // cut before the answer
	Reset        Wire = "reset"            // half the body, then a TCP reset
	Stall        Wire = "stall"            // no answer for as long as the client waits
	StallBody    Wire = "stall-body"       // half the body, then nothing for as long as the client waits
	HTML         Wire = "html"             // a proxy's error page with status 502
	EmptyBody    Wire = "empty"            // the answer's status without a body
	GoAway       Wire = "goaway"           // the answer, then GOAWAY (HTTP/2) or Connection: close
	BadHandshake Wire = "handshake-alert"  // TLS: the server refuses the connection; strikes connections, not requests
)

// handshake splits the troubles of TLS handshakes from the rest: beside BadHandshake these are handshake-cut,
// handshake-plain (the answer is HTTP) and handshake-stalled.
func (w Wire) handshake() (wirefault.Handshake, bool) {
	how, ok := strings.CutPrefix(string(w), "handshake-")
	return wirefault.Handshake(how), ok
}

func (w Wire) valid() bool {
	if how, ok := w.handshake(); ok {
		known := []wirefault.Handshake{wirefault.Alert, wirefault.CutHello, wirefault.PlainAnswer, wirefault.StallHello}
		return slices.Contains(known, how)
	}
	return wirefault.Kind(w).Valid()
}

// Fault is what is to befall requests. The zero value of a condition means any, of an effect none.
type Fault struct {
	// Operations and Secret say which requests are struck: a secret is named as requests name it, or by its name
	// or ARN.
	Operations []string
	Secret     string
	// Stage strikes only reads by that staging label; AWSCURRENT also those that name neither label nor version.
	Stage string
	// Skip lets that many matching requests pass first; Times is how many are struck then, zero for all.
	Skip, Times int
	// Probability strikes that share of the matching requests, by the server's seed; zero means all.
	Probability float64
	// Rate strikes only what exceeds so many requests a second, with a burst of a second's worth.
	Rate float64

	Failure    Failure       // the answer
	Wire       Wire          // what goes wrong with the answer's delivery
	Latency    time.Duration // before the answer; it ends early when the client gives up
	Drip       time.Duration // after every piece of the body, of Piece bytes (zero means 1)
	Piece      int
	Skew       time.Duration // added to the Date header
	RetryAfter time.Duration // sent as x-amz-retry-after, in milliseconds
}

// Faults in force, and what each may keep, are bounded: anybody who reaches /_mock/faults adds to them.
const (
	mostFaults     = 1000
	mostOperations = 50
	longestFailure = 1024
)

func (f *Fault) check() error {
	switch _, handshake := f.Wire.handshake(); {
	case !f.Wire.valid():
		return fmt.Errorf("Wire %q is no trouble that the mock knows", f.Wire)
	case handshake && (len(f.Operations) > 0 || f.Secret != "" || f.Stage != "" || f.Skip != 0 || f.Probability != 0 || f.Rate != 0):
		return fmt.Errorf("Wire %q strikes connections and takes no condition but Times", f.Wire)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %v is not between 0 and 1", f.Probability)
	case f.Rate < 0 || f.Skip < 0 || f.Times < 0 || f.Latency < 0 || f.Drip < 0 || f.Piece < 0 || f.RetryAfter < 0:
		return errors.New("a number is negative")
	case !f.decides() && f.Latency == 0 && f.Drip == 0 && f.Skew == 0 && f.RetryAfter == 0:
		return errors.New("it does nothing: give it a Failure, a Wire, or a Latency, Drip, Skew or RetryAfter")
	case len(f.Secret) > longestID || len(f.Stage) > longestID || len(f.Failure) > longestFailure || len(f.Operations) > mostOperations:
		return errors.New("a text or the list of operations is longer than any that makes sense")
	case f.Failure != "" && !f.Failure.named():
		return fmt.Errorf("failure %q does not begin with an exception's name, such as ThrottlingException", f.Failure)
	}
	for _, name := range f.Operations {
		if _, ok := model.Find(name); !ok {
			return fmt.Errorf("operation %q is none of Secrets Manager's", name)
		}
	}
	return nil
}

// Inject appends faults to the server's list. A request takes the effects of every fault that matches it, in
// order; of those that decide the answer (Failure, Wire) only the first one counts, and the others are not used
// up. So a list is a script: throttle twice, fail once, then answer. It fails, and changes nothing, on a fault
// that makes no sense, and when more than 1000 would be in force. Requests that fail their signature check are struck
// by none.
func (s *Server) Inject(faults ...Fault) error {
	for i := range faults {
		if err := faults[i].check(); err != nil {
			return fmt.Errorf("mock: fault %d: %w", i, err)
		}
		if _, handshake := faults[i].Wire.handshake(); handshake && !s.opts.TLS {
			return fmt.Errorf("mock: fault %d: Wire %q needs a server with Options.TLS", i, faults[i].Wire)
		}
	}
	requests := slices.DeleteFunc(slices.Clone(faults), func(f Fault) bool {
		_, handshake := f.Wire.handshake()
		return handshake
	})
	if !s.faults.add(mostFaults, requests...) {
		return fmt.Errorf("mock: more than %d faults would be in force", mostFaults)
	}
	for _, f := range faults {
		if how, ok := f.Wire.handshake(); ok {
			s.listener.Fail(cmp.Or(f.Times, -1), how)
		}
	}
	return nil
}

// ClearFaults ends the faults for which the function reports true, each as it was injected, also by [Server.FailNext];
// nil ends all. Requests already struck stay so. Secrets, records and a [Server.BreakKey] are not touched.
//
//	srv.ClearFaults(func(f mock.Fault) bool { return f.Secret == "db/main" })
func (s *Server) ClearFaults(which func(Fault) bool) {
	if which == nil {
		which = func(Fault) bool { return true }
	}
	s.faults.end(which)
	n, how := s.listener.Failing()
	if n != 0 && which(Fault{Wire: Wire("handshake-" + how), Times: max(n, 0)}) {
		s.listener.Fail(0, "")
	}
}

// FailNext makes the next n requests fail, whatever they ask.
func (s *Server) FailNext(n int, f Failure) {
	if n > 0 {
		s.faults.add(math.MaxInt, Fault{Times: n, Failure: f})
	}
}

// Quotas returns the throttling that AWS documents for an account in a region, for [Server.Inject]: so many requests
// a second of an operation, or of several together.
func Quotas() []Fault {
	limit := func(rate float64, operations ...string) Fault {
		return Fault{Operations: operations, Rate: rate, Failure: Throttling}
	}
	return []Fault{
		limit(10_000, "GetSecretValue"),
		limit(40_000, "DescribeSecret"),
		limit(100, "BatchGetSecretValue"),
		limit(100, "ListSecrets"),
		limit(50, "ListSecretVersionIds"),
		limit(50, "GetRandomPassword"),
		limit(50, "CreateSecret"),
		limit(50, "DeleteSecret"),
		limit(50, "RestoreSecret"),
		limit(50, "RotateSecret", "CancelRotateSecret"),
		limit(50, "TagResource", "UntagResource"),
		limit(50, "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "ReplicateSecretToRegions",
			"RemoveRegionsFromReplication", "StopReplicationToReplica"),
		limit(50, "PutResourcePolicy", "DeleteResourcePolicy", "GetResourcePolicy", "ValidateResourcePolicy"),
	}
}
