package awsenv

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// caller asks one service with the SDK's own retry loop: its judgement of what
// is worth another attempt, its delays, retry tokens, x-amz-retry-after, and
// its correction of a clock that is off. It is safe for concurrent use.
type caller struct {
	http    aws.HTTPClient
	retryer aws.Retryer
	noSkew  bool
	skew    *atomic.Int64 // nanoseconds that the service's clock is ahead
}

// request makes what one attempt sends, at the service's time.
type request func(ctx context.Context, now time.Time) (*http.Request, error)

// ask sends what build makes until read is content with the answer.
func (c *caller) ask(ctx context.Context, build request, read func(answer *http.Response, body []byte) error) error {
	skew := time.Duration(c.skew.Load())
	loop := retry.NewAttemptMiddleware(c.retryer, func(r any) any { return r }, func(a *retry.Attempt) {
		a.ClientSkew, a.DisableClockSkewCorrection = c.skew, c.noSkew
	})
	timing := awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: c.noSkew}
	_, _, err := loop.HandleFinalize(ctx, middleware.FinalizeInput{}, middleware.FinalizeHandlerFunc(
		func(ctx context.Context, _ middleware.FinalizeInput) (out middleware.FinalizeOutput, _ middleware.Metadata, _ error) {
			request, err := build(ctx, time.Now().Add(skew))
			if err != nil {
				return out, middleware.Metadata{}, err
			}
			got, metadata, err := timing.HandleDeserialize(ctx, middleware.DeserializeInput{}, c.send(request))
			skew, _ = awsmiddleware.GetAttemptSkew(metadata)
			if err == nil {
				err = readAnswer(ctx, got.RawResponse.(*smithyhttp.Response).Response, read)
			}
			return out, metadata, err
		}))
	return err
}

func (c *caller) send(r *http.Request) middleware.DeserializeHandler {
	return middleware.DeserializeHandlerFunc(
		func(ctx context.Context, _ middleware.DeserializeInput) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
			answer, err := c.http.Do(r)
			if err != nil {
				return out, metadata, lost(ctx, err)
			}
			out.RawResponse = &smithyhttp.Response{Response: answer}
			return out, metadata, nil
		})
}

func readAnswer(ctx context.Context, answer *http.Response, read func(*http.Response, []byte) error) error {
	body, err := readBounded(answer.Body)
	switch {
	case errors.Is(err, errTooLong):
		return err
	case err != nil:
		return lost(ctx, err)
	}
	return read(answer, body)
}

// lost makes of an error on the wire what the SDK makes of it: its retry loop
// knows these types.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &smithy.CanceledError{Err: ctx.Err()}
	}
	return &smithyhttp.RequestSendError{Err: err}
}

// refusal is an answer that says no.
type refusal struct {
	*smithyhttp.ResponseError // status and header, for the retry loop
	said                      smithy.GenericAPIError
}

func refused(answer *http.Response, code, message string) *refusal {
	r := &refusal{said: smithy.GenericAPIError{Code: code, Message: message}}
	r.ResponseError = &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: answer}, Err: &r.said}
	if code == "" { // without a code the SDK's judgement goes by the status alone
		r.ResponseError.Err = errors.New("not an answer of AWS")
	}
	return r
}

func (r *refusal) Error() string {
	switch status := r.HTTPStatusCode(); {
	case r.said.Code != "":
		return fmt.Sprintf("HTTP %d %s: %s", status, r.said.Code, r.said.Message)
	case status/100 == 3:
		return fmt.Sprintf("HTTP %d, a redirect, which is not followed", status)
	default:
		return fmt.Sprintf("HTTP %d without an error that AWS would give", status)
	}
}

func (r *refusal) Unwrap() error { return r.ResponseError }

func isOK(answer *http.Response) bool { return answer.StatusCode/100 == 2 }
