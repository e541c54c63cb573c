package awsenv_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
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

// An agent that listens at one of the addresses of its name is found, as by
// net/http: "localhost" often is ::1 first, and the agent at 127.0.0.1.
func TestContainerAtEitherAddress(t *testing.T) {
	for _, listens := range []string{"127.0.0.1:8080", "[::1]:8080"} {
		resolve(t, []byte{127, 0, 0, 1}, net.IPv6loopback)
		n := newNetwork(t, http.HandlerFunc(serveContainer))
		l := load(t, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://agent.test:8080/keys"), awsenv.Options{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if address != listens {
					return refused(ctx, network, address)
				}
				return n.dial(ctx, network, address)
			}})
		if _, err := l.Config.Credentials.Retrieve(t.Context()); err != nil {
			t.Errorf("at %s: %v", listens, err)
		}
		l.Close()
	}
	resolve(t, []byte{127, 0, 0, 1}, net.ParseIP("2001:db8::1"))
	l := load(t, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://agent.test:8080/keys"), awsenv.Options{})
	if _, err := l.Config.Credentials.Retrieve(t.Context()); !errors.Is(err, awsenv.ErrEnvironment) {
		t.Errorf("a name that also leads elsewhere: %v", err)
	}
}

// resolve has every name that is not in the hosts file lead to both addresses.
func resolve(t *testing.T, v4, v6 net.IP) {
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			query := make([]byte, 2+512) // of a stream: its length goes before it
			if _, err := server.Read(query); err != nil {
				return
			}
			question := query[2+12:] // after the header: a name that ends with 0, type, class
			question = question[:bytes.IndexByte(question, 0)+1+2+2]
			address := v4
			if question[len(question)-3] == 28 { // AAAA
				address = v6
			}
			answer := append([]byte{query[2], query[3], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question...)
			answer = append(answer, 0xc0, 12, 0, question[len(question)-3], 0, 1, 0, 0, 0, 0, 0, byte(len(address)))
			answer = append(answer, address...)
			server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
		}()
		return client, nil
	}}
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
