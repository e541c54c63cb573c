package fetch

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"

	"wicketkey.internal/internal/answer"
)

// pointless ends retrying where asking again cannot help: the answer arrived
// whole and is not one, or the peer is not who it should be.
var pointless = retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
	var untrusted *tls.CertificateVerificationError
	if errors.Is(err, answer.ErrMalformed) || errors.As(err, &untrusted) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
})

// attempts is what one call has met so far. The SDK forgets the last failure
// when a deadline ends its wait for the next try; the error would then say
// "canceled" where the service said "throttled".
type attempts struct {
	n    int
	last error
}

type attemptsKey struct{}

func withAttempts(ctx context.Context) (context.Context, *attempts) {
	a := &attempts{}
	return context.WithValue(ctx, attemptsKey{}, a), a
}

// recordAttempts notes each attempt's outcome, inside the SDK's retry loop.
func recordAttempts(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("wicketkey.attempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			out, md, err := next.HandleFinalize(ctx, in)
			if a, ok := ctx.Value(attemptsKey{}).(*attempts); ok {
				a.n++
				a.last = err
			}
			return out, md, err
		}), "Retry", middleware.After)
}

// retryer is the SDK's standard one, which keeps within its attempts, backs off
// with full jitter and spends from one bucket of tokens, with the two cases in
// which retrying is pointless taken out.
func retryer(mode aws.RetryMode, maxAttempts int) aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		if maxAttempts > 0 {
			o.MaxAttempts = maxAttempts
		}
		o.Retryables = append([]retry.IsErrorRetryable{pointless}, o.Retryables...)
	}
	if mode == aws.RetryModeAdaptive {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
	}
	return retry.NewStandard(standard)
}
