package fetch

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/ident"
	"wicketkey.internal/internal/wipe"
)

// Options configure a [Client]. A nil *Options and a zero field mean the
// stated default.
type Options struct {
	// AWS is the caller's own configuration, as from config.LoadDefaultConfig or
	// fullchain.Load (SSO, aws login, MFA).
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
	// caller's context; StartJitter comes before it. Default: 60 s, under the 90 s that systemd and the 120 s
	// that a gateway's pods allow for a start.
	Budget time.Duration

	// MaxAttempts bounds the attempts of one call. Default: AWS_MAX_ATTEMPTS or
	// the profile's max_attempts; without either, 3 for everything but
	// throttling, which is waited out for as long as Budget and the retry
	// tokens last.
	MaxAttempts int

	// Failover lists the regions of the secret's replicas. Each is asked when
	// the one before it cannot answer (network, 5xx, throttled to the end),
	// never after it has refused. The time left is shared among them. Default:
	// none.
	Failover []string

	// HedgeAfter asks the next region as well when the one before it has not
	// answered by then; the first answer counts. Zero waits for its failure.
	HedgeAfter time.Duration

	// StartJitter delays the first call by a random time up to this long, so
	// that a fleet that reboots together does not ask together. Default: none.
	StartJitter time.Duration

	// RequireLocked has New refuse, with [ErrUnlocked], where the system does
	// not let memory be page-locked. Default: go on with memory that is wiped
	// all the same but can reach swap; [Secret.Locked] tells. A process that
	// holds more secrets at once than its locked memory has room for is given
	// ordinary memory for the rest in either case.
	RequireLocked bool

	// Agent asks a local agent instead of AWS. Default: none.
	Agent *Agent

	// SDK changes the options of the SDK's client, such as its MeterProvider
	// and TracerProvider, before ours are applied. Default: nothing.
	SDK func(*secretsmanager.Options)

	// Observe is called after each attempt, in the goroutine that made it. It
	// must not block. Default: nobody.
	Observe func(Attempt)

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
	if err := filled.check(); err != nil {
		return filled, err
	}
	filled.AttemptTimeout = cmp.Or(filled.AttemptTimeout, defaultAttemptTimeout)
	filled.Budget = cmp.Or(filled.Budget, defaultBudget)
	filled.Failover = slices.Clone(filled.Failover)
	if filled.Logger == nil {
		filled.Logger = slog.New(slog.DiscardHandler)
	}
	return filled, nil
}

// check finds what no call could succeed with.
func (o *Options) check() error {
	if name := o.negative(); name != "" {
		return &Error{Kind: ErrInvalid, Cause: name + " is negative", Remedy: "leave it out for the default"}
	}
	if o.Endpoint != "" && !parsesAsEndpoint(o.Endpoint) {
		return &Error{Kind: ErrInvalid, Cause: "Endpoint is not a URL", Remedy: remedyEndpoint}
	}
	if o.Agent != nil && o.Agent.URL != "" && !parsesAsEndpoint(o.Agent.URL) {
		return &Error{Kind: ErrInvalid, Cause: "Agent.URL is not a URL", Remedy: remedyEndpoint}
	}
	if o.Region != "" && !ident.IsRegion(o.Region) {
		return &Error{Kind: ErrInvalid, Cause: "Region is not the name of one", Remedy: remedyRegion}
	}
	for _, region := range o.Failover {
		if !ident.IsRegion(region) {
			return &Error{Kind: ErrInvalid, Cause: "Failover holds what is not the name of a region", Remedy: remedyRegion}
		}
	}
	return nil
}

const (
	remedyEndpoint = "write it with its scheme, as https://HOST or http://HOST:PORT"
	remedyRegion   = "write it like us-east-1, with no space or line break around it"
)

// negative names a field that must not be, and is.
func (o *Options) negative() string {
	switch {
	case o.AttemptTimeout < 0:
		return "AttemptTimeout"
	case o.Budget < 0:
		return "Budget"
	case o.MaxAttempts < 0:
		return "MaxAttempts"
	case o.HedgeAfter < 0:
		return "HedgeAfter"
	case o.StartJitter < 0:
		return "StartJitter"
	}
	return ""
}

func parsesAsEndpoint(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isEndpoint(u)
}

func isEndpoint(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// lockable tries whether memory can be locked, where that is required.
func (o *Options) lockable() error {
	if !o.RequireLocked {
		return nil
	}
	trial := wipe.New(1)
	defer trial.Free()
	if trial.Locked() {
		return nil
	}
	e := &Error{Kind: ErrUnlocked, Remedy: "raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=8M; Docker: --ulimit memlock=8388608), or do without RequireLocked"}
	if e.Err = wipe.Stats().Err; e.Err != nil {
		e.Cause = e.Err.Error()
	}
	if errors.Is(e.Err, fs.ErrPermission) { // the limit has room
		e.Remedy = "allow mlock in the seccomp filter (systemd: SystemCallFilter=; Docker: --security-opt seccomp=), or do without RequireLocked"
	}
	return e
}
