package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
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
	sky    *sky
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
	w.sky = &sky{next: w.cfg.HTTPClient, counts: make(map[string]int)}
	w.cfg.HTTPClient = w.sky
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

// through makes a store whose client reaches the server by way of something.
func (w *world) through(way func(next aws.HTTPClient) aws.HTTPClient, opts *cache.Options) *cache.Store {
	w.Helper()
	cfg := w.cfg.Copy()
	cfg.HTTPClient = way(cfg.HTTPClient)
	return w.storeOn(w.clientOf(fetch.Options{AWS: &cfg}), opts)
}

// official is the official client, unwrapped, on the same server.
func (w *world) official(change ...func(*secretcache.Cache)) *secretcache.Cache {
	w.Helper()
	mine := func(c *secretcache.Cache) { c.Client = secretsmanager.NewFromConfig(w.cfg) }
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

// calls is how many GetSecretValue requests there have been.
func (w *world) calls() int { return w.sky.calls("GetSecretValue") }

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
	w.sky.clear()
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

// sleep lets virtual time pass, and what falls due in it happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// sky is what lies between a client and the server, with weather that changes.
type sky struct {
	next aws.HTTPClient

	mu      sync.Mutex
	counts  map[string]int
	latency time.Duration
	storm   func(operation, body string) *weather // nil: fine
	heard   func(body, answer string)             // told of each answer of the server's own and each storm's, if not nil
}

// weather is an error answer in place of the server's.
type weather struct {
	code, message string
	retryAfter    time.Duration
	body          string // in place of an error: an answer to another question
}

// The ways in which AWS fails.
var (
	throttled   = weather{code: "ThrottlingException", message: "Rate exceeded"}
	broken      = weather{code: "InternalServiceError", message: "An error occurred on the server side."}
	expired     = weather{code: "ExpiredTokenException", message: "The security token included in the request is expired"}
	denied      = weather{code: "AccessDeniedException", message: "User is not authorized to perform: secretsmanager:GetSecretValue"}
	kmsDenied   = weather{code: "AccessDeniedException", message: "Access to KMS is not allowed"}
	keyDisabled = weather{code: "DecryptionFailure", message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key."}
	notFound    = weather{code: "ResourceNotFoundException", message: "Secrets Manager can't find the specified secret."}
	deleted     = weather{code: "InvalidRequestException", message: "You can't perform this operation on the secret because it was marked for deletion."}
	noVersion   = weather{code: "ResourceNotFoundException", message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"}
	unreachable = weather{}
)

// slow makes every request take a while.
func (s *sky) slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = d
}

// fail makes the operations given fail, or all of them.
func (s *sky) fail(w weather, operations ...string) {
	s.strike(func(operation, _ string) *weather {
		for _, o := range operations {
			if o == operation {
				return &w
			}
		}
		if len(operations) == 0 {
			return &w
		}
		return nil
	})
}

func (s *sky) strike(storm func(operation, body string) *weather) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.storm = storm
}

// clear ends all trouble.
func (s *sky) clear() {
	s.slow(0)
	s.strike(nil)
}

func (s *sky) calls(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[operation]
}

func (s *sky) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.counts {
		n += c
	}
	return n
}

func (s *sky) Do(req *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	s.counts[operation]++
	latency, storm, heard := s.latency, s.storm, s.heard
	s.mu.Unlock()
	select {
	case <-time.After(latency):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if storm != nil {
		if w := storm(operation, string(body)); w != nil {
			if heard != nil {
				heard(string(body), w.code)
			}
			return w.answer(req)
		}
	}
	resp, err := s.next.Do(req)
	if err != nil || heard == nil {
		return resp, err
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	heard(string(body), string(answer))
	return resp, err
}

func (w *weather) answer(req *http.Request) (*http.Response, error) {
	if *w == unreachable {
		return nil, fmt.Errorf("no route to host")
	}
	status, body := http.StatusBadRequest, fmt.Sprintf(`{"__type":%q,"Message":%q}`, w.code, w.message)
	if w.body != "" {
		status, body = http.StatusOK, w.body
	}
	if *w == broken {
		status = http.StatusInternalServerError
	}
	resp := &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
	if w.retryAfter > 0 {
		resp.Header.Set("X-Amz-Retry-After", fmt.Sprint(w.retryAfter.Milliseconds()))
	}
	return resp, nil
}
