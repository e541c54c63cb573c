package fetch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"wicketkey.internal/internal/redact"
)

// Attempt tells of one request to Secrets Manager. It holds nothing secret.
type Attempt struct {
	Operation string        // GetSecretValue or BatchGetSecretValue
	Region    string        // the region asked
	Number    int           // counted from 1 within one call
	Duration  time.Duration // signing to last byte
	Bytes     int           // secret bytes received
	Wiping    bool          // carried by the wiping transport; what other HTTP clients' read buffers keep cannot be wiped
	Err       error         // why it failed; nil when it did not
}

// attempts is what one call has met so far. The SDK forgets the last failure
// when a deadline ends its wait for the next try; the error would then say
// "canceled" where the service said "throttled".
type attempts struct {
	n    int
	last error
	keys aws.Credentials // that the last was signed with
}

type attemptsKey struct{}

func withAttempts(ctx context.Context) (context.Context, *attempts) {
	a := &attempts{}
	return context.WithValue(ctx, attemptsKey{}, a), a
}

// attemptsOf gives nil outside of a call.
func attemptsOf(ctx context.Context) *attempts {
	a, _ := ctx.Value(attemptsKey{}).(*attempts)
	return a
}

// recordAttempts notes each attempt's outcome, inside the SDK's retry loop.
func (c *Client) recordAttempts(region string, wiping bool) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("wicketkey.attempts",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				began := time.Now()
				out, md, err := next.HandleFinalize(ctx, in)
				c.record(ctx, Attempt{Operation: middleware.GetOperationName(ctx), Region: region,
					Duration: time.Since(began), Wiping: wiping, Err: err})
				return out, md, err
			}), "Retry", middleware.After)
	}
}

func (c *Client) record(ctx context.Context, a Attempt) {
	if tries := attemptsOf(ctx); tries != nil {
		tries.n++
		tries.last = a.Err
		a.Number = tries.n
	}
	if a.Err != nil {
		c.log.Debug("wicketkey: attempt failed", "operation", a.Operation, "region", a.Region, "attempt", a.Number, "error", a.Err)
	}
	if c.opts.Observe != nil {
		a.Bytes = redact.Received(ctx)
		c.opts.Observe(a)
	}
}
