package transport

import (
	"bufio"
	"context"
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"time"

	"wicketkey.internal/internal/roots"
)

// target is what a connection leads to; idle connections are kept by it.
type target struct{ scheme, addr string }

func targetOf(u *url.URL) target {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	case u.Scheme == "http":
		port = "80"
	}
	return target{u.Scheme, net.JoinHostPort(u.Hostname(), port)}
}

// errScheme keeps localhost:4566, a scheme without a host, from being spoken to in
// the clear.
var errScheme = errors.New("URL is neither https nor http")

// dial opens a connection: TCP (to the proxy where there is one), CONNECT, TLS.
func (t *Transport) dial(ctx context.Context, u *url.URL) (*conn, error) {
	if u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return nil, errScheme
	}
	if u.Scheme == "https" {
		growStack()
	}
	proxy, err := t.proxyFor(u)
	if err != nil {
		return nil, err
	}
	to := targetOf(u)
	if proxy == nil {
		bottom, err := t.dialTCP(ctx, to.addr)
		if err != nil {
			return nil, err
		}
		return t.secure(ctx, bottom, bottom, u)
	}
	bottom, raw, records, err := t.dialProxy(ctx, proxy)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", proxy.Host, err)
	}
	if u.Scheme == "http" {
		c := newConn(bottom, raw, raw, records)
		c.absURI, c.proxyAuth = true, proxyAuthorization(proxy)
		return c, nil
	}
	if err := t.connect(ctx, raw, proxy, to.addr); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("proxy %s: %w", proxy.Host, err)
	}
	return t.secure(ctx, bottom, raw, u)
}

func (t *Transport) dialTCP(ctx context.Context, addr string) (*bottomConn, error) {
	c, err := t.opts.Dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &bottomConn{Conn: c}, nil
}

func (t *Transport) proxyFor(u *url.URL) (*url.URL, error) {
	if t.opts.Proxy == nil {
		return nil, nil
	}
	return t.opts.Proxy(&http.Request{Method: http.MethodPost, URL: u, Host: u.Host, Header: http.Header{}})
}

// secure speaks TLS on raw where u asks for it, and gives up on raw otherwise
// only with an error.
func (t *Transport) secure(ctx context.Context, bottom *bottomConn, raw net.Conn, u *url.URL) (*conn, error) {
	if u.Scheme != "https" {
		return newConn(bottom, raw, raw, nil), nil
	}
	stream, records, err := t.handshake(ctx, raw, t.tlsConfig(u.Hostname()))
	if err != nil {
		return nil, err
	}
	return newConn(bottom, raw, stream, records), nil
}

// handshake speaks TLS on raw, which it closes where that fails.
func (t *Transport) handshake(ctx context.Context, raw net.Conn, cfg *tls.Config) (*tls.Conn, *recordConn, error) {
	ctx, cancel := context.WithTimeout(ctx, t.opts.TLSTimeout)
	defer cancel()
	records := newRecordConn(raw)
	stream := tls.Client(records, cfg)
	if err := stream.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, nil, err
	}
	return stream, records, nil
}

// growStack makes a stack at once as large as the handshake has it: ML-KEM takes 17 kB
// of it. A new goroutine begins with 2 kB, which would be doubled four times, and each
// time all frames on it be looked up and copied.
//
//go:noinline
func growStack() {
	var room [16 << 10]byte // is in the frame, which the stack has to hold
	runtime.KeepAlive(&room)
}

// tlsConfig is the caller's, for HTTP/1.1 only: the buffers of HTTP/2 are out
// of our reach. Unless the caller chose its roots, Amazon's come first.
func (t *Transport) tlsConfig(host string) *tls.Config {
	cfg := t.opts.TLS.Clone()
	cfg.NextProtos = []string{"http/1.1"}
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	if t.amazonFirst() {
		verifyAmazonFirst(cfg, cfg.ServerName)
	}
	return cfg
}

// amazonFirst reports whether the choice of roots is ours to make. In FIPS mode it
// is not: crypto/tls then looks at the keys of the chain that it verified.
func (t *Transport) amazonFirst() bool {
	cfg := t.opts.TLS
	return cfg.RootCAs == nil && !cfg.InsecureSkipVerify && cfg.VerifyConnection == nil && cfg.VerifyPeerCertificate == nil && !fips140.Enabled()
}

// amazonRoots are read once; while the SYN is under way, where a connection is
// opened ahead.
var amazonRoots = sync.OnceValue(roots.Amazon)

// verifyAmazonFirst verifies the peer's chain in the same handshake against
// Amazon's roots and, on any doubt, against all of the system's.
// InsecureSkipVerify only moves the verification from crypto/tls to here: with
// RootCAs the stricter set would have to fail the handshake, and a second one
// would cost two round trips.
func verifyAmazonFirst(cfg *tls.Config, host string) {
	cfg.InsecureSkipVerify = true
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		opts := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool()}
		if cfg.Time != nil {
			opts.CurrentTime = cfg.Time()
		}
		for _, cert := range cs.PeerCertificates[1:] {
			opts.Intermediates.AddCert(cert)
		}
		leaf := cs.PeerCertificates[0]
		if opts.Roots = amazonRoots().Issuers(cs.PeerCertificates); opts.Roots != nil {
			if _, err := leaf.Verify(opts); err == nil {
				return nil
			}
		}
		opts.Roots = nil // the system's
		if _, err := leaf.Verify(opts); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: cs.PeerCertificates, Err: err}
		}
		return nil
	}
}

// dialProxy connects to a proxy, and where that speaks TLS itself gives what
// wipes the records of it.
func (t *Transport) dialProxy(ctx context.Context, proxy *url.URL) (*bottomConn, net.Conn, *recordConn, error) {
	if proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, nil, nil, fmt.Errorf("proxies of type %q are not supported", proxy.Scheme)
	}
	bottom, err := t.dialTCP(ctx, targetOf(proxy).addr)
	if err != nil || proxy.Scheme == "http" {
		return bottom, bottom, nil, err
	}
	cfg := t.opts.TLS.Clone()
	cfg.ServerName = proxy.Hostname()
	cfg.NextProtos = []string{"http/1.1"}
	stream, records, err := t.handshake(ctx, bottom, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	return bottom, stream, records, nil
}

// connect asks a proxy for a tunnel.
func (t *Transport) connect(ctx context.Context, raw net.Conn, proxy *url.URL, addr string) error {
	header := t.opts.ProxyHeader.Clone()
	if header == nil {
		header = http.Header{}
	}
	if auth := proxyAuthorization(proxy); auth != "" {
		header.Set("Proxy-Authorization", auth)
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: header}
	stop := (&conn{raw: raw}).guard(ctx, t.opts.TLSTimeout)
	err := t.tunnel(raw, req)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	return err
}

func (t *Transport) tunnel(raw net.Conn, req *http.Request) error {
	if err := req.Write(raw); err != nil {
		return err
	}
	// The peer of a tunnel waits for our ClientHello, so nothing beyond the
	// header can be swallowed by this buffer.
	r := bufio.NewReaderSize(io.LimitReader(raw, maxHeader), 512)
	resp, err := http.ReadResponse(r, req)
	for err == nil && interim(resp) {
		resp, err = http.ReadResponse(r, req)
	}
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered CONNECT with status %d", resp.StatusCode)
	}
	return nil
}

func proxyAuthorization(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}

// defaultDial is the SDK's: 30 s to connect.
func defaultDial() func(context.Context, string, string) (net.Conn, error) {
	return (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext
}
