package fetch_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// passing is a round tripper of a caller's own, which must see every request.
type passing struct {
	next http.RoundTripper
	seen atomic.Int32
}

func (p *passing) RoundTrip(r *http.Request) (*http.Response, error) {
	p.seen.Add(1)
	return p.next.RoundTrip(r)
}

// CloseIdleConnections is what http.Client looks for.
func (p *passing) CloseIdleConnections() { (&http.Client{Transport: p.next}).CloseIdleConnections() }

const notOurs = "the HTTP client given sends the requests"

// The settings of an http.Client over a plain transport are taken over: its
// dialler and its roots, for one connection opened ahead.
func TestPlainHTTPClient(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true, InProcess: true})
	srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(srv.CA())
	var dials atomic.Int32
	given := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	given.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return srv.Dial(ctx, network, addr)
	}
	cfg.HTTPClient = &http.Client{Transport: given}
	var log bytes.Buffer
	client := newClient(t, srv, &fetch.Options{AWS: &cfg, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		get(t, client, name)
	}
	if got := dials.Load(); got != 1 {
		t.Errorf("%d connections for 3 calls, want 1", got)
	}
	if strings.Contains(log.String(), notOurs) {
		t.Errorf("the plain transport was not taken over: %s", log.String())
	}
}

// Whoever turned keep-alives off, behind a balancer perhaps, meant it.
func TestKeepAlivesTurnedOff(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	var dials atomic.Int32
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DisableKeepAlives = true
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
	})
	var wiping bool
	client := newClient(t, srv, &fetch.Options{AWS: &cfg, Observe: func(a fetch.Attempt) { wiping = a.Wiping }})
	for i := range 3 {
		get(t, client, name)
		if got := dials.Load(); got != int32(i+1) || !wiping {
			t.Errorf("%d connections for %d calls, wiping %t", got, i+1, wiping)
		}
	}
}

// Anything more than that keeps sending the requests itself.
func TestOwnRoundTripper(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	own := &passing{next: http.DefaultTransport}
	cfg.HTTPClient = &http.Client{Transport: own}
	var log bytes.Buffer
	client := newClient(t, srv, &fetch.Options{AWS: &cfg, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	get(t, client, name)
	if got := own.seen.Load(); got != 1 {
		t.Errorf("the caller's round tripper saw %d requests, want 1", got)
	}
	if !strings.Contains(log.String(), notOurs) {
		t.Errorf("nothing was said of it: %s", log.String())
	}
}

// An http.Client without a transport sends through package http's own.
func TestHTTPClientWithoutTransport(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte("hunter2"))
	cfg := srv.AWSConfig()
	cfg.HTTPClient = &http.Client{Timeout: time.Minute}
	var wiping bool
	get(t, newClient(t, srv, &fetch.Options{AWS: &cfg, Observe: func(a fetch.Attempt) { wiping = a.Wiping }}), name)
	if !wiping {
		t.Error("the wiping transport did not carry it")
	}
}
