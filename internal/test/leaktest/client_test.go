package leaktest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"wicketkey.internal/fetch"
)

// orders are what the test tells a client.
type orders struct {
	Role   string // a key of roles
	URL    string
	CA     []byte // PEM
	Proxy  string
	TLS    uint16 // the only version to speak
	Debug  bool   // everything that the SDK can log, to standard error
	Cancel bool   // the fetch is cancelled at the first line of standard input
	Fails  bool   // the fetch must fail
	Repeat int    // fetches before the one that is looked at
	Size   int    // of what a server serves
	Way    string // what a client under stress does, a key of ways
	Storm  string // what signals reach its threads, a key of storms
	Loose  bool   // signals are not held back: the control
	Dir    string // for copies on disk
	Good   []bool // whether each of the odd answers is one
}

// client is the second process. It must hold no copy of the secret but the one
// under test, so it tells only a checksum.
type client struct {
	orders
	in  *bufio.Reader
	aws aws.Config
}

// roles are the ways to fetch.
var roles = map[string]func(*client, context.Context) error{
	"agent":       (*client).agent,
	"key":         (*client).key,
	"cache":       (*client).cache,
	"gateway":     (*client).gateway,
	"server":      (*client).server,
	"fetch":       (*client).fetch,
	"many":        (*client).many,
	"wrapped":     (*client).wrappedClient,
	"stress":      (*client).stress,
	"odd":         (*client).odd,
	"life":        (*client).life,
	"sdk":         (*client).sdk,
	"secretcache": (*client).secretcache,
}

func runClient(text string) error {
	c := &client{in: bufio.NewReaderSize(os.Stdin, 64)}
	if err := json.Unmarshal([]byte(text), &c.orders); err != nil {
		return err
	}
	c.aws = c.config()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if c.Cancel {
		go func() {
			c.wait()
			cancel()
		}()
	}
	return roles[c.Role](c, ctx)
}

func (c *client) config() aws.Config {
	cfg := aws.Config{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""),
		BaseEndpoint:     aws.String(c.URL),
		HTTPClient:       awshttp.NewBuildableClient().WithTransportOptions(c.transport),
		RetryMaxAttempts: 2,
	}
	if c.Debug {
		cfg.ClientLogMode = ^aws.ClientLogMode(0)
		cfg.Logger = logging.NewStandardLogger(os.Stderr)
	}
	return cfg
}

func (c *client) transport(t *http.Transport) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA)
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: c.TLS, MaxVersion: c.TLS}
	t.Proxy = nil
	if c.Proxy != "" {
		proxy, err := url.Parse(c.Proxy)
		t.Proxy = func(*http.Request) (*url.URL, error) { return proxy, err }
	}
}

// wait blocks until the test sends a line.
func (c *client) wait() { _, _ = c.in.ReadSlice('\n') }

// at stands still at a checkpoint until the test has searched.
func (c *client) at(checkpoint string, value []byte) {
	fmt.Printf("%s %x\n", checkpoint, checksum(value))
	c.wait()
}

// checksum works byte by byte: a cryptographic hash would keep a block.
func checksum(value []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(value)
	return h.Sum64()
}

// aftermath is the last three checkpoints of every client.
func (c *client) aftermath(closeConnections func()) {
	c.at("closed", nil)
	closeConnections()
	c.at("disconnected", nil)
	collect()
	c.at("collected", nil)
}

func collect() {
	for range 3 {
		runtime.GC()
	}
}

func (c *client) options() *fetch.Options {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return &fetch.Options{AWS: &c.aws, Logger: log}
}

// failed checks a fetch that had to fail.
func (c *client) failed(err error) error {
	if !c.Fails {
		return err
	}
	if err == nil {
		return errors.New("the fetch had to fail")
	}
	c.at("failed", nil)
	return nil
}

func (c *client) fetch(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	for range c.Repeat {
		s, err := f.Get(ctx, secretName)
		if err != nil {
			return err
		}
		s.Close()
	}
	s, err := f.Get(ctx, secretName)
	if err != nil || c.Fails {
		if err = c.failed(err); err != nil {
			return err
		}
		c.aftermath(func() { f.Close() })
		return nil
	}
	return c.hold(f, s)
}

// agent asks a Secrets Manager Agent rather than AWS.
func (c *client) agent(ctx context.Context) error {
	opts := c.options()
	opts.Agent = &fetch.Agent{URL: c.URL, Token: "token"}
	f, err := fetch.New(ctx, opts)
	if err != nil {
		return err
	}
	s, err := f.Get(ctx, secretName)
	if err != nil {
		return err
	}
	return c.hold(f, s)
}

// key takes one key out of a secret.
func (c *client) key(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	s, err := f.GetRef(ctx, fetch.Ref{ID: secretName, Key: "k"})
	if err != nil || c.Fails {
		if err = c.failed(err); err != nil {
			return err
		}
		c.aftermath(func() { f.Close() })
		return nil
	}
	return c.hold(f, s)
}

// hold goes through the checkpoints with a secret in hand.
func (c *client) hold(f *fetch.Client, s *fetch.Secret) error {
	if !s.Locked() {
		fmt.Fprintln(os.Stderr, unlocked)
	}
	c.at("held", s.Bytes())
	s.Close()
	c.aftermath(func() { f.Close() })
	return nil
}

// unlocked is logged by a client that the system allows no locked memory.
const unlocked = "the secret's memory is not locked"

func (c *client) many(ctx context.Context) error {
	f, err := fetch.New(ctx, c.options())
	if err != nil {
		return err
	}
	list, err := f.GetMany(ctx, strings.Fields(batchNames)...)
	if err != nil {
		return err
	}
	c.at("held", list[0].Bytes())
	for _, s := range list {
		s.Close()
	}
	c.aftermath(func() { f.Close() })
	return nil
}

// wrappedClient hands over an HTTP client that fetch cannot look into.
func (c *client) wrappedClient(ctx context.Context) error {
	t := http.DefaultTransport.(*http.Transport).Clone()
	c.transport(t)
	c.aws = c.patient()
	c.aws.HTTPClient = &http.Client{Transport: wrapped{t}}
	return c.fetch(ctx)
}

type wrapped struct{ http.RoundTripper }

// odd asks for one odd answer after another, and closes what it is given.
func (c *client) odd(ctx context.Context) error {
	c.aws.RetryMaxAttempts = 1
	opts := c.options()
	if c.Way == "agent" {
		opts.Agent = &fetch.Agent{URL: c.URL, Token: "token"}
	}
	f, err := fetch.New(ctx, opts)
	if err != nil {
		return err
	}
	var outcomes []error
	for i, good := range c.Good {
		s, err := f.Get(ctx, fmt.Sprintf("odd-%d", i))
		if (err == nil) != good {
			outcomes = append(outcomes, fmt.Errorf("odd answer %d: good is to be %v: %v", i, good, err))
		}
		s.Close()
	}
	if len(outcomes) > 0 {
		return errors.Join(outcomes...)
	}
	c.aftermath(func() { f.Close() })
	return nil
}
