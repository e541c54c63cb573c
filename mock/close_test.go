package mock_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

// TestCloseLeavesNothing closes servers in the middle of everything that a request can wait for, and finds no goroutine
// that still runs code of the server.
func TestCloseLeavesNothing(t *testing.T) {
	for name, opts := range servers() {
		for what, begin := range map[string]func(*testing.T, *mock.Server){
			"stall":     struck(mock.Fault{Wire: mock.Stall}),
			"half":      struck(mock.Fault{Wire: mock.StallBody}),
			"latency":   struck(mock.Fault{Latency: time.Hour}),
			"drip":      struck(mock.Fault{Drip: time.Hour}),
			"slow cut":  struck(mock.Fault{Wire: mock.TooShort, Drip: time.Hour}),
			"slow loss": struck(mock.Fault{Wire: mock.Reset, Drip: time.Hour}),
			"deaf":      deaf,
			"slow body": slowBody,
			"idle":      idle,
			"rotation":  rotating,
			"no IMDS": func(t *testing.T, srv *mock.Server) {
				srv.TroubleInstance(mock.InstanceTrouble{BlackHole: true})
				send(t, srv, "GET /latest/meta-data/ HTTP/1.1\r\nHost: a\r\n\r\n")
			},
			"slow IMDS": func(t *testing.T, srv *mock.Server) {
				srv.TroubleInstance(mock.InstanceTrouble{Delay: time.Hour})
				send(t, srv, "GET /latest/meta-data/ HTTP/1.1\r\nHost: a\r\n\r\n")
			},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				srv := mock.Start(t, opts)
				srv.Put("a", []byte(strings.Repeat("x", 60_000)))
				begin(t, srv)
				srv.Close()
				left := running()
				for range 1000 { // net/http may still be on its way out of a handler that ended by a panic
					if left == "" {
						return
					}
					runtime.Gosched()
					left = running()
				}
				t.Errorf("still running:\n%s", left)
			})
		}
	}
}

// running returns the stacks of goroutines in the server's code.
func running() string {
	buf := make([]byte, 4<<20)
	var left []string
	for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "wicketkey.internal/mock.(") || strings.Contains(stack, "wicketkey.internal/mock/internal/") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

// struck sends a request into a fault and returns once the server has it.
func struck(f mock.Fault) func(*testing.T, *mock.Server) {
	return func(t *testing.T, srv *mock.Server) {
		if err := srv.Inject(f); err != nil {
			t.Fatal(err)
		}
		c := secretsmanager.NewFromConfig(srv.AWSConfig())
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		go func() {
			_, _ = c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once)
		}()
		arrived(srv, 1)
	}
}

// arrived waits until the server has decided about that many requests.
func arrived(srv *mock.Server, n int) {
	for len(srv.Requests()) < n {
		runtime.Gosched()
	}
}

// deaf is a client that never reads its answer, which is longer than any buffer between.
func deaf(t *testing.T, srv *mock.Server) {
	if err := srv.Inject(mock.Fault{Wire: mock.TooShort}); err != nil {
		t.Fatal(err)
	}
	p := mockPeer(srv)
	req, err := p.request(t.Context(), "GetSecretValue", `{"SecretId":"a"}`, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var wire strings.Builder
	if err := req.Write(&wire); err != nil {
		t.Fatal(err)
	}
	send(t, srv, wire.String())
	arrived(srv, 1)
}

func slowBody(t *testing.T, srv *mock.Server) {
	send(t, srv, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{")
}

func idle(t *testing.T, srv *mock.Server) {
	if _, err := get(t.Context(), secretsmanager.NewFromConfig(srv.AWSConfig()), "a"); err != nil {
		t.Fatal(err)
	}
}

// rotating has a rotation function wait for its context.
func rotating(t *testing.T, srv *mock.Server) {
	const function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
	begun := make(chan struct{})
	srv.HandleRotation(function, func(ctx context.Context, _ mock.RotationStep) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	if _, err := c.RotateSecret(t.Context(), &secretsmanager.RotateSecretInput{SecretId: aws.String("a"), RotationLambdaARN: aws.String(function)}); err != nil {
		t.Fatal(err)
	}
	<-begun
}

// send opens a connection and writes to it, and leaves it open and unread.
func send(t *testing.T, srv *mock.Server, text string) {
	t.Helper()
	conn, err := srv.Dial(t.Context(), "tcp", "mock")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if ca := srv.CA(); ca != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(ca)
		conn = tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "localhost"})
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}
