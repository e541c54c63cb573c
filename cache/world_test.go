package cache_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// world is a Secrets Manager without sockets and a client of it, on virtual time.
type world struct {
	*testing.T
	srv    *mock.Server
	cfg    aws.Config
	client *fetch.Client
}

// inBubble runs f on virtual time. All that it starts must have ended when it
// returns, or the bubble fails the test: goroutines that leak are found.
func inBubble(t *testing.T, f func(t *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t)) })
}

func newWorld(t *testing.T) *world {
	srv := mock.Start(t, &mock.Options{InProcess: true})
	w := &world{T: t, srv: srv, cfg: srv.AWSConfig()}
	w.client = w.clientOf(fetch.Options{AWS: &w.cfg})
	return w
}

// clientOf makes a client that closes with the test.
func (w *world) clientOf(opts fetch.Options) *fetch.Client {
	w.Helper()
	client, err := fetch.New(context.Background(), &opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { client.Close() })
	return client
}

// store makes a store that closes with the test.
func (w *world) store(opts *cache.Options) *cache.Store {
	w.Helper()
	return w.storeOn(w.client, opts)
}

func (w *world) storeOn(client *fetch.Client, opts *cache.Options) *cache.Store {
	w.Helper()
	s, err := cache.New(client, opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { s.Close() })
	return s
}

// official is the official client, unwrapped, on the same server.
func (w *world) official(change ...func(*secretcache.Cache)) *secretcache.Cache {
	w.Helper()
	mine := func(c *secretcache.Cache) { c.Client = w.sdk(mock.DefaultRegion) }
	c, err := secretcache.New(append([]func(*secretcache.Cache){mine}, change...)...)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// put creates a secret or a new current version of it, and returns its ARN.
func (w *world) put(name, value string) string {
	w.Helper()
	arn, err := w.srv.Put(name, []byte(value))
	if err != nil {
		w.Fatal(err)
	}
	return arn
}

// sdk is the SDK's client of a region.
func (w *world) sdk(region string) *secretsmanager.Client {
	return secretsmanager.NewFromConfig(w.cfg, func(o *secretsmanager.Options) { o.Region = region })
}

// putIn creates a secret in another region than put, and returns its ARN.
func (w *world) putIn(region, name, value string) string {
	w.Helper()
	out, err := w.sdk(region).CreateSecret(w.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value})
	if err != nil {
		w.Fatal(err)
	}
	return *out.ARN
}

// remove deletes a secret at once and for good.
func (w *world) remove(name string) {
	w.Helper()
	_, err := w.sdk(mock.DefaultRegion).DeleteSecret(w.Context(), &secretsmanager.DeleteSecretInput{SecretId: &name, ForceDeleteWithoutRecovery: aws.Bool(true)})
	if err != nil {
		w.Fatal(err)
	}
}

// calls is how many GetSecretValue requests there have been.
func (w *world) calls() int { return w.srv.Calls("GetSecretValue") }

// wants checks what a read gives.
func (w *world) wants(s *cache.Store, id, want string) {
	w.Helper()
	got, err := value(w.Context(), s, id)
	if err != nil || got != want {
		w.Errorf("at %v, %s: got %q, %v; want %q", time.Now().UTC().Format(time.DateTime), id, got, err, want)
	}
}

// recovers ends all trouble and checks what a read gives after the longest hold.
func (w *world) recovers(s *cache.Store, id, want string) {
	w.Helper()
	w.faults()
	sleep(2 * time.Minute)
	w.wants(s, id, want)
}

// value reads a secret by View.
func value(ctx context.Context, s *cache.Store, id string) (string, error) {
	var got string
	err := s.View(ctx, id, func(v []byte) error {
		got = string(v)
		return nil
	})
	return got, err
}

var sleep = cache.Sleep

// The ways in which AWS fails.
var (
	throttled   = mock.Fault{Failure: mock.Throttling}
	broken      = mock.Fault{Failure: mock.InternalError}
	expired     = mock.Fault{Failure: mock.ExpiredToken}
	denied      = mock.Fault{Failure: mock.AccessDenied}
	kmsDenied   = mock.Fault{Failure: mock.KMSDenied}
	keyDisabled = mock.Fault{Failure: mock.DecryptionFailure}
	notFound    = mock.Fault{Failure: "ResourceNotFoundException"}
	deleted     = mock.Fault{Failure: "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."}
	noVersion   = mock.Fault{Failure: "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"}
	unreachable = mock.Fault{Wire: mock.Hangup}
)

// faults are what befalls requests from now on; none ends all trouble.
func (w *world) faults(faults ...mock.Fault) {
	w.Helper()
	w.srv.ClearFaults(nil)
	if err := w.srv.Inject(faults...); err != nil {
		w.Fatal(err)
	}
}

// strike makes this fault, or none if it is zero, the only one of the secret's.
func (w *world) strike(secret string, f mock.Fault) {
	w.srv.ClearFaults(func(old mock.Fault) bool { return old.Secret == secret })
	if f.Failure == "" && f.Wire == "" {
		return
	}
	f.Secret = secret
	if err := w.srv.Inject(f); err != nil {
		w.Error(err)
	}
}

// via makes a client whose requests and answers pass through something: it hears them,
// delays questions and changes answers as no AWS would.
func (w *world) via(pass func(question string, ask func() string) (answer string)) *fetch.Client {
	w.Helper()
	cfg := w.cfg.Copy()
	cfg.HTTPClient = between{cfg.HTTPClient, pass}
	return w.clientOf(fetch.Options{AWS: &cfg})
}

type between struct {
	aws.HTTPClient
	pass func(question string, ask func() string) string
}

func (b between) Do(req *http.Request) (resp *http.Response, err error) {
	question, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(question))
	answer := b.pass(string(question), func() string {
		if resp, err = b.HTTPClient.Do(req); err != nil {
			return ""
		}
		defer resp.Body.Close()
		var body []byte
		body, err = io.ReadAll(resp.Body)
		return string(body)
	})
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(answer)), int64(len(answer))
	resp.Header.Del("Content-Length")
	return resp, nil
}
