package awsenv

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

const (
	// The SDK's own limits for one connection and one answer.
	imdsDial   = 250 * time.Millisecond
	imdsHeader = 500 * time.Millisecond
	// imdsLimit bounds the whole of a credentials or region lookup.
	imdsLimit = 2 * time.Second
	// imdsTimeouts is how many attempts of one request may time out. Two, so
	// that one lost packet is forgiven, yet a token request that never comes
	// back (hop limit) leaves time to fall back to IMDSv1.
	imdsTimeouts = 2
	imdsBackoff  = 25 * time.Millisecond
)

// metadata is the one client of the instance metadata service, so that region
// and credentials share a session token.
type metadata struct {
	client *imds.Client
	http   *metadataHTTP
	off    bool
	begun  atomic.Bool // somebody made the first call

	mu     sync.Mutex
	region string // mu guards it; empty until the instance has named one
}

func newMetadata(cfg aws.Config, set *settings, dial dialFunc) *metadata {
	m := &metadata{off: set.imdsDisabled, http: newMetadataHTTP(dial)}
	m.client = imds.NewFromConfig(cfg, func(o *imds.Options) {
		o.HTTPClient = m.http
		o.Retryer = retry.NewStandard(m.retries)
		// It would replace our backoff by one of up to a second.
		o.DisableDefaultMaxBackoff = true
	})
	return m
}

func (m *metadata) retries(o *retry.StandardOptions) {
	o.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
		if isTimeout(err) && attempt >= imdsTimeouts {
			return 0, err
		}
		return rand.N(imdsBackoff << attempt), nil
	})
	// Without a token, "unauthorized" will not change by asking again. The
	// SDK's error hides its status from errors.As, so the wire has to tell.
	o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(error) aws.Ternary {
		if m.http.unauthorized.Load() && m.http.tokenLost() {
			return aws.FalseTernary
		}
		return aws.UnknownTernary
	})}, o.Retryables...)
}

// InstanceRegion asks the instance for its region and remembers the answer. It
// waits for the network, two seconds at most. Errors are of kind [ErrNoRegion]
// and also of one of the ErrIMDS kinds.
func (l *Loaded) InstanceRegion(ctx context.Context) (string, error) {
	region, bad := l.metadata.findRegion(ctx)
	if bad != nil {
		return "", bad.within(ErrNoRegion, "none configured, and the instance named none", "set AWS_REGION, or: ")
	}
	return region, nil
}

