package main

import (
	"context"
	"errors"
	"fmt"

	"wicketkey.internal/fetch"
)

// The exit statuses. They are part of the interface: scripts and units match
// them, so none is ever given another meaning.
const (
	codeOK       = 0
	codeFailed   = 1
	codeUsage    = 2
	codePayload  = 40
	codePolicy   = 41
	codeNotFound = 127 // exec: as shells say it
	codeNoExec   = 126
	codeSignal   = 128 // exec, as parent: plus the signal's number
	codeStopped  = 130
)

// cause is one exit status with the sentinel that leads to it.
type cause struct {
	code    int
	kind    error
	meaning string
}

// causes are grouped by tens by whom they call for: this machine's set-up, the
// owner of the secret, time, what the secret holds.
func causes() []cause {
	return []cause{
		{codeOK, nil, "done"},
		{codeFailed, nil, "anything that no other status says"},
		{codeUsage, nil, "called wrongly: an unknown flag, no secret named"},
		{10, fetch.ErrBadIdentifier, "not a secret's name or ARN"},
		{11, fetch.ErrNoRegion, "no AWS region found"},
		{12, fetch.ErrNoCredentials, "no usable AWS credentials, or the clock is off"},
		{13, fetch.ErrInvalid, "a setting, in a flag, the environment or the shared configuration, cannot be used"},
		{20, fetch.ErrDenied, "AWS denies access to the secret (or it does not exist)"},
		{21, fetch.ErrKMSDenied, "access to the KMS key denied"},
		{22, fetch.ErrKeyDisabled, "the KMS key is disabled or deleted"},
		{23, fetch.ErrNotFound, "no such secret"},
		{24, fetch.ErrDeleted, "the secret is scheduled for deletion"},
		{25, fetch.ErrNoVersion, "no such version, stage or key"},
		{30, fetch.ErrThrottled, "throttled: try again later"},
		{31, fetch.ErrUnavailable, "AWS cannot be reached or cannot answer"},
		{32, fetch.ErrUntrusted, "the server's certificate is not trusted"},
		{33, fetch.ErrMalformed, "the answer cannot be understood"},
		{codePayload, errPayload, "the value is not a valid gateway configuration"},
		{codePolicy, errPolicy, "policy -check: the policy lacks something or grants too much"},
		{codeNoExec, nil, "exec: the command cannot be run"},
		{codeNotFound, nil, "exec: the command was not found"},
		{codeSignal, nil, "exec -watch: plus n, where signal n ended the command"},
		{codeStopped, context.Canceled, "told to stop (SIGINT, SIGTERM, SIGHUP) before it was done"},
	}
}

var (
	errPayload = errors.New("not a valid gateway configuration")
	errPolicy  = errors.New("policy does not fit")
)

// failure is an error with an exit status of its own. Without err there is
// nothing left to say.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit status %d", f.code)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

func usage(format string, args ...any) error {
	return &failure{codeUsage, fmt.Errorf(format, args...)}
}

func exitCode(err error) int {
	if err == nil {
		return codeOK
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	if errors.Is(err, context.Canceled) { // whatever else the call made of it
		return codeStopped
	}
	for _, c := range causes() {
		if c.kind != nil && errors.Is(err, c.kind) {
			return c.code
		}
	}
	return codeFailed
}
