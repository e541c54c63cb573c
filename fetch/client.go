package fetch

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Client asks Secrets Manager. It is safe for concurrent use.
type Client struct {
	opts     Options // with the defaults filled in
	settings settings
	agent    *agent // nil: AWS itself is asked
	log      *slog.Logger
	retryer  aws.Retryer
	stop     context.CancelFunc // ends what New started in the background

	region func(context.Context) (string, error) // the default region; asks the instance at most once at a time

	jitter func(context.Context) error // delays the first call
	full   confirmed                   // ARNs that AWS has answered with

	mu       sync.Mutex // guards what follows; no function of the caller's is called under it
	closed   bool
	calls    int // under way
	carrier  carrier
	services map[string]*service // by region
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
	c := &Client{opts: o, settings: s, log: o.Logger, stop: stop, services: map[string]*service{}}
	c.retryer = s.retryer()
	c.jitter = startJitter(o.StartJitter)
	if o.Agent != nil {
		c.agent = newAgent(c, *o.Agent)
		return c, nil
	}
	c.region = regionFinder(s, c.log)
	c.prepare(background)
	return c, nil
}

// prepare does ahead of the first call what that needs and can be had before
// it: nothing about a connection needs credentials. Failures are left for the
// call to meet, which reports them. A goroutine is started only for what waits: it
// begins late, and beside a call that has to make the same.
func (c *Client) prepare(ctx context.Context) {
	switch {
	case c.settings.cfg.Region == "":
		go func() {
			if c.connectAhead(ctx) {
				c.retrieveAhead(ctx)
			}
		}()
	case c.connectAhead(ctx):
		go c.retrieveAhead(ctx)
	}
}

// connectAhead begins to open a connection to the default region's Secrets Manager,
// once that is found. It reports whether there is such a region.
func (c *Client) connectAhead(ctx context.Context) (found bool) {
	region, err := c.region(ctx)
	if err != nil || ctx.Err() != nil {
		return false
	}
	if s := c.service(region); s.err == nil {
		s.connectAhead()
	}
	return true
}

// retrieveAhead fetches credentials, of a cache alone: another provider might ask a
// person.
func (c *Client) retrieveAhead(ctx context.Context) {
	if cached(c.settings.cfg.Credentials) {
		_, _ = c.settings.cfg.Credentials.Retrieve(ctx)
	}
}

// carrierFor gives what sends the requests, which all regions share: it is chosen
// once, by what the first would send with.
func (c *Client) carrierFor(o *secretsmanager.Options) (_ carrier, wiping bool) {
	c.mu.Lock()
	first := c.carrier
	c.mu.Unlock()
	if first != nil {
		return first, wipes(first)
	}
	at, _ := endpointOf(*o)
	made := newCarrier(o.HTTPClient, at, c.opts.AttemptTimeout)
	c.mu.Lock()
	mine := c.carrier == nil
	if mine {
		c.carrier = made
	}
	used, closed := c.carrier, c.closed
	c.mu.Unlock()
	if closed { // New's preparations are late
		used.Close()
	}
	if mine && !wipes(used) {
		c.log.Info("wicketkey: the HTTP client given sends the requests; what its read buffers keep cannot be wiped")
	}
	return used, wipes(used)
}

// withCarrier calls do with what sends the requests, if that is known by now.
func (c *Client) withCarrier(do func(carrier)) {
	c.mu.Lock()
	used := c.carrier
	c.mu.Unlock()
	if used != nil {
		do(used)
	}
}

// enter admits a call, unless the client is closed, and delays the first of all.
// Without an error the caller calls leave.
func (c *Client) enter(ctx context.Context) (leave func(), err error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, &Error{Kind: ErrClosed, Cause: "the client was closed"}
	}
	c.calls++
	c.mu.Unlock()
	if err := c.jitter(ctx); err != nil {
		c.leave()
		return nil, err
	}
	return c.leave, nil
}

func (c *Client) leave() {
	c.mu.Lock()
	c.calls--
	last := c.closed && c.calls == 0
	c.mu.Unlock()
	if last {
		c.release()
	}
}

// Close ends what New began and closes idle connections, those on which
// credentials were fetched included; an HTTP client of the caller's keeps its own.
// Secrets already fetched stay valid; calls under way finish, and the last of
// them leaves nothing; later calls give [ErrClosed].
func (c *Client) Close() error {
	c.stop()
	c.mu.Lock()
	c.closed = true
	last := c.calls == 0
	c.mu.Unlock()
	c.withCarrier(carrier.Close)
	if c.agent != nil {
		c.agent.own.Close()
	}
	if last {
		c.release()
	}
	return nil
}

// release gives up what calls under way need to the end. It may be called twice.
func (c *Client) release() {
	c.withCarrier(carrier.Close)
	c.settings.close()
}

// startJitter delays the first call, and no other, by a random part of most: a
// fleet that reboots together then asks over that time instead of at once.
func startJitter(most time.Duration) func(context.Context) error {
	var begun atomic.Bool
	return func(ctx context.Context) error {
		if most == 0 || begun.Swap(true) {
			return nil
		}
		if !wait(ctx, rand.N(most)) {
			return ctx.Err()
		}
		return nil
	}
}
