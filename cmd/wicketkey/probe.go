package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/awsenv"
	"wicketkey.internal/internal/endpoint"
	"wicketkey.internal/internal/limits"
)

// probe is what one request without a signature tells about the way to the
// service. Any answer will do: its address, certificate and date are the point.
type probe struct {
	url      *url.URL
	began    time.Time
	address  string
	resolved time.Duration
	dialled  time.Duration
	secured  time.Duration
	tls      *tls.ConnectionState
	date     time.Time // the server's; zero if it gave none
	halfway  time.Time // ours, between request and answer
}

// probeEndpoint connects to where the SDK would.
func probeEndpoint(ctx context.Context, loaded *awsenv.Loaded, region string) (*probe, error) {
	u, err := endpoint.Of(plainClient(loaded, region).Options())
	if err != nil {
		return nil, &fetch.Error{Kind: fetch.ErrInvalid, Cause: err.Error(), Remedy: "check the region and the endpoint's URL", Err: err}
	}
	p := &probe{url: u, began: time.Now()}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, p.trace()), http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &fetch.Error{Kind: fetch.ErrInvalid, Cause: err.Error(), Remedy: "check the endpoint's URL", Err: err}
	}
	client := loaded.Config.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	sent := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return p, p.explain(err)
	}
	defer resp.Body.Close()
	p.halfway = sent.Add(time.Since(sent) / 2)
	p.date, _ = http.ParseTime(resp.Header.Get("Date"))
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return p, nil
}

func (p *probe) trace() *httptrace.ClientTrace {
	since := func(d *time.Duration) { *d = time.Since(p.began) }
	return &httptrace.ClientTrace{
		DNSDone:     func(httptrace.DNSDoneInfo) { since(&p.resolved) },
		ConnectDone: func(string, string, error) { since(&p.dialled) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			since(&p.secured)
			if err == nil {
				p.tls = &state
			}
		},
		GotConn: func(info httptrace.GotConnInfo) { p.address = info.Conn.RemoteAddr().String() },
	}
}

// skew is how far our clock is behind the server's; negative: ahead.
func (p *probe) skew() (time.Duration, bool) {
	if p.date.IsZero() {
		return 0, false
	}
	return p.date.Add(500 * time.Millisecond).Sub(p.halfway), true // the header is cut to seconds
}

func (p *probe) describe() string {
	text := fmt.Sprintf("%s://%s at %s, connected after %d ms", p.url.Scheme, p.url.Host, p.address, p.dialled.Milliseconds())
	if p.tls == nil {
		return text + ", without TLS"
	}
	return text + fmt.Sprintf(", %s after %d ms, certificate by %s; a start opens this connection while it fetches credentials",
		tls.VersionName(p.tls.Version), p.secured.Milliseconds(), p.tls.PeerCertificates[0].Issuer.CommonName)
}

func (p *probe) explain(err error) error {
	cause := err
	if sent, ok := errors.AsType[*url.Error](err); ok {
		cause = sent.Err // the URL stands in the remedy
	}
	e := &fetch.Error{Kind: fetch.ErrUnavailable, Cause: cause.Error(), Err: err, Remedy: fmt.Sprintf(
		"is %s://%s reachable from here (route, security group, VPC endpoint, proxy)?", p.url.Scheme, p.url.Host)}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Cause = "no answer in time"
	}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Kind, e.Cause = fetch.ErrUntrusted, untrusted.Err.Error()
		e.Remedy = "install the root certificates (package ca-certificates), or name the proxy's root in AWS_CA_BUNDLE"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		e.Cause, e.Remedy = dns.Error(), "is the region right, and can this host resolve names?"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		e.Remedy = "the endpoint does not speak TLS: is it http:// rather than https://?"
	}
	e.Remedy = limits.Remedy(err, e.Remedy)
	return e
}
