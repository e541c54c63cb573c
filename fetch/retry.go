package fetch

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/redact"
)

// maxBackoff is under the SDK's 20 s: with those, a budget of 60 s has room for
// eight tries at a throttled service, with these for some twenty.
const maxBackoff = 5 * time.Second

// pointless ends retrying where asking again cannot help: the answer arrived
// whole and is not one, or the peer is not who it should be.
var pointless = retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
	var untrusted *tls.CertificateVerificationError
	var creds *credentialsError
	switch {
	case errors.As(err, &creds):
		return aws.BoolTernary(creds.passing())
	case errors.Is(err, redact.ErrMalformed), errors.As(err, &untrusted):
		return aws.FalseTernary
	case status(err) == http.StatusRequestTimeout: // a connection closed for idleness, while the request was on its way
		return aws.TrueTernary
	}
	return aws.UnknownTernary
})

// newRetryer is the SDK's own, standard or adaptive: full jitter, one bucket of
// tokens, and nothing loops around it. maxAttempts 0 means that nobody said.
func newRetryer(mode aws.RetryMode, maxAttempts int) aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts // 0: no bound; patient sets one
		o.MaxBackoff = maxBackoff
		o.Retryables = append([]retry.IsErrorRetryable{pointless}, o.Retryables...)
	}
	var r aws.RetryerV2
	if mode == aws.RetryModeAdaptive {
		r = retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
	} else {
		r = retry.NewStandard(standard)
	}
	if maxAttempts == 0 {
		r = patient{r}
	}
	return r
}

// patient waits out throttling, which is the service asking for patience, and
// gives up on everything else when the SDK would.
type patient struct{ aws.RetryerV2 }

// MaxAttempts 0 means no bound to the SDK.
func (patient) MaxAttempts() int { return 0 }

func (p patient) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= retry.DefaultMaxAttempts && !throttled(err) {
		return 0, err
	}
	return p.RetryerV2.RetryDelay(attempt, err)
}

// unthrottled is for a call that is not repeated when it is throttled.
//
// A throttled batch gives way to single calls at once. AWS grants 100 batches a
// second but 10,000 single calls: a fleet that starts together is up in a fifth
// of the time (benchmarks, FleetTwenty).
//
// A refresh in the background leaves it to its cache when to come again: of
// 10,000 gateways in a throttled account, each refresh would otherwise be some
// four calls (benchmarks, FleetThrottled).
func unthrottled(o *secretsmanager.Options) {
	if r, ok := o.Retryer.(aws.RetryerV2); ok {
		o.Retryer = impatient{r}
	}
}

type impatient struct{ aws.RetryerV2 }

func (i impatient) IsErrorRetryable(err error) bool {
	return !throttled(err) && i.RetryerV2.IsErrorRetryable(err)
}

// throttled reports whether the answer was to come again later.
func throttled(err error) bool {
	return errors.Is(err, notReadyError{}) || retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
