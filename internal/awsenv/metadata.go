package awsenv

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

const (
	// The SDK's own limits for one connection and one answer.
	imdsDial   = 250 * time.Millisecond
	imdsAnswer = 500 * time.Millisecond
	// imdsTimeouts is how many attempts of one request may time out. Two, so
	// that one lost packet is forgiven, yet a token request that never comes
	// back (hop limit) leaves time to fall back to IMDSv1.
	imdsTimeouts = 2
	imdsBackoff  = 25 * time.Millisecond

	imdsTokenTTL = 300 // seconds, the SDK's
	headerToken  = "X-Aws-Ec2-Metadata-Token"
	headerTTL    = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	pathToken    = "/latest/api/token"
	pathMetadata = "/latest/meta-data"
	pathIdentity = "/latest/dynamic/instance-identity/document"
)

// metadata asks the instance metadata service, by the rules of the SDK's own
// client, whose middleware a start would pay for. There is one, so that region
// and credentials share a session token.
type metadata struct {
	caller
	at    *url.URL
	err   error // why nobody is asked
	v1Off bool

	mu      sync.Mutex // guards what follows
	token   string
	until   time.Time
	without bool        // no token is asked for: this instance hands out none
	last    error       // how the last request for a token ended
	asking  *tokenReply // nil: nobody asks for one
	region  string      // empty until the instance has named one
}

// tokenReply is what those wait for who need a token while one is asked for.
type tokenReply struct {
	done      chan struct{}
	token     string
	err       error
	abandoned bool // who asked gave up: no answer for the others
}

func newMetadata(l *Loaded, set *settings, dial dialFunc) *metadata {
	m := &metadata{v1Off: aws.ToBool(set.imdsV1Disabled)}
	m.caller = caller{
		http:    l.lookups.nearby(l.roots(), dialWithin(imdsDial, dial), imdsAnswer),
		retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = retry.BackoffDelayerFunc(imdsDelay) }),
		skew:    new(atomic.Int64),
		noSkew:  true,
	}
	if m.at, m.err = set.imdsAt(); set.imdsDisabled {
		m.err = &Error{Kind: ErrIMDSDisabled, Cause: "AWS_EC2_METADATA_DISABLED is true", Remedy: "unset AWS_EC2_METADATA_DISABLED"}
	}
	return m
}

func imdsDelay(attempt int, err error) (time.Duration, error) {
	if isTimeout(err) && attempt >= imdsTimeouts {
		return 0, err
	}
	return rand.N(imdsBackoff << attempt), nil
}

func (m *metadata) findRegion(ctx context.Context) (string, error) {
	m.mu.Lock()
	known := m.region
	m.mu.Unlock()
	if known != "" {
		return known, nil
	}
	body, err := m.get(ctx, pathIdentity)
	if err != nil {
		return "", err
	}
	var document struct {
		Region string `json:"region"`
	}
	if json.Unmarshal(body, &document) != nil || !isHostLabels(document.Region) {
		return "", errors.New("the instance's identity document names no region")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.region = document.Region
	return document.Region, nil
}

func (m *metadata) get(ctx context.Context, path string) (content []byte, err error) {
	if m.err != nil {
		return nil, m.err
	}
	asked := false
	err = m.ask(ctx, func(ctx context.Context, _ time.Time) (*http.Request, error) {
		token, now, err := m.session(ctx)
		asked = asked || now
		if err != nil {
			return nil, &final{err}
		}
		request, err := m.request(ctx, http.MethodGet, path)
		if err == nil && token != "" {
			request.Header.Set(headerToken, token)
		}
		return request, err
	}, func(answer *http.Response, body []byte) error {
		content = body
		return m.accept(answer, asked)
	})
	return content, err
}

func (m *metadata) request(ctx context.Context, method, path string) (*http.Request, error) {
	u := &url.URL{Scheme: m.at.Scheme, Host: m.at.Host, Path: path}
	return http.NewRequestWithContext(ctx, method, u.String(), nil)
}

// accept asks again with a new token where the old one, or none, is refused. If
// one was asked for just now and lost, that will not change by asking again.
func (m *metadata) accept(answer *http.Response, asked bool) error {
	if isOK(answer) {
		return nil
	}
	said := refused(answer, "", "")
	if answer.StatusCode != http.StatusUnauthorized || asked && m.tokenLost() {
		return said
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token, m.without = "", false
	return &passing{said}
}

// session gives the token for a request, empty where IMDSv1 has to do, and says
// whether it was asked for now. The first who needs one asks for it; the others
// share what comes of it, each for as long as its context lasts.
func (m *metadata) session(ctx context.Context) (token string, asked bool, err error) {
	for {
		m.mu.Lock()
		switch {
		case m.without && !m.v1Off:
			m.mu.Unlock()
			return "", false, nil
		case m.token != "" && time.Now().Before(m.until):
			defer m.mu.Unlock()
			return m.token, false, nil
		case m.asking == nil:
			reply := &tokenReply{done: make(chan struct{})}
			m.asking = reply
			m.mu.Unlock()
			m.answer(ctx, reply)
			return reply.token, true, reply.err
		}
		reply := m.asking
		m.mu.Unlock()
		select {
		case <-reply.done:
		case <-ctx.Done():
			return "", true, ctx.Err()
		}
		if !reply.abandoned {
			return reply.token, true, reply.err
		}
	}
}

func (m *metadata) answer(ctx context.Context, reply *tokenReply) {
	token, ttl, err := m.newToken(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(reply.done)
	m.asking = nil
	if err == nil {
		m.token, m.until, m.last = token, time.Now().Add(ttl), nil
		reply.token = token
		return
	}
	reply.err = err
	if reply.abandoned = ctx.Err() != nil; reply.abandoned {
		return
	}
	m.last = err
	said, status := (*refusal)(nil), 0
	if errors.As(err, &said) {
		status = said.HTTPStatusCode()
	}
	switch status {
	case 0, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		m.without = !m.v1Off
	case http.StatusBadRequest:
		return
	}
	if !m.v1Off {
		reply.err = nil
	}
}

func (m *metadata) newToken(ctx context.Context) (token string, ttl time.Duration, err error) {
	err = m.ask(ctx, func(ctx context.Context, _ time.Time) (*http.Request, error) {
		request, err := m.request(ctx, http.MethodPut, pathToken)
		if err == nil {
			request.Header.Set(headerTTL, strconv.Itoa(imdsTokenTTL))
		}
		return request, err
	}, func(answer *http.Response, body []byte) error {
		if !isOK(answer) {
			return refused(answer, "", "")
		}
		seconds, err := strconv.Atoi(answer.Header.Get(headerTTL))
		if err != nil || len(body) == 0 || strings.ContainsAny(string(body), "\r\n") {
			return errors.New("the answer is no session token")
		}
		token, ttl = string(body), time.Duration(seconds)*time.Second
		return nil
	})
	return token, ttl, err
}

// tokenLost reports that the last request for a token was sent and not answered.
func (m *metadata) tokenLost() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last != nil && isTimeout(m.last) && !isDial(m.last)
}

// final and passing tell the SDK's retry loop what to do.
type final struct{ error }

func (*final) RetryableError() bool { return false }
func (f *final) Unwrap() error      { return f.error }

type passing struct{ error }

func (*passing) RetryableError() bool { return true }
func (p *passing) Unwrap() error      { return p.error }
