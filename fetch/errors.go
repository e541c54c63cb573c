package fetch

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What can go wrong, for errors.Is. Each error of this package is an [*Error]
// that matches exactly one of these and carries the detail and the remedy.
var (
	ErrBadIdentifier = errors.New("not a secret's name or ARN")
	ErrNoRegion      = errors.New("no AWS region")
	ErrNoCredentials = errors.New("no usable AWS credentials") // missing, expired, not accepted, or the clock is off
	ErrDenied        = errors.New("access denied")
	ErrKMSDenied     = errors.New("access to the KMS key denied")
	ErrKeyDisabled   = errors.New("KMS key cannot be used") // disabled, deleted, or pending deletion
	ErrNotFound      = errors.New("secret not found")
	ErrDeleted       = errors.New("secret scheduled for deletion")
	ErrNoVersion     = errors.New("no such version of the secret") // no value yet, or an unknown stage, version or JSON key
	ErrThrottled     = errors.New("throttled")
	ErrUnavailable   = errors.New("service cannot answer") // network, time-out, 5xx
	ErrUntrusted     = errors.New("server's certificate is not trusted")
	ErrMalformed     = errors.New("answer cannot be understood")
	ErrInvalid       = errors.New("invalid option")
	ErrUnlocked      = errors.New("memory cannot be locked")
	ErrClosed        = errors.New("closed")
)

// Error is the error of every call of this package. It never carries a byte of
// a secret: an identifier is shown only when it is a well-formed one.
type Error struct {
	ID         string        // the identifier as the caller gave it; empty where it was malformed
	Kind       error         // one of the sentinels above
	Cause      string        // one line: what happened
	Remedy     string        // one line: what to do about it
	RetryAfter time.Duration // how long the service asked to be left alone; zero when it did not say
	Err        error         // what the SDK, the network or the context said; may be nil
}

// Error gives cause and remedy in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wicketkey: ")
	if e.ID != "" {
		fmt.Fprintf(&b, "secret %q: ", e.ID)
	}
	b.WriteString(e.Kind.Error())
	if e.Cause != "" {
		b.WriteString(": " + e.Cause)
	}
	if e.Remedy != "" {
		b.WriteString(" (fix: " + e.Remedy + ")")
	}
	return b.String()
}

// Unwrap leads errors.Is and errors.As to the kind and to what lies under it.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Refused reports whether the service has clearly said no to this secret:
// denied, not found, deleted, no such version, or its key disabled. Whoever
// keeps an old value must not serve it after that.
func (e *Error) Refused() bool { return classOf(e.Kind) == refusal }

// Unanswered reports whether the service could not answer (throttled, unreachable,
// credentials that expired): it says nothing about the secret, so that an older
// value may be served meanwhile. What is neither Refused nor Unanswered is the
// caller's to mend.
func (e *Error) Unanswered() bool { return classOf(e.Kind) == trouble }

// class is what an error says to whoever keeps an older value.
type class uint8

const (
	refusal class = iota + 1 // a refusal of Secrets Manager's, or of KMS's behind it
	trouble                  // no answer, or none that is understood
	misuse                   // an identifier, an option, or a call after Close
)

// classOf classes every kind of error there is; a test finds one left out.
func classOf(kind error) class {
	switch kind {
	case ErrDenied, ErrKMSDenied, ErrKeyDisabled, ErrNotFound, ErrDeleted, ErrNoVersion:
		return refusal
	case ErrNoRegion, ErrNoCredentials, ErrThrottled, ErrUnavailable, ErrUntrusted, ErrMalformed:
		return trouble
	case ErrBadIdentifier, ErrInvalid, ErrUnlocked, ErrClosed:
		return misuse
	}
	return 0
}
