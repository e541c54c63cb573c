package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

const name = "keeperRotationGatewayConfig"

func newClient(t *testing.T, srv *mock.Server, opts *fetch.Options) *fetch.Client {
	t.Helper()
	cfg := srv.AWSConfig()
	if opts == nil {
		opts = &fetch.Options{}
	}
	if opts.AWS == nil {
		opts.AWS = &cfg
	}
	client, err := fetch.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func get(t *testing.T, c *fetch.Client, id string) *fetch.Secret {
	t.Helper()
	s, err := c.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestOneCallOneConnection(t *testing.T) {
	srv := mock.Start(t, &mock.Options{TLS: true})
	srv.Put(name, []byte("hunter2"))
	client := newClient(t, srv, nil)
	s := get(t, client, name)
	if got, want := string(s.Bytes()), "hunter2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, other := srv.Calls("GetSecretValue"), srv.Calls("DescribeSecret"); got != 1 || other != 0 {
		t.Errorf("%d calls and %d of another kind, want 1 and 0", got, other)
	}
	if s.Name() != name || !strings.HasPrefix(s.ARN(), "arn:aws:secretsmanager:us-east-1:123456789012:secret:"+name+"-") {
		t.Errorf("name %q, ARN %q", s.Name(), s.ARN())
	}
	if diff := cmp.Diff([]string{"AWSCURRENT"}, s.Stages()); diff != "" {
		t.Error(diff)
	}
	if s.VersionID() == "" || s.Region() != "us-east-1" || s.Created().IsZero() {
		t.Errorf("version %q, region %q, created %v", s.VersionID(), s.Region(), s.Created())
	}
}

func TestEverySpelling(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte("hunter2"))
	srv.Put("gateway-config", []byte("swordfish"))
	client := newClient(t, srv, nil)
	arn := get(t, client, name).ARN()
	for _, id := range []string{name, arn, arn[:len(arn)-7], name + arn[len(arn)-7:]} {
		if got := string(get(t, client, id).Bytes()); got != "hunter2" {
			t.Errorf("%s: got %q", id, got)
		}
	}
	before := srv.Calls("GetSecretValue")
	if got := string(get(t, client, "gateway-config").Bytes()); got != "swordfish" {
		t.Errorf("a name that ends like an ARN: got %q", got)
	}
	if got := srv.Calls("GetSecretValue") - before; got != 1 {
		t.Errorf("a name that ends like an ARN: %d calls, want 1", got)
	}
}

func TestBinary(t *testing.T) {
	srv := mock.Start(t)
	want := []byte{0, 1, 2, 255, '"'}
	srv.Put(name, want)
	if got := get(t, newClient(t, srv, nil), name).Bytes(); !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLargest(t *testing.T) {
	srv := mock.Start(t)
	want := bytes.Repeat([]byte("\"\\\n"), 65536/3)
	srv.Put(name, want)
	if got := get(t, newClient(t, srv, nil), name).Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, want the %d that were stored", len(got), len(want))
	}
}

func TestGetMany(t *testing.T) {
	srv := mock.Start(t)
	var ids []string
	for i := range 25 {
		id := "s" + strings.Repeat("x", i)
		srv.Put(id, []byte(id))
		ids = append(ids, id)
	}
	ids = append(ids, "missing", ids[3])
	secrets, err := newClient(t, srv, nil).GetMany(t.Context(), ids...)
	if !errors.Is(err, fetch.ErrNotFound) {
		t.Errorf("got %v, want not found for one", err)
	}
	for i, s := range secrets {
		if ids[i] == "missing" {
			if s != nil {
				t.Error("a secret for a name that does not exist")
			}
			continue
		}
		if got := string(s.Bytes()); got != ids[i] {
			t.Errorf("%s: got %q", ids[i], got)
		}
		_ = s.Close()
	}
	if got := srv.Calls("BatchGetSecretValue"); got != 2 {
		t.Errorf("%d batches, want 2", got)
	}
	if got := srv.Calls("GetSecretValue"); got != 1 {
		t.Errorf("%d single calls, want 1, for the missing one", got)
	}
}

