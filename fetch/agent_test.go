package fetch_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"wicketkey.internal/fetch"
)

// agent plays the AWS Workload Credentials Provider: a GET with a token, AWS's
// answer and AWS's errors in its own envelope.
func agent(t *testing.T, token string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch id := r.URL.Query().Get("secretId"); {
		case r.Header.Get("X-Aws-Parameters-Secrets-Token") != token:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "Bad Token")
		case r.URL.Path != "/secretsmanager/get":
			w.WriteHeader(http.StatusNotFound)
		case id == "missing":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}`)
		default:
			fmt.Fprintf(w, `{"ARN":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:%s-AbCdEf","Name":%q,"VersionId":"v",`+
				`"SecretString":"stage %s","VersionStages":[%q],"CreatedDate":"1700000000.5"}`,
				id, id, r.URL.Query().Get("versionStage"), cmp.Or(r.URL.Query().Get("versionStage"), "AWSCURRENT"))
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func TestAgent(t *testing.T) {
	srv := agent(t, "opensesame")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("opensesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := fetch.New(t.Context(), &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "file://" + file}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s, err := client.GetRef(t.Context(), fetch.Ref{ID: name, Stage: "AWSPREVIOUS"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(s.Bytes()), "stage AWSPREVIOUS"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.Region() != "eu-west-1" || s.Created().Unix() != 1700000000 {
		t.Errorf("region %q, created %v", s.Region(), s.Created())
	}
	_ = s.Close()
	if _, err := client.Get(t.Context(), "missing"); !errors.Is(err, fetch.ErrNotFound) {
		t.Errorf("got %v, want %v", err, fetch.ErrNotFound)
	}
	secrets, err := client.GetMany(t.Context(), "a", "b")
	if err != nil || len(secrets) != 2 || secrets[1].Name() != "b" {
		t.Errorf("GetMany: %v", err)
	}
}

func TestAgentWithoutToken(t *testing.T) {
	srv := agent(t, "opensesame")
	client, err := fetch.New(t.Context(), &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "wrong"}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrNoCredentials) {
		t.Errorf("got %v, want %v", err, fetch.ErrNoCredentials)
	}
}

func TestClosedAgent(t *testing.T) {
	srv := agent(t, "opensesame")
	client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "opensesame"}})
	_ = client.Close()
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrClosed) {
		t.Errorf("got %v, want %v", err, fetch.ErrClosed)
	}
	if _, err := client.GetMany(t.Context(), "a", "b"); !errors.Is(err, fetch.ErrClosed) {
		t.Errorf("many: got %v, want %v", err, fetch.ErrClosed)
	}
}

// An agent that restarts drops the connection. The SDK would ask again.
func TestAgentThatDropsAConnection(t *testing.T) {
	up := agent(t, "opensesame")
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		up.Config.Handler.ServeHTTP(w, r)
	}))
	defer srv.Close()
	client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "opensesame"}})
	get(t, client, name)
	if got := asked.Load(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

// counted is a retryer that counts the tokens that came back.
type counted struct {
	aws.Retryer
	taken, returned atomic.Int32
	most            int // 0: 3
}

func (c *counted) MaxAttempts() int                             { return cmp.Or(c.most, 3) }
func (c *counted) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
func (c *counted) GetRetryToken(context.Context, error) (func(error) error, error) {
	c.taken.Add(1)
	return func(err error) error {
		if err == nil {
			c.returned.Add(1)
		}
		return nil
	}, nil
}

// A token pays for a second try and comes back only if that succeeds: so an
// agent that keeps failing is asked ever less.
func TestAgentsRetriesCostTokens(t *testing.T) {
	for _, tt := range []struct {
		failures        int32
		taken, returned int32
	}{{9, 2, 0}, {1, 1, 1}, {2, 2, 1}} {
		up := agent(t, "opensesame")
		var asked atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) <= tt.failures {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			up.Config.Handler.ServeHTTP(w, r)
		}))
		tokens := &counted{Retryer: retry.NewStandard()}
		client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL, Token: "opensesame"},
			AWS: &aws.Config{Retryer: func() aws.Retryer { return tokens }}})
		if s, err := client.Get(t.Context(), name); err == nil {
			_ = s.Close()
		}
		if tokens.taken.Load() != tt.taken || tokens.returned.Load() != tt.returned {
			t.Errorf("after %d failures: %d tokens taken and %d returned, want %d and %d", tt.failures,
				tokens.taken.Load(), tokens.returned.Load(), tt.taken, tt.returned)
		}
		srv.Close()
	}
}

// Callers who leave spend nobody's tokens.
func TestLeavingAnAgentCostsNoTokens(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer srv.Close()
	defer close(release)
	tokens := &counted{Retryer: retry.NewStandard()}
	client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL}, AWS: &aws.Config{Retryer: func() aws.Retryer { return tokens }}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := client.Get(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if got := tokens.taken.Load(); got != 0 {
		t.Errorf("%d tokens taken", got)
	}
}

// The Lambda extension says so until it has started: it is waited for.
func TestAgentThatIsNotReady(t *testing.T) {
	up := agent(t, "")
	for _, failures := range []int32{1, 5} { // more often than other trouble is tried
		var asked atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) <= failures {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, "not ready to serve traffic, please wait")
				return
			}
			up.Config.Handler.ServeHTTP(w, r)
		}))
		tokens := &counted{Retryer: retry.NewStandard(), most: 10}
		client := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL}, AWS: &aws.Config{Retryer: func() aws.Retryer { return tokens }}})
		get(t, client, name)
		srv.Close()
	}
	srv := httptest.NewServer(body(http.StatusBadRequest, "text/plain", "not ready to serve traffic, please wait"))
	defer srv.Close()
	_, err := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL}, MaxAttempts: 1}).Get(t.Context(), name)
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrUnavailable) || !errors.As(err, &e) || !strings.Contains(e.Remedy, "started") {
		t.Errorf("got %v", err)
	}
}

// Who may not ask is told about the token; who has none, about its file.
func TestAgentsTokenHasRemedies(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		srv := httptest.NewServer(body(status, "text/plain", "Bad Token"))
		_, err := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: srv.URL}}).Get(t.Context(), name)
		var e *fetch.Error
		if !errors.Is(err, fetch.ErrNoCredentials) || !errors.As(err, &e) || !strings.Contains(e.Remedy, "Agent.Token") {
			t.Errorf("%d: got %v", status, err)
		}
		srv.Close()
	}
	missing := "file://" + filepath.Join(t.TempDir(), "none")
	_, err := defaultClient(t, &fetch.Options{Agent: &fetch.Agent{URL: "http://127.0.0.1:1", Token: missing}}).Get(t.Context(), name)
	var e *fetch.Error
	if !errors.Is(err, fetch.ErrNoCredentials) || !errors.As(err, &e) || !strings.Contains(e.Remedy, "agent write that file") || strings.Contains(e.Remedy, "AWS_ACCESS_KEY_ID") {
		t.Errorf("got %v", err)
	}
}
