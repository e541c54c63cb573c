package fetch

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Options configure a [Client]. A nil *Options and a zero field mean the
// stated default.
type Options struct {
	// AWS is the caller's own configuration, as from config.LoadDefaultConfig.
	// Default: environment, shared files, container, instance, in the SDK's
	// order.
	AWS *aws.Config

	// Region is asked when the identifier is not an ARN. Default: the region of
	// the environment or profile, then that of the instance.
	Region string

	// Profile names a profile of the shared configuration. Default:
	// AWS_PROFILE, then "default".
	Profile string

	// Endpoint is the URL to talk to. Default: AWS_ENDPOINT_URL_SECRETS_MANAGER,
	// AWS_ENDPOINT_URL, the profile, then the region's own.
	Endpoint string

	// AttemptTimeout bounds one attempt, from sending the request to the last
	// byte of the answer; the SDK itself has no such bound. Default: 5 s.
	AttemptTimeout time.Duration

	// Budget bounds a whole call with its retries, besides the deadline of the
	// caller's context. Default: 60 s, under the 90 s that systemd and the 120 s
	// that a gateway's pods allow for a start.
	Budget time.Duration

	// Logger is told what was normalised, retried and fallen back to. Default:
	// silence.
	Logger *slog.Logger
}

const (
	defaultAttemptTimeout = 5 * time.Second
	defaultBudget         = 60 * time.Second
)

// withDefaults checks the options and fills in what was left out.
func (o *Options) withDefaults() (Options, error) {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.AttemptTimeout < 0 || filled.Budget < 0 {
		return filled, &Error{Kind: ErrInvalid, Cause: "AttemptTimeout and Budget must not be negative", Remedy: "leave them out for the defaults"}
	}
	filled.AttemptTimeout = cmp.Or(filled.AttemptTimeout, defaultAttemptTimeout)
	filled.Budget = cmp.Or(filled.Budget, defaultBudget)
	if filled.Logger == nil {
		filled.Logger = slog.New(slog.DiscardHandler)
	}
	return filled, nil
}
