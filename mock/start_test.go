package mock_test

import (
	"context"
	"errors"
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
