package cache

import (
	"fmt"
	"log/slog"
	"time"

	"wicketkey.internal/fetch"
)

// Options configure a [Store]. A nil *Options and a zero field mean the stated
// default; a duration that is negative means "none" where the field says so.
type Options struct {
	// TTL is how long a value counts as fresh, from when AWS was asked for it, and
	// so the longest time in which a rotation goes unnoticed while AWS answers.
	// Default: 5 minutes, as in AWS's own Lambda extension and agent; at that, a
	// secret costs some 4 US cents a month.
	TTL time.Duration

	// Jitter is the share of TTL by which it is randomly shortened for each
	// value, so that instances and secrets do not ask in step. Default: 0.1;
	// negative: none; at most 1.
	Jitter float64

	// RefreshAhead is the share of a value's TTL after which it is refreshed in
	// the background. Default: 0.8; at most 1.
	RefreshAhead float64

	// MaxStale is how long after its TTL a value may still be served while AWS
	// cannot answer. Default: 24 hours, which outlasts the regional outages on
	// record and bounds how long a credential revoked during one is used;
	// negative: not at all.
	MaxStale time.Duration

	// MaxSecrets bounds how many values are kept. Those that are watched or were
	// prefetched count, but never leave. Default: 1024, like the official client.
	MaxSecrets int

	// MaxBytes bounds the sum of the lengths of the values, and of the JSON keys
	// kept beside them. A value that exceeds it, alone or with its keys, is handed
	// to whoever waits and not kept. Default: 64 MiB.
	MaxBytes int

	// IdleAfter is how long a value may go unread before it is wiped and no
	// longer refreshed; it happens between once and twice that time after the
	// last read. What is watched or was prefetched is never idle. Default: 24
	// hours; negative: never.
	IdleAfter time.Duration

	// NegativeTTL is how long a refusal is held before AWS is asked again; each
	// further one doubles it, up to a minute or NegativeTTL if that is longer.
	// Default: 5 seconds.
	NegativeTTL time.Duration

	// StartJitter is the longest random time that [Store.Prefetch] waits before
	// it asks, for fleets that start together. Default: none.
	StartJitter time.Duration

	// Budget bounds the first fetch of a secret, from its first attempt to its
	// last, whoever waits for it. Default: 75 seconds, a little over the default
	// budget of package fetch. A refresh, and a fetch of what has just failed,
	// get 15 seconds at most: patience would only add to AWS's trouble. A refresh
	// that is throttled is not repeated within that time, since there is a value
	// meanwhile and the Store comes again by itself.
	Budget time.Duration

	// Stage is the staging label asked for where an identifier names neither a
	// stage nor a version. Default: AWSCURRENT.
	Stage string

	// Disk keeps an encrypted copy of each value for a restart while AWS cannot
	// answer. Default: nothing is written.
	Disk *Disk

	// Logger is told of changes, refusals and failing refreshes, with ARN and
	// version and never a value. Default: silence.
	Logger *slog.Logger
}

const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

// complete returns a copy of o with its defaults filled in, or an
// [fetch.ErrInvalid] that names the field at fault.
func (o *Options) complete() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	fill(&c.TTL, 5*time.Minute)
	fill(&c.Jitter, 0.1)
	fill(&c.RefreshAhead, 0.8)
	fill(&c.MaxStale, 24*time.Hour)
	fill(&c.MaxSecrets, 1024)
	fill(&c.MaxBytes, 64<<20)
	fill(&c.IdleAfter, 24*time.Hour)
	fill(&c.NegativeTTL, 5*time.Second)
	fill(&c.Budget, 75*time.Second)
	fill(&c.Stage, stageCurrent)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Jitter = max(c.Jitter, 0)
	c.MaxStale = max(c.MaxStale, 0)
	return c, c.validate()
}

// fill replaces a zero value by its default.
func fill[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

func (o *Options) validate() error {
	for _, f := range []struct {
		name string
		bad  bool
		want string
	}{
		{"TTL", o.TTL < 0, "zero or more"},
		{"Jitter", !(o.Jitter <= 1), "at most 1"}, // so that NaN is none of them
		{"RefreshAhead", !(o.RefreshAhead >= 0 && o.RefreshAhead <= 1), "from 0 to 1"},
		{"MaxSecrets", o.MaxSecrets < 0, "zero or more"},
		{"MaxBytes", o.MaxBytes < 0, "zero or more"},
		{"NegativeTTL", o.NegativeTTL < 0, "zero or more"},
		{"StartJitter", o.StartJitter < 0, "zero or more"},
		{"Budget", o.Budget < 0, "zero or more"},
		{"Stage", !isStage(o.Stage), "a staging label, without a colon"},
	} {
		if f.bad {
			return invalid(f.name, f.want)
		}
	}
	return nil
}

// isStage reports whether identifiers could name that stage.
func isStage(stage string) bool {
	ref, err := fetch.ParseRef("name::" + stage)
	return err == nil && ref.Stage == stage
}

// invalid is the error for an option that cannot be used.
func invalid(field, want string) error {
	return &fetch.Error{
		Kind:   fetch.ErrInvalid,
		Cause:  fmt.Sprintf("cache.Options.%s is out of range", field),
		Remedy: fmt.Sprintf("%s must be %s", field, want),
	}
}
