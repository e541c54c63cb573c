package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// bounded gives a caller's own HTTP client the response deadline that the SDK
// lacks.
type bounded struct {
	next    aws.HTTPClient
	timeout time.Duration
}

// Do ends an exchange that takes longer than the timeout, its body included.
func (b bounded) Do(req *http.Request) (*http.Response, error) {
	late := fmt.Errorf("no complete answer within %v: %w", b.timeout, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(req.Context(), b.timeout, late)
	resp, err := b.next.Do(req.WithContext(ctx))
	if err != nil {
		err = blame(ctx, req.Context(), err)
		cancel()
		return nil, err
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, inner: ctx, outer: req.Context(), cancel: cancel}
	return resp, nil
}

// blame tells our limit from the end of the caller's own context.
func blame(inner, outer context.Context, err error) error {
	if inner.Err() != nil && outer.Err() == nil {
		return context.Cause(inner)
	}
	return err
}

type boundedBody struct {
	io.ReadCloser
	inner, outer context.Context
	cancel       context.CancelFunc
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = blame(b.inner, b.outer, err)
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
