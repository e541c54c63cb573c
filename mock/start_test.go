package mock_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"wicketkey.internal/mock"
)

// servers are the ways to reach a server; every one must behave the same.
func servers() map[string]*mock.Options {
	return map[string]*mock.Options{
		"tcp":           nil,
		"tls":           {TLS: true},
		"inprocess":     {InProcess: true},
		"inprocess tls": {InProcess: true, TLS: true},
	}
}

func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestEveryTransport(t *testing.T) {
	for name, opts := range servers() {
		t.Run(name, func(t *testing.T) {
			srv := mock.Start(t, opts)
			want, err := srv.Put("db/main", []byte("hunter2"))
			if err != nil {
				t.Fatal(err)
			}
			client := secretsmanager.NewFromConfig(srv.AWSConfig())
			out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db/main")})
			if err != nil {
				t.Fatal(err)
			}
			if *out.SecretString != "hunter2" || *out.ARN != want || *out.Name != "db/main" {
				t.Errorf("got %q of %s", *out.SecretString, *out.ARN)
			}
			if got := srv.Calls("GetSecretValue"); got != 1 {
				t.Errorf("%d calls recorded, want 1", got)
			}
		})
	}
}

func TestThrottledTwiceInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		srv.Put("db/main", []byte("hunter2"))
		srv.FailNext(2, mock.Throttling)
		client := secretsmanager.NewFromConfig(srv.AWSConfig())
		began := time.Now()
		if _, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("db/main")}); err != nil {
			t.Fatal(err)
		}
		if srv.Calls("GetSecretValue") != 3 {
			t.Errorf("%d calls, want 3", srv.Calls("GetSecretValue"))
		}
		if time.Since(began) == 0 {
			t.Error("the client did not back off")
		}
	})
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		srv.Put("db/main", []byte("hunter2"))
		srv.Inject(mock.Fault{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := secretsmanager.NewFromConfig(srv.AWSConfig())
		began := time.Now()
		_, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("db/main")})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if got := time.Since(began); got != time.Second {
			t.Errorf("waited %v", got)
		}
	})
}

func TestWrongSecretKey(t *testing.T) {
	srv := mock.Start(t)
	cfg := srv.AWSConfig()
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wrong"}, nil
	})
	_, err := secretsmanager.NewFromConfig(cfg).ListSecrets(t.Context(), nil)
	if codeOf(err) != "InvalidSignatureException" {
		t.Errorf("got %v", err)
	}
}

// A key without ID says what the default caller may.
func TestDefaultKeyByItsZeroValue(t *testing.T) {
	nothing := mock.AccessKey{Policies: []string{}}
	srv := mock.Start(t, &mock.Options{Keys: []mock.AccessKey{nothing}})
	if err := readOnce(t, srv); codeOf(err) != "AccessDeniedException" {
		t.Errorf("as an option: %v", err)
	}
	if err := srv.SetKey(mock.AccessKey{}); err != nil {
		t.Fatal(err)
	}
	if err := readOnce(t, srv); codeOf(err) != "ResourceNotFoundException" {
		t.Errorf("as the administrator: %v", err)
	}
	if err := srv.SetKey(nothing); err != nil {
		t.Fatal(err)
	}
	if err := readOnce(t, srv); codeOf(err) != "AccessDeniedException" {
		t.Errorf("set: %v", err)
	}
}

// Mistakes in the set-up say what is wrong, once, and where.
func TestSetUpMistakes(t *testing.T) {
	for want, opts := range map[string]*mock.Options{
		`mock: Options.Account "1" is not twelve digits`:                     {Account: "1"},
		`mock: Options.Region "us_east" is not a region`:                     {Region: "us_east"},
		`mock: Options.Regions does not hold Options.Region "us-east-1"`:     {Regions: []string{"eu-west-1"}},
		`mock: Options.DeleteLag is negative`:                                {DeleteLag: -1},
		`mock: Options.ListLag is negative`:                                  {ListLag: -1},
		`mock: Options.Role.Lifetime is negative`:                            {Role: mock.Role{Lifetime: -1}},
		`mock: Options.Role: field Policies[0]: policy: line 1, column 1: `:  {Role: mock.Role{Policies: []string{"[]"}}},
		`mock: access key AKIAX: field Secret is missing`:                    {Keys: []mock.AccessKey{{ID: "AKIAX"}}},
		`mock: access key AKIAIOSFODNN7EXAMPLE: field Principal is not the `: {Keys: []mock.AccessKey{{Principal: "ann"}}},
		`mock: access key AKIAIOSFODNN7EXAMPLE: field Boundary: policy: `:    {Keys: []mock.AccessKey{{Boundary: "{}"}}},
		`mock: listen tcp: `: {Standalone: mock.Standalone{Listen: "nowhere"}},
	} {
		srv, err := mock.New(opts)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if srv != nil {
			srv.Close()
		}
		var said complaints
		if mock.Start(&said, opts); len(said) != 1 || !strings.HasPrefix(said[0], want) {
			t.Errorf("Start said %q, want %s", said, want)
		}
	}
	var said complaints
	if mock.Start(&said, nil, nil); len(said) != 1 || said[0] != "mock: Start takes one Options, not 2" {
		t.Errorf("Start said %q", said)
	}
}

// complaints keeps what a failing test would say.
type complaints []string

func (c *complaints) Helper()        {}
func (c *complaints) Cleanup(func()) {}
func (c *complaints) Errorf(format string, args ...any) {
	*c = append(*c, fmt.Sprintf(format, args...))
}
func (c *complaints) Fatalf(format string, args ...any) { c.Errorf(format, args...) }
