package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/internal/transport"
)

// carrier sends requests: our own transport, or ordinary where that does not fit.
type carrier interface {
	Do(*http.Request) (*http.Response, error)
	Ahead(*url.URL) // opens a connection unless there is one
	Renew()         // no connection that stands now is used again
	Close()         // closes idle connections and keeps none
}

// newCarrier makes our transport out of the settings of the client that would
// otherwise send the requests, unless it does not fit: a caller's own HTTP client
// that is more than an http.Client over a plain transport, hooks that have no
// place in it, a proxy that speaks SOCKS. The client that was given then sends the
// requests; the answers are taken out of its hands all the same, but what its read
// buffers keep is out of reach.
func newCarrier(client aws.HTTPClient, endpoint *url.URL, attempt time.Duration) carrier {
	std, timeout := transportOf(client)
	if std == nil || std.DialTLSContext != nil || std.GetProxyConnectHeader != nil || std.OnProxyConnectResponse != nil || socks(std, endpoint) {
		return newOrdinary(client, attempt)
	}
	return transport.New(transport.Options{
		Dial:            std.DialContext,
		TLS:             std.TLSClientConfig,
		Proxy:           std.Proxy,
		ProxyHeader:     std.ProxyConnectHeader,
		TLSTimeout:      std.TLSHandshakeTimeout,
		OneExchange:     std.DisableKeepAlives,
		IdleTimeout:     std.IdleConnTimeout,
		ExchangeTimeout: shorter(attempt, timeout, std.ResponseHeaderTimeout),
	})
}

// wipes reports whether a carrier leaves nothing of what it carried behind.
func wipes(c carrier) bool {
	_, own := c.(*transport.Transport)
	return own
}

// socks reports whether the proxy on the way to the endpoint speaks something
// else than HTTP.
func socks(std *http.Transport, endpoint *url.URL) bool {
	if std.Proxy == nil || endpoint == nil {
		return false
	}
	proxy, err := std.Proxy(&http.Request{URL: endpoint, Host: endpoint.Host, Header: http.Header{}})
	return err == nil && proxy != nil && proxy.Scheme != "http" && proxy.Scheme != "https"
}

// transportOf gives a copy of the transport under a client and the client's
// limit for one exchange, or nil where something else than a transport sends.
func transportOf(client aws.HTTPClient) (*http.Transport, time.Duration) {
	switch c := client.(type) {
	case *awshttp.BuildableClient:
		return c.GetTransport(), c.GetTimeout()
	case *http.Client:
		used := c.Transport
		if used == nil {
			used = http.DefaultTransport
		}
		std, ok := used.(*http.Transport)
		if ok && c.Jar == nil && !deprecatedHooks(std) {
			return std.Clone(), c.Timeout
		}
	}
	return nil, 0
}

// deprecatedHooks reports dialling hooks that a transport still obeys.
func deprecatedHooks(std *http.Transport) bool {
	//lint:ignore SA1019 whoever sets them expects them to be called
	return std.Dial != nil || std.DialTLS != nil
}

// shorter gives the shortest of the limits that are set.
func shorter(first time.Duration, others ...time.Duration) time.Duration {
	for _, d := range others {
		if d > 0 && d < first {
			first = d
		}
	}
	return first
}

// ordinary is a carrier by net/http, or by whatever the caller gave. It has the
// response deadline that the SDK lacks.
type ordinary struct {
	next    aws.HTTPClient
	timeout time.Duration
	own     bool // nobody else uses next
}

// newOrdinary makes a client of its own out of the SDK's, whose connections can
// be closed by nobody.
func newOrdinary(client aws.HTTPClient, attempt time.Duration) *ordinary {
	built, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return &ordinary{client, attempt, false}
	}
	return &ordinary{&http.Client{Transport: built.GetTransport(), Timeout: built.GetTimeout(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, attempt, true}
}

func (o *ordinary) Ahead(*url.URL) {}

func (o *ordinary) Renew() {
	if c, ok := o.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (o *ordinary) Close() {
	if o.own {
		o.Renew()
	}
}

// Do ends an exchange that takes longer than the timeout, its body included.
func (o *ordinary) Do(req *http.Request) (*http.Response, error) {
	late := fmt.Errorf("no complete answer within %v: %w", o.timeout, context.DeadlineExceeded)
	ctx, cancel := context.WithTimeoutCause(req.Context(), o.timeout, late)
	resp, err := o.next.Do(req.WithContext(ctx))
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
