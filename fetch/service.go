package fetch

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/internal/endpoint"
	"wicketkey.internal/internal/printable"
	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/wipe"
)

// service is Secrets Manager in one region: a [source], and the only one that
// answers batches.
type service struct {
	client *Client
	region string
	sm     *secretsmanager.Client
	keys   *keys
	at     *url.URL // where it connects; nil when that is unknown
	err    error    // why it connects nowhere
}

// mostServices bounds what is kept for regions, some 3 kB each: ARNs may name any
// number of them. What is forgotten is made again.
const mostServices = 32

// service gives Secrets Manager in a region. Two callers may make it at the same
// time: the caller's functions are called meanwhile, so no lock can be held.
func (c *Client) service(region string) *service {
	c.mu.Lock()
	s := c.services[region]
	c.mu.Unlock()
	if s != nil {
		return s
	}
	s = c.newService(region)
	c.mu.Lock()
	defer c.mu.Unlock()
	if first := c.services[region]; first != nil {
		return first
	}
	if len(c.services) >= mostServices {
		clear(c.services)
	}
	c.services[region] = s
	return s
}

func (c *Client) newService(region string) *service {
	s := &service{client: c, region: region}
	s.sm = secretsmanager.NewFromConfig(c.settings.cfg, s.configure)
	s.at, s.err = endpointOf(s.sm.Options())
	return s
}

// configure is called when the SDK has resolved its defaults.
func (s *service) configure(o *secretsmanager.Options) {
	c := s.client
	if c.opts.SDK != nil {
		c.opts.SDK(o)
	}
	o.Region = s.region
	if c.opts.Endpoint != "" { // the SDK lets the environment's win
		o.BaseEndpoint = aws.String(c.opts.Endpoint)
	}
	s.keys = keysFrom(o.Credentials)
	if s.keys != nil {
		o.Credentials = s.keys
	}
	if c.retryer != nil {
		o.Retryer, o.RetryMaxAttempts = c.retryer, 0
	}
	carrier, wiping := c.carrierFor(o)
	o.HTTPClient = redact.Client{Next: carrier}
	o.APIOptions = append(o.APIOptions, c.recordAttempts(s.region, wiping))
}

func (s *service) place() string { return s.region }

func (s *service) renew() { s.client.withCarrier(carrier.Renew) }

// connectAhead opens a connection unless there is one.
func (s *service) connectAhead() {
	if s.at != nil {
		s.client.withCarrier(func(c carrier) { c.Ahead(s.at) })
	}
}

func (s *service) get(ctx context.Context, ref Ref, once bool) (*Secret, error) {
	in := &secretsmanager.GetSecretValueInput{SecretId: aws.String(ref.ID), VersionId: optional(ref.VersionID), VersionStage: optional(ref.Stage)}
	var opts []func(*secretsmanager.Options)
	if once {
		opts = append(opts, unthrottled)
	}
	out, values, err := call(ctx, s, ref, func(ctx context.Context) (*secretsmanager.GetSecretValueOutput, error) {
		return s.sm.GetSecretValue(ctx, in, opts...)
	})
	switch {
	case err != nil:
		return nil, err
	case len(values) == 0:
		return nil, &Error{ID: ref.ID, Kind: ErrMalformed, Cause: "a middleware of the caller's answered in place of AWS",
			Remedy: "leave it out of the configuration; a stand-in belongs behind the endpoint or the HTTP client"}
	}
	return newSecret(values[0], metaOf(out.ARN, out.Name, out.VersionId, out.VersionStages, out.CreatedDate, s.region)), nil
}

// call makes one call of the SDK's. Where AWS rejects the keys, which their own
// clock called good, it is made once more with others, if there are any by now.
func call[T any](ctx context.Context, s *service, ref Ref, do func(context.Context) (T, error)) (out T, values []*wipe.Buffer, err error) {
	if s.err != nil {
		return out, nil, withID(ctx, ref, s.err)
	}
	s.connectAhead() // while the SDK waits for credentials
	ctx, tries := withAttempts(ctx)
	ctx, sink := redact.WithSink(ctx)
	defer sink.Discard()
	if out, err = do(ctx); rejected(err) && s.keys.renew(ctx, tries.keys) {
		s.client.log.Info("wicketkey: AWS rejects the credentials; trying those that there are now", "region", s.region, "error", err)
		out, err = do(ctx)
	}
	if err != nil {
		return out, nil, explain(ctx, request{ref, s.region, endpointName(s.at)}, tries, err)
	}
	return out, sink.Take(), nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// endpointName is an endpoint in an error.
func endpointName(at *url.URL) string {
	if at == nil {
		return "the endpoint"
	}
	return at.Scheme + "://" + at.Host
}

// endpointOf is where the client would connect. It gives nil when only a call will
// show.
func endpointOf(o secretsmanager.Options) (*url.URL, error) {
	//lint:ignore SA1019 where it is set the SDK asks it first, at each call
	if o.EndpointResolver != nil {
		return nil, nil
	}
	found, err := endpoint.Of(o)
	switch {
	case err != nil:
		return nil, &Error{Kind: ErrInvalid, Cause: printable.Line(err.Error()), Err: err,
			Remedy: "check region, endpoint, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, which do not go together"}
	case !isEndpoint(found):
		return nil, &Error{Kind: ErrInvalid, Cause: "the configured endpoint is not a URL", Remedy: remedyEndpoint}
	}
	return found, nil
}
