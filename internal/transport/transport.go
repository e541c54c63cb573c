// Package transport is the HTTP/1.1 client for the calls that carry secrets.
//
// It is small for two reasons. It leaves no plaintext behind: the read buffers
// of crypto/tls and bufio are wiped after every exchange, on every path (see
// sweep.go for how, and why that needs no access to their insides). And it can
// open a connection ahead, while credentials are still being fetched.
//
// One exchange runs in the caller's goroutine from the first byte written to
// the last byte read; an idle connection has no goroutine. Answers are not
// decompressed. Redirects are not followed: a request is signed for one host, and
// Secrets Manager sends none.
//
// # Why not net/http
//
// Its Transport knows proxies, idle connections and 1xx better than any other,
// and could be given a connection that wipes. Both were weighed against a hostile
// peer (TestHostilePeer in package fetch):
//
//   - It reads in a goroutine of its own, so that buffers are wiped on another
//     thread than the one on which signals are held back while plaintext is in
//     registers (package wipe).
//   - It costs some 60 µs and 24 allocations a fetch more.
//   - It prints what a peer sends out of turn, which may be a value, to the
//     standard logger.
//   - It is no safer. The faults that this package had were of one kind: bytes that
//     came while nobody had asked were taken for the next answer. A read without
//     waiting at the moment of reuse closes that (see conn.quiet). The goroutine
//     with which net/http watches idle connections notices such bytes when it is
//     scheduled, which may be after the next request has gone out.
//
// # What can still go wrong
//
// HTTP/1.1 has nothing by which an answer names its question. What a peer writes
// between the read at reuse, or the dialling of a connection, and its true answer
// is taken for that answer. Package fetch lets out no answer that is about
// another secret, version or label (ident.Answers). What remains is an earlier
// answer about the same secret and label, and an error, which names no secret: a
// refusal written in just that moment is believed. On connections that only a
// caller can read the look takes up to a millisecond; bytes later than that are in
// the same window. Nothing here helps against a peer that lies.
package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// Options say how to connect. A zero field means the stated default.
type Options struct {
	// Dial opens TCP connections. Default: net.Dialer with the SDK's times.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is the base configuration. Default: TLS 1.2 or newer, Amazon's roots
	// first and then the system's.
	TLS *tls.Config
	// Proxy says which proxy serves a request; nil means none.
	Proxy func(*http.Request) (*url.URL, error)
	// ProxyHeader goes with each CONNECT.
	ProxyHeader http.Header
	// TLSTimeout bounds the handshake, and the proxy's answer. Default: 10 s.
	TLSTimeout time.Duration
	// ExchangeTimeout bounds an exchange, from the first byte sent to the last
	// byte received. Default: none.
	ExchangeTimeout time.Duration
	// OneExchange uses each connection once. Default: they are kept.
	OneExchange bool
	// IdleTimeout is how long an unused connection is kept. Default: 90 s.
	IdleTimeout time.Duration
}

// maxIdle bounds the connections kept for one target. A client needs one; a
// burst of single calls a few.
const maxIdle = 4

// Transport sends requests. It is safe for concurrent use.
type Transport struct {
	opts Options

	mu     sync.Mutex // guards what follows
	idle   map[target][]*conn
	ahead  map[target]*dialing
	live   map[target]int // connections idle, in use and on their way
	era    int            // which connections may be kept: see Renew
	closed bool
}

// New returns a Transport. It connects to nothing yet.
func New(opts Options) *Transport {
	if opts.Dial == nil {
		opts.Dial = defaultDial()
	}
	if opts.TLS == nil {
		opts.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if opts.TLSTimeout == 0 {
		opts.TLSTimeout = 10 * time.Second
	}
	if opts.IdleTimeout == 0 {
		opts.IdleTimeout = 90 * time.Second
	}
	return &Transport{opts: opts, idle: map[target][]*conn{}, ahead: map[target]*dialing{}, live: map[target]int{}}
}

// Do sends one request and returns when the answer's header is there. The
// caller must read the body to its end or close it; that wipes the buffers.
func (t *Transport) Do(req *http.Request) (*http.Response, error) {
	body, err := requestBody(req)
	if err != nil {
		return nil, err
	}
	to := targetOf(req.URL)
	for {
		c, err := t.acquire(req.Context(), req.URL, to)
		if err != nil {
			return nil, said(req.Context(), err)
		}
		resp, err := t.exchange(c, to, req, body)
		if err == nil {
			return resp, nil
		}
		if !c.reused || !errors.Is(err, errUnanswered) || req.Context().Err() != nil {
			return nil, said(req.Context(), err)
		}
		// Silence has used up the time of this exchange. Whatever lost this
		// connection may have lost the idle ones: the next exchange shall dial.
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.drop(to)
			return nil, err
		}
		// A connection that idled may have been closed by the peer unseen: that
		// is no failure of the service. Each turn uses one up, so this ends.
	}
}

// requestBody takes the body out so that it can be sent a second time. What
// these calls send is an identifier, a hundred bytes.
func requestBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

// errUnanswered marks an exchange that ended before the first byte of an answer.
var errUnanswered = errors.New("connection lost before an answer")

func (t *Transport) exchange(c *conn, to target, req *http.Request, body []byte) (*http.Response, error) {
	stop := c.guard(req.Context(), t.opts.ExchangeTimeout)
	answered := false
	defer func() {
		if !answered { // for an error, or a panic of a caller's own kind of connection
			stop()
			t.discard(to, c)
		}
	}()
	resp, err := c.roundTrip(req, body)
	if err != nil {
		return nil, t.explain(err)
	}
	answered = true
	keep := !resp.Close && !req.Close && !t.opts.OneExchange
	resp.Body = &answerBody{src: resp.Body, c: c, t: t, ctx: req.Context(), done: func(whole bool) {
		live := stop()
		empty := c.sweep()
		t.release(to, c, live && empty && whole && keep)
	}}
	return resp, nil
}

func (c *conn) roundTrip(req *http.Request, body []byte) (resp *http.Response, err error) {
	if err := c.send(req, body); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	c.block.Do(func() { resp, err = c.receive(req) })
	return resp, err
}

func (c *conn) send(req *http.Request, body []byte) error {
	out := *req
	out.Body, out.ContentLength = nil, int64(len(body)) // for http.NoBody package http allocates 32 kB to copy it with
	if len(body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	write := out.Write
	if c.absURI {
		write = out.WriteProxy
		if c.proxyAuth != "" {
			out.Header = req.Header.Clone()
			out.Header.Set("Proxy-Authorization", c.proxyAuth)
		}
	}
	return errors.Join(write(c.w), c.w.Flush())
}

// receive reads as far as the body.
func (c *conn) receive(req *http.Request) (*http.Response, error) {
	c.top.limit(maxHeader) // for all of 1xx and the header itself
	defer c.top.limit(math.MaxInt64)
	if _, err := c.r.Peek(1); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnanswered, err)
	}
	for {
		resp, err := c.readHead(req)
		if err != nil || !interim(resp) {
			return resp, err
		}
	}
}

// interim reports whether another answer follows this one: 100 Continue, 103
// Early Hints, and what is to come.
func interim(resp *http.Response) bool { return resp.StatusCode < http.StatusOK }

// explain says which limit an expired deadline was.
func (t *Transport) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) && t.opts.ExchangeTimeout > 0 {
		return fmt.Errorf("no complete answer within %v: %w", t.opts.ExchangeTimeout, err)
	}
	return err
}

// said prefers what ended the caller's context over its consequences.
func said(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	return err
}
