package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/cache"
	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// world is a Secrets Manager without sockets and a client of it, on virtual time.
type world struct {
	*testing.T
	srv    *mock.Server
	client *fetch.Client
}

// inBubble runs f on virtual time.
func inBubble(t *testing.T, f func(t *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t)) })
}

func newWorld(t *testing.T) *world {
	srv := mock.Start(t, &mock.Options{InProcess: true})
	cfg := srv.AWSConfig()
	client, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return &world{T: t, srv: srv, client: client}
}

// store makes a store that closes with the test.
func (w *world) store(opts *cache.Options) *cache.Store {
	w.Helper()
	s, err := cache.New(w.client, opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { s.Close() })
	return s
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

// calls is how many GetSecretValue calls there have been.
func (w *world) calls() int { return w.srv.Calls("GetSecretValue") }

// value reads a secret by View.
func value(ctx context.Context, s *cache.Store, id string) (string, error) {
	var got string
	err := s.View(ctx, id, func(v []byte) error {
		got = string(v)
		return nil
	})
	return got, err
}

// wants checks what a read gives.
func (w *world) wants(s *cache.Store, id, want string) {
	w.Helper()
	got, err := value(w.Context(), s, id)
	if err != nil || got != want {
		w.Errorf("at %v, %s: got %q, %v; want %q", time.Now().UTC().Format(time.TimeOnly), id, got, err, want)
	}
}

// sleep lets virtual time pass, and what falls due in it happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestGetAndView(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db/main", "hunter2")
		s := t.store(nil)
		secret, err := s.Get(t.Context(), "db/main")
		if err != nil {
			t.Fatal(err)
		}
		defer secret.Close()
		if string(secret.Bytes()) != "hunter2" || secret.ARN() != arn || secret.Name() != "db/main" {
			t.Errorf("got %q of %s", secret.Bytes(), secret.ARN())
		}
		t.wants(s, "db/main", "hunter2")
		if got := t.calls(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
		if got := t.srv.Calls("DescribeSecret"); got != 0 {
			t.Errorf("%d DescribeSecret calls, want 0", got)
		}
	})
}
