package fetch

import (
	"context"
	"log/slog"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/printable"
	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/transport"
)

// Client asks Secrets Manager. It is safe for concurrent use.
type Client struct {
	opts     Options // with the defaults filled in
	settings settings
	agent    *agentClient // nil: AWS itself is asked
	log      *slog.Logger
	retryer  aws.Retryer
	stop     context.CancelFunc // ends what New started in the background

	region func(context.Context) (string, error) // the default region; asks the instance at most once at a time

	jitter func(context.Context) error // delays the first call
	full   confirmed                   // ARNs that AWS has answered with

	mu       sync.Mutex // guards what follows
	closed   bool
	chosen   bool                 // own is final
	own      *transport.Transport // nil when the caller's HTTP client does not allow it
	regional map[string]service
}

// service is Secrets Manager in one region.
type service struct {
	sm  *secretsmanager.Client
	at  *url.URL // where it connects; nil when that is unknown
	err error    // why it connects nowhere
}

// New prepares a client. It waits for nothing: in the background it begins to
// fetch credentials and to open a connection, so that the first Get finds both
// on their way. What it cannot find (no region, no credentials) the calls
// report. A nil opts means the defaults; the error is [ErrInvalid] for an
// option out of range, or one about the shared configuration files. What is begun
// in the background takes values, but not its end, from ctx.
func New(ctx context.Context, opts *Options) (*Client, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := o.lockable(); err != nil {
		return nil, err
	}
	s, err := loadSettings(o)
	if err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &Client{opts: o, settings: s, log: o.Logger, stop: stop, regional: map[string]service{}}
	c.retryer = s.retryer()
	c.jitter = startJitter(o.StartJitter)
	if o.Agent != nil {
		c.agent = newAgentClient(*o.Agent, o.AttemptTimeout)
		if c.retryer == nil {
			c.retryer = s.cfg.Retryer()
		}
		return c, nil
	}
	c.region = regionFinder(s, c.log)
	go c.prepare(background)
	return c, nil
}

// prepare does ahead of the first call what that needs and can be had before
// it: nothing about a connection needs credentials. Failures are left for the
// call to meet, which reports them.
func (c *Client) prepare(ctx context.Context) {
	region, err := c.region(ctx)
	if err != nil {
		return
	}
	if s := c.client(region); s.err == nil {
		c.connectAhead(s.at)
	}
	// Only a cache is asked ahead: another provider might ask a person.
	if cached, ok := c.settings.cfg.Credentials.(*aws.CredentialsCache); ok {
		_, _ = cached.Retrieve(ctx)
	}
}

// client gives the SDK's client for a region, and where that connects.
func (c *Client) client(region string) service {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.regional[region]
	if !ok {
		s.sm = secretsmanager.NewFromConfig(c.settings.cfg, func(o *secretsmanager.Options) { c.configure(o, region) })
		s.at, s.err = endpoint(s.sm.Options())
		c.regional[region] = s
	}
	return s
}

// configure is called with mu held, after the SDK has resolved its defaults.
func (c *Client) configure(o *secretsmanager.Options, region string) {
	if c.opts.SDK != nil {
		c.opts.SDK(o)
	}
	o.Region = region
	if c.opts.Endpoint != "" { // the SDK lets the environment's win
		o.BaseEndpoint = aws.String(c.opts.Endpoint)
	}
	o.Credentials = mark(o.Credentials)
	if c.retryer != nil {
		o.Retryer, o.RetryMaxAttempts = c.retryer, 0
	}
	if !c.chosen {
		at, _ := endpoint(*o)
		c.own, c.chosen = ownTransport(o.HTTPClient, at, c.opts.AttemptTimeout), true
	}
	if c.own != nil {
		o.HTTPClient = redact.Client{Next: c.own}
	} else {
		c.log.Info("wicketkey: the HTTP client given sends the requests; what its read buffers keep cannot be wiped")
		o.HTTPClient = redact.Client{Next: bounded{o.HTTPClient, c.opts.AttemptTimeout}}
	}
	o.APIOptions = append(o.APIOptions, c.recordAttempts(region, c.own != nil))
}

// connectAhead opens a connection unless there is one.
func (c *Client) connectAhead(at *url.URL) {
	c.mu.Lock()
	own := c.own
	c.mu.Unlock()
	if own != nil && at != nil {
		own.Ahead(at)
	}
}

// named is an endpoint in an error.
func named(at *url.URL) string {
	if at == nil {
		return "the endpoint"
	}
	return at.Scheme + "://" + at.Host
}

// endpoint asks the SDK's own resolver where the client would connect; host
// names are never put together by hand. It gives nil when only a call will show.
func endpoint(o secretsmanager.Options) (*url.URL, error) {
	//lint:ignore SA1019 where it is set the SDK asks it first, at each call
	if o.EndpointResolver != nil {
		return nil, nil
	}
	params := secretsmanager.EndpointParameters{
		Region:       aws.String(o.Region),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     o.BaseEndpoint,
	}
	found, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), params)
	switch {
	case err != nil:
		return nil, &Error{Kind: ErrInvalid, Cause: printable.Line(err.Error()), Err: err,
			Remedy: "check region, endpoint, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, which do not go together"}
	case !isEndpoint(&found.URI):
		return nil, &Error{Kind: ErrInvalid, Cause: "the configured endpoint is not a URL", Remedy: remedyEndpoint}
	}
	return &found.URI, nil
}

// Close ends what New began and closes idle connections. Secrets already
// fetched stay valid; calls under way finish; later calls give [ErrClosed].
func (c *Client) Close() error {
	c.stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.agent != nil {
		c.agent.own.Close()
	}
	if c.own != nil {
		c.own.Close()
	}
	return nil
}
