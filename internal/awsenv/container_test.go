package awsenv_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/internal/awsenv"
)

// The authorization token must not travel in the clear to any other host.
func TestContainerHosts(t *testing.T) {
	tests := []struct{ variable, uri, dials string }{
		{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/id", "169.254.170.2:80"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8080/x", "127.0.0.1:8080"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[::1]/x", "[::1]:80"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2/x", "169.254.170.2:80"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials", "169.254.170.23:80"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[fd00:ec2::23]/v1/credentials", "[fd00:ec2::23]:80"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://example.com/x", "example.com:443"},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x", ""},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.169.254/x", ""},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[fd00:ec2::24]/x", ""},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http:///x", ""},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "://", ""},
	}
	for _, test := range tests {
		t.Run(test.uri, func(t *testing.T) {
			dialled := ""
			l := load(t, env(test.variable, test.uri, "AWS_MAX_ATTEMPTS", "1"), awsenv.Options{
				DialContext: func(_ context.Context, _, address string) (net.Conn, error) {
					dialled = address
					return nil, net.ErrClosed
				}})
			_, err := l.Config.Credentials.Retrieve(t.Context())
			want := awsenv.ErrCredentials
			if test.dials == "" {
				want = awsenv.ErrEnvironment
			}
			if dialled != test.dials || !errors.Is(err, want) {
				t.Errorf("dialled %q, %v; want %q, %v", dialled, err, test.dials, want)
			}
		})
	}
}

func TestContainerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := load(t, env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"), awsenv.Options{DialContext: blackHole})
		var err error
		spent := took(func() { _, err = l.Config.Credentials.Retrieve(t.Context()) })
		if !errors.Is(err, awsenv.ErrCredentials) || spent > 15*time.Second {
			t.Errorf("took %v: %v", spent, err)
		}
		time.Sleep(time.Minute) // net/http lets the last dial run to its own limit
	})
}
