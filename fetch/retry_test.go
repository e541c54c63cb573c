package fetch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// inBubble runs a test on virtual time against a server without sockets.
func inBubble(t *testing.T, test func(t *testing.T, srv *mock.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		if _, err := srv.Put(name, []byte("hunter2")); err != nil {
			t.Fatal(err)
		}
		test(t, srv)
	})
}

func TestAttempts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		failure mock.Failure
		cfg     func(*aws.Config)
		opts    fetch.Options
		calls   int
	}{
		{name: "three for a broken service", failure: mock.InternalError, calls: 3},
		{name: "none for a refusal", failure: mock.AccessDenied, calls: 1},
		{name: "the option", failure: mock.Throttling, opts: fetch.Options{MaxAttempts: 2}, calls: 2},
		{name: "the configuration", failure: mock.Throttling, cfg: func(c *aws.Config) { c.RetryMaxAttempts = 4 }, calls: 4},
		{name: "adaptive", failure: mock.InternalError, cfg: func(c *aws.Config) { c.RetryMode = aws.RetryModeAdaptive }, calls: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, srv *mock.Server) {
				_ = srv.Inject(mock.Fault{Failure: tt.failure})
				cfg := srv.AWSConfig()
				if tt.cfg != nil {
					tt.cfg(&cfg)
				}
				tt.opts.AWS = &cfg
				if _, err := newClient(t, srv, &tt.opts).Get(t.Context(), name); err == nil {
					t.Fatal("no error")
				}
				if got := srv.Calls("GetSecretValue"); got != tt.calls {
					t.Errorf("%d calls, want %d", got, tt.calls)
				}
			})
		})
	}
}

func TestAttemptsOfTheEnvironment(t *testing.T) {
	srv := mock.Start(t)
	_ = srv.Inject(mock.Fault{Failure: mock.InternalError})
	environment(t, map[string]string{"AWS_ENDPOINT_URL_SECRETS_MANAGER": srv.URL(), "AWS_MAX_ATTEMPTS": "2"})
	if _, err := defaultClient(t, nil).Get(t.Context(), name); !errors.Is(err, fetch.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, fetch.ErrUnavailable)
	}
	if got := srv.Calls("GetSecretValue"); got != 2 {
		t.Errorf("%d calls, want 2", got)
	}
}

// Throttling is waited out until the budget ends; the error says what was met,
// not only that time ran out.
func TestThrottledToTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *mock.Server) {
		_ = srv.Inject(mock.Fault{Failure: mock.Throttling})
		began := time.Now()
		_, err := newClient(t, srv, nil).Get(t.Context(), name)
		if took := time.Since(began); took != time.Minute {
			t.Errorf("gave up after %v, want the budget of a minute", took)
		}
		if !errors.Is(err, fetch.ErrThrottled) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want throttled and the deadline", err)
		}
		if calls := srv.Calls("GetSecretValue"); calls < 5 || calls > 101 {
			t.Errorf("%d calls in a minute", calls)
		}
	})
}

// A service that does not answer is named as one, not by what the SDK makes of it.
func TestNoAnswerInTime(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *mock.Server) {
		_ = srv.Inject(mock.Fault{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := newClient(t, srv, nil).Get(ctx, name)
		const want = "no answer yet; gave up after 1 attempt: context deadline exceeded"
		if !errors.Is(err, fetch.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	inBubble(t, func(t *testing.T, srv *mock.Server) {
		_ = srv.Inject(mock.Fault{Failure: mock.Throttling, Times: 1, RetryAfter: 3 * time.Second})
		began := time.Now()
		get(t, newClient(t, srv, nil), name)
		if took := time.Since(began); took < 3*time.Second {
			t.Errorf("asked again after %v, the service said 3s", took)
		}
	})
	inBubble(t, func(t *testing.T, srv *mock.Server) {
		_ = srv.Inject(mock.Fault{Failure: mock.Throttling, RetryAfter: 1500 * time.Millisecond})
		_, err := newClient(t, srv, &fetch.Options{MaxAttempts: 1}).Get(t.Context(), name)
		var e *fetch.Error
		if !errors.As(err, &e) || e.RetryAfter != 1500*time.Millisecond {
			t.Errorf("got %v, want to be told 1.5s", err)
		}
	})
}
