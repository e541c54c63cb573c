package awsenv

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"wicketkey.internal/internal/limits"
)

// What can go wrong, for errors.Is. Every error of this package that a caller
// can act on is an [*Error] whose Kind is one of these.
var (
	// ErrNoCredentials: none of the places to look held credentials.
	ErrNoCredentials = errors.New("no AWS credentials")
	// ErrNoRegion: no region was configured and the instance named none.
	ErrNoRegion = errors.New("no AWS region")
	// ErrCredentials: a configured source of credentials did not deliver.
	ErrCredentials = errors.New("AWS credentials source failed")
	// ErrExpired: a token or session that credentials depend on has expired.
	ErrExpired = errors.New("AWS session expired")
	// ErrUnsupported: the profile needs what only fetch/fullchain can do.
	ErrUnsupported = errors.New("AWS credentials source not built in")
	// ErrClosed: credentials were asked for after [Loaded.Close].
	ErrClosed = errors.New("AWS configuration closed")
	// ErrProfile: a profile is missing, incomplete or contradictory.
	ErrProfile = errors.New("AWS profile unusable")
	// ErrEnvironment: an environment variable has a value that cannot be used.
	ErrEnvironment = errors.New("AWS environment variable unusable")
	// ErrIMDSUnreachable: instance metadata could not be reached in time.
	ErrIMDSUnreachable = errors.New("instance metadata unreachable")
	// ErrIMDSDisabled: instance metadata is switched off by configuration.
	ErrIMDSDisabled = errors.New("instance metadata disabled")
	// ErrIMDSHopLimit: instance metadata accepts connections but its session
	// token never arrives, as in a container when the hop limit is 1.
	ErrIMDSHopLimit = errors.New("instance metadata token did not arrive")
)

// Error says what went wrong, why, and what to do about it. It never holds a
// key, a token, or the output of a credentials process.
type Error struct {
	Kind   error  // one of the sentinels of this package
	Cause  string // one line: what was found
	Remedy string // one line: what to change
	Err    error  // what the operating system or AWS said; may be nil
}

// Error returns kind, cause, the underlying error and the remedy in one line.
func (e *Error) Error() string {
	cause, remedy := e.Explain()
	if remedy != "" {
		cause += " (" + remedy + ")"
	}
	return cause
}

// Explain returns what Error does, in its two parts. It is what other layers
// make their own errors of.
func (e *Error) Explain() (cause, remedy string) {
	cause = e.Kind.Error()
	if e.Cause != "" {
		cause += ": " + e.Cause
	}
	if e.Err != nil {
		cause += ": " + e.Err.Error()
	}
	return cause, limits.Remedy(e.Err, e.Remedy)
}

// RetryableError tells the SDK's retry loops, those around the source of the
// credentials too, whether the trouble may pass by itself.
func (e *Error) RetryableError() bool {
	return e.Err != nil && retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(e.Err).Bool()
}

// Unwrap gives errors.Is and errors.As both the kind and the underlying error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// within makes e the cause of another error, which takes over its remedy.
func (e *Error) within(kind error, cause, remedy string) *Error {
	inner := *e
	inner.Remedy = ""
	return &Error{Kind: kind, Cause: cause, Remedy: remedy + e.Remedy, Err: &inner}
}
