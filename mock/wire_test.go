package mock_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

// TestWire has every wire trouble met by the SDK, over each way to the server; the next request is answered.
func TestWire(t *testing.T) {
	for name, opts := range servers() {
		for wire, fails := range map[mock.Wire]bool{
			mock.HalfBody: true, mock.TooLong: true, mock.TooShort: true, mock.Hangup: true, mock.Reset: true,
			"reset-early": true, mock.HTML: true, mock.EmptyBody: false, mock.GoAway: false,
		} {
			t.Run(name+"/"+string(wire), func(t *testing.T) {
				srv := mock.Start(t, opts)
				srv.Put("a", []byte(strings.Repeat("long ", 1000)))
				if err := srv.Inject(mock.Fault{Times: 1, Wire: wire}); err != nil {
					t.Fatal(err)
				}
				c := secretsmanager.NewFromConfig(srv.AWSConfig())
				_, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once)
				if (err != nil) != fails {
					t.Errorf("got %v", err)
				}
				if got, err := get(t.Context(), c, "a"); err != nil || len(got) != 5000 {
					t.Errorf("the next request: %d bytes, %v", len(got), err)
				}
			})
		}
	}
}

func TestStalls(t *testing.T) {
	for _, wire := range []mock.Wire{mock.Stall, mock.StallBody} {
		bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
			srv.Put("a", []byte("1"))
			if err := srv.Inject(mock.Fault{Wire: wire}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			if _, err := get(ctx, c, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
				t.Errorf("%s: %v after %v", wire, err, time.Since(began))
			}
		})
	}
}

// TestCloseDuringStall has a client wait when the server closes.
func TestCloseDuringStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := mock.Start(t, &mock.Options{InProcess: true})
		srv.Put("a", []byte("1"))
		srv.Inject(mock.Fault{Wire: mock.Stall})
		c := secretsmanager.NewFromConfig(srv.AWSConfig())
		done := make(chan error)
		go func() {
			_, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}, once)
			done <- err
		}()
		synctest.Wait()
		srv.Close()
		if err := <-done; err == nil {
			t.Error("an answer from a closed server")
		}
	})
}

func TestDrip(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Put("a", []byte("1"))
		srv.Inject(mock.Fault{Drip: time.Second, Piece: 100})
		began := time.Now()
		if got, err := get(t.Context(), c, "a"); err != nil || got != "1" || time.Since(began) < 2*time.Second {
			t.Errorf("%q, %v after %v", got, err, time.Since(began))
		}
	})
}

func TestBadHandshake(t *testing.T) {
	for _, opts := range []*mock.Options{{TLS: true}, {TLS: true, InProcess: true}} {
		srv := mock.Start(t, opts)
		srv.Put("a", []byte("1"))
		if err := srv.Inject(mock.Fault{Wire: mock.BadHandshake, Times: 1}); err != nil {
			t.Fatal(err)
		}
		c := secretsmanager.NewFromConfig(srv.AWSConfig())
		in := &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")}
		if _, err := c.GetSecretValue(t.Context(), in, once); err == nil || !strings.Contains(err.Error(), "handshake failure") {
			t.Errorf("got %v", err)
		}
		if _, err := c.GetSecretValue(t.Context(), in, once); err != nil {
			t.Errorf("the next connection: %v", err)
		}
	}
}

func TestSkewAndRetryAfter(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		srv.Inject(mock.Fault{Failure: mock.Throttling, Skew: time.Hour, RetryAfter: 1500 * time.Millisecond})
		p := mockPeer(srv)
		p.client = srv.AWSConfig().HTTPClient.(*http.Client)
		got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"a"}`)
		date, _ := http.ParseTime(got.header.Get("Date"))
		if off := time.Until(date).Round(time.Minute); off != time.Hour || got.header.Get("X-Amz-Retry-After") != "1500" {
			t.Errorf("date is off by %v, retry after %s", off, got.header.Get("X-Amz-Retry-After"))
		}
	})
}

func TestParseFaults(t *testing.T) {
	got, err := mock.ParseFaults([]byte(`{"faults": [{"operations": ["GetSecretValue"], "secret": "a", "times": 2, "failure": "ThrottlingException", "latency": "1.5s"}]}`))
	want := []mock.Fault{{Operations: []string{"GetSecretValue"}, Secret: "a", Times: 2, Failure: mock.Throttling, Latency: 1500 * time.Millisecond}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for document, want := range map[string]string{
		"{\"faults\": [\n{\"wire\": \"teapot\"}]}":    "line 2, faults[0]: Wire \"teapot\"",
		"{\"faults\": [\n{\"latency\": \"soon\"}]}":   "line 2, faults[0].latency: a duration such as",
		"{\"faults\": [\n{\"probability\": 2}]}":      "line 2, faults[0]: probability 2",
		"{\"faults\": [\n{\"operation\": \"x\"}]}":    "line 2, faults[0].operation: there is no such field",
		"{\"faults\": [{}, \n{\"times\": \"many\"}]}": "line 2, faults[1].times: a whole number belongs here",
	} {
		if _, err := mock.ParseFaults([]byte(document)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
	if mock.Start(t).Inject(mock.Fault{Wire: "teapot"}) == nil {
		t.Error("a fault that is none was accepted")
	}
}

func TestQuotasAreFaults(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, c *secretsmanager.Client) {
		if err := srv.Inject(mock.Quotas()...); err != nil {
			t.Fatal(err)
		}
		throttled := 0
		for range 60 {
			if _, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("a"), SecretString: aws.String("x")}, once); codeOf(err) == "ThrottlingException" {
				throttled++
			}
		}
		if throttled != 10 {
			t.Errorf("%d of 60 writes in one second throttled, want 10", throttled)
		}
	})
}

// TestProtocols has TLS speak HTTP/2, where GOAWAY is, and plain HTTP not.
func TestProtocols(t *testing.T) {
	for name, opts := range servers() {
		srv := mock.Start(t, opts)
		client := srv.AWSConfig().HTTPClient
		if client == nil {
			client = http.DefaultClient
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		want := 1
		if opts != nil && opts.TLS {
			want = 2
		}
		if resp.ProtoMajor != want {
			t.Errorf("%s speaks HTTP/%d, want %d", name, resp.ProtoMajor, want)
		}
	}
}