func TestGetManyWithoutBatch(t *testing.T) {
	srv := mock.Start(t)
	srv.Put("a", []byte("1"))
	srv.Put("b", []byte("2"))
	for _, why := range []mock.Failure{mock.AccessDenied, mock.Throttling} {
		srv.Inject(mock.Fault{Operations: []string{"BatchGetSecretValue"}, Failure: why, Times: 1})
		before := srv.Calls("BatchGetSecretValue")
		secrets, err := newClient(t, srv, nil).GetMany(t.Context(), "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		if string(secrets[0].Bytes()) != "1" || string(secrets[1].Bytes()) != "2" {
			t.Error("wrong values")
		}
		if got := srv.Calls("BatchGetSecretValue") - before; got != 1 {
			t.Errorf("%s: %d batches, want 1 and then single calls", why, got)
		}
	}
}

func TestJSONKey(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte(`{"user":"a","password":"p\u00e4ss\"word","n":{"deep":1}}`))
	client := newClient(t, srv, nil)
	for key, want := range map[string]string{"password": `päss"word`, "n": `{"deep":1}`} {
		s, err := client.GetRef(t.Context(), fetch.Ref{ID: name, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Bytes()); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
		_ = s.Close()
	}
	if _, err := client.GetRef(t.Context(), fetch.Ref{ID: name, Key: "nope"}); !errors.Is(err, fetch.ErrNoVersion) {
		t.Errorf("got %v, want %v", err, fetch.ErrNoVersion)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		failure mock.Failure
		want    error
		refused bool
	}{
		{mock.Throttling, fetch.ErrThrottled, false},
		{mock.AccessDenied, fetch.ErrDenied, true},
		{mock.KMSDenied, fetch.ErrKMSDenied, true},
		{mock.DecryptionFailure, fetch.ErrKeyDisabled, true},
		{mock.InternalError, fetch.ErrUnavailable, false},
		{mock.Failure("ServiceUnavailableException"), fetch.ErrUnavailable, false},
		{mock.ExpiredToken, fetch.ErrNoCredentials, false},
		{mock.Failure("ResourceNotFoundException"), fetch.ErrNotFound, true},
		{mock.Failure("LimitExceededException"), fetch.ErrThrottled, false},
	} {
		srv := mock.Start(t)
		srv.Put(name, []byte("hunter2"))
		srv.Inject(mock.Fault{Failure: tt.failure})
		cfg := srv.AWSConfig()
		cfg.RetryMaxAttempts = 1
		_, err := newClient(t, srv, &fetch.Options{AWS: &cfg}).Get(t.Context(), name)
		var e *fetch.Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) {
			t.Errorf("%s: got %v, want %v", tt.failure, err, tt.want)
			continue
		}
		if e.Refused() != tt.refused || e.Remedy == "" || e.Cause == "" {
			t.Errorf("%s: refused %v, want %v; %v", tt.failure, e.Refused(), tt.refused, e)
		}
	}
}

func TestClosedClient(t *testing.T) {
	srv := mock.Start(t)
	client := newClient(t, srv, nil)
	_ = client.Close()
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrClosed) {
		t.Errorf("got %v, want %v", err, fetch.ErrClosed)
	}
}

func TestCallerLeaves(t *testing.T) {
	srv := mock.Start(t)
	srv.Put(name, []byte("hunter2"))
	srv.Inject(mock.Fault{Latency: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	if _, err := newClient(t, srv, nil).Get(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestUnreachable(t *testing.T) {
	cfg := aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, RetryMaxAttempts: 1, BaseEndpoint: aws.String("http://127.0.0.1:1")}
	client, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Get(t.Context(), name); !errors.Is(err, fetch.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, fetch.ErrUnavailable)
	}
}