func (m *metadata) findRegion(ctx context.Context) (string, *Error) {
	m.mu.Lock()
	known := m.region
	m.mu.Unlock()
	if known != "" {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, imdsLimit)
	defer cancel()
	leave, err := m.enter(ctx)
	if err != nil {
		return "", m.explain(err)
	}
	defer leave()
	out, err := m.client.GetRegion(ctx, nil)
	if err != nil {
		return "", m.explain(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.region = out.Region
	return out.Region, nil
}

// enter lets the first caller through at once and the others when there is a
// session token, or when the first has failed to get one. The SDK has a lock
// for that, but waiting for it does not end with the context.
func (m *metadata) enter(ctx context.Context) (leave func(), err error) {
	if m.begun.CompareAndSwap(false, true) {
		return m.http.settle, nil
	}
	select {
	case <-m.http.settled:
		return func() {}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *chain) instance() aws.CredentialsProvider {
	if c.fallback {
		c.where = "instance metadata"
		c.via = append(c.via, aws.CredentialSourceIMDS)
	} else {
		c.passed("instance metadata", aws.CredentialSourceIMDS)
	}
	return &instanceProvider{
		metadata: c.metadata,
		fallback: c.fallback,
		Provider: ec2rolecreds.New(func(o *ec2rolecreds.Options) {
			o.Client = c.metadata.client
			o.CredentialSources = c.sources()
		}),
	}
}

// instanceProvider bounds the SDK's provider and explains its errors. The
// embedded provider keeps its way of living through an outage: credentials
// once fetched are used beyond their time while metadata is down.
type instanceProvider struct {
	*ec2rolecreds.Provider
	metadata *metadata
	fallback bool
}

func (p *instanceProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := bounded(ctx, imdsLimit, func(ctx context.Context) (aws.Credentials, error) {
		leave, err := p.metadata.enter(ctx)
		if err != nil {
			return aws.Credentials{}, err
		}
		defer leave()
		return p.Provider.Retrieve(ctx)
	})
	if err == nil {
		return keys, nil
	}
	bad := p.metadata.explain(err)
	if p.fallback {
		bad = bad.within(ErrNoCredentials,
			"none in the environment, web identity, the shared files or a container; then asked the instance",
			"configure one of these, or: ")
	}
	return aws.Credentials{}, bad
}

// explain tells the ways apart in which metadata can fail, from what was seen
// on the wire.
func (m *metadata) explain(err error) *Error {
	const hops = "in a container on EC2 set the instance's metadata hop limit to 2 (http-put-response-hop-limit)"
	switch status := httpStatus(err); {
	case m.off:
		return &Error{Kind: ErrIMDSDisabled, Cause: "AWS_EC2_METADATA_DISABLED is true",
			Fix: "unset it to use the instance's role"}
	case m.http.tokenLost():
		return &Error{Kind: ErrIMDSHopLimit, Err: err, Fix: hops,
			Cause: "it accepts connections, but the request for a session token was not answered"}
	case !m.http.reached.Load():
		return &Error{Kind: ErrIMDSUnreachable, Err: err, Cause: "no connection could be made",
			Fix: "off EC2, configure credentials and AWS_REGION, and set AWS_EC2_METADATA_DISABLED=true to save the wait"}
	case status == http.StatusForbidden:
		return &Error{Kind: ErrIMDSDisabled, Err: err, Cause: "the instance refuses it",
			Fix: "enable the instance's metadata endpoint (http-endpoint enabled)"}
	case status == http.StatusNotFound:
		return &Error{Kind: ErrNoCredentials, Err: err, Cause: "the instance has no role",
			Fix: "attach an IAM role (instance profile) to it"}
	case isTimeout(err):
		return &Error{Kind: ErrIMDSUnreachable, Err: err, Cause: "it did not answer in time", Fix: "try again"}
	}
	return &Error{Kind: ErrCredentials, Err: err, Cause: "instance metadata",
		Fix: "check that the instance's role exists and trusts ec2.amazonaws.com"}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

func httpStatus(err error) int {
	if answer, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// metadataHTTP notes what happens on the wire, because the SDK swallows the
// failure of a token request when it falls back to IMDSv1.
type metadataHTTP struct {
	client  aws.HTTPClient
	reached atomic.Bool // the last connection attempt succeeded
	lost    atomic.Bool // the last token request was sent and not answered
	// unauthorized: the last answer was 401
	unauthorized atomic.Bool
	settled      chan struct{}
	settle       func() // closes settled, once
}

func newMetadataHTTP(dial dialFunc) *metadataHTTP {
	m := &metadataHTTP{settled: make(chan struct{})}
	m.settle = sync.OnceFunc(func() { close(m.settled) })
	m.client = nearby(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer(dial)(ctx, network, address)
		m.reached.Store(err == nil)
		return conn, err
	}, imdsDial, imdsHeader)
	return m
}

func (m *metadataHTTP) tokenLost() bool { return m.lost.Load() }

func (m *metadataHTTP) Do(r *http.Request) (*http.Response, error) {
	answer, err := m.client.Do(r)
	if r.Method == http.MethodPut {
		m.lost.Store(err != nil && m.reached.Load() && isTimeout(err))
		if err == nil && answer.StatusCode == http.StatusOK {
			m.settle()
		}
	}
	m.unauthorized.Store(err == nil && answer.StatusCode == http.StatusUnauthorized)
	return answer, err
}

// dialer returns dial, or the system's if nil.
func dialer(dial dialFunc) dialFunc {
	if dial == nil {
		return (&net.Dialer{}).DialContext
	}
	return dial
}
