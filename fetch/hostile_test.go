package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch"
	"wicketkey.internal/mock"
)

// marker stands for a secret: it must not appear in any error.
const marker = "xyzzy-plugh-0123456789"

const whole = `{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf","Name":"a","VersionId":"v","SecretString":"` + marker + `"}`

func TestServersThatAreNoSecretsManager(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"HTML", body(200, "text/html", "<html>"+marker+"</html>"), fetch.ErrMalformed},
		{"HTML with an error", body(403, "text/html", "<html>"+marker+"</html>"), fetch.ErrNoCredentials},
		{"HTML and not found", body(404, "text/html", "<html>"+marker+"</html>"), fetch.ErrMalformed},
		{"gateway trouble", body(502, "text/html", "<html>"+marker+"</html>"), fetch.ErrUnavailable},
		{"a time-out of the peer's", body(408, "text/html", "<html>"+marker+"</html>"), fetch.ErrUnavailable},
		{"nothing", body(200, "application/x-amz-json-1.1", ""), fetch.ErrMalformed},
		{"truncated JSON", body(200, "application/x-amz-json-1.1", whole[:len(whole)-3]), fetch.ErrMalformed},
		{"two answers", body(200, "application/x-amz-json-1.1", whole+whole), fetch.ErrMalformed},
		{"no value", body(200, "application/x-amz-json-1.1", `{"ARN":"a","Name":"a"}`), fetch.ErrMalformed},
		{"a value that is a number", body(200, "application/x-amz-json-1.1", `{"SecretString":1}`), fetch.ErrMalformed},
		{"binary that is not base64", body(200, "application/x-amz-json-1.1", `{"SecretBinary":"`+marker+`!"}`), fetch.ErrMalformed},
		{"half a body", half, fetch.ErrUnavailable},
		{"a closed connection", func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := w.(http.Hijacker).Hijack()
			_ = c.Close()
		}, fetch.ErrUnavailable},
		{"silence", silent, fetch.ErrUnavailable},
		{"an announced giant", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000000")
			w.(http.Flusher).Flush()
		}, fetch.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := serving(t, tt.answer)
			client := plainClient(t, srv.URL, &fetch.Options{MaxAttempts: 1, AttemptTimeout: limitOf(tt.name)})
			s, err := client.Get(t.Context(), "a")
			if !errors.Is(err, tt.want) || s != nil {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), marker) {
				t.Errorf("the error shows what the server said: %v", err)
			}
		})
	}
}

func TestEndlessBody(t *testing.T) {
	srv := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<16))); err != nil {
				return
			}
		}
	})
	client := plainClient(t, srv.URL, &fetch.Options{MaxAttempts: 1, AttemptTimeout: time.Minute})
	if _, err := client.Get(t.Context(), "a"); !errors.Is(err, fetch.ErrMalformed) {
		t.Errorf("got %v, want %v", err, fetch.ErrMalformed)
	}
}

func body(status int, contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// limitOf is no limit but for silence, which has to meet one: a slow machine meets none.
func limitOf(answer string) time.Duration {
	if answer == "silence" {
		return 200 * time.Millisecond
	}
	return time.Minute
}

// serving is a server that ends with the test, whatever its handlers are at.
func serving(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv
}

func half(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(whole))
}

// plainClient talks to a URL with credentials that nobody checks.
func plainClient(t *testing.T, url string, opts *fetch.Options) *fetch.Client {
	t.Helper()
	opts.AWS = &aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(url)}
	client, err := fetch.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// A caller's own HTTP client takes the ordinary path, which keeps the same
// promises about errors and deadlines.
func TestOwnHTTPClient(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"an answer", body(200, "application/x-amz-json-1.1", whole), nil},
		{"HTML", body(200, "text/html", marker), fetch.ErrMalformed},
		{"half a body", half, fetch.ErrUnavailable},
		{"silence", silent, fetch.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := serving(t, tt.answer)
			var seen fetch.Attempt
			cfg := aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(srv.URL), HTTPClient: &http.Client{Transport: &passing{next: srv.Client().Transport}}}
			client, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg, MaxAttempts: 1, AttemptTimeout: limitOf(tt.name),
				Observe: func(a fetch.Attempt) { seen = a }})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			s, err := client.Get(t.Context(), "a")
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if seen.Wiping || seen.Number != 1 || seen.Operation != "GetSecretValue" {
				t.Errorf("observed %+v", seen)
			}
			if err == nil {
				if string(s.Bytes()) != marker || seen.Bytes != len(marker) {
					t.Errorf("got %d bytes, observed %d, want %d", len(s.Bytes()), seen.Bytes, len(marker))
				}
				_ = s.Close()
			}
		})
	}
}

func TestBadIdentifiers(t *testing.T) {
	srv := mock.Start(t)
	client := newClient(t, srv, nil)
	for _, id := range []string{
		"", " ", "two words", "line\nbreak", "arn:aws:s3:::bucket/key", "arn:aws:secretsmanager:us-east-1:12:secret:a",
		strings.Repeat("x", 513), `{"hostname":"` + marker + `"}`, marker + "==" + strings.Repeat("A", 600),
	} {
		_, err := client.Get(t.Context(), id)
		if !errors.Is(err, fetch.ErrBadIdentifier) {
			t.Errorf("%.20q: got %v, want %v", id, err, fetch.ErrBadIdentifier)
		} else if strings.Contains(err.Error(), marker) {
			t.Errorf("the error shows the identifier: %v", err)
		}
	}
	if n := srv.Calls("GetSecretValue"); n != 0 {
		t.Errorf("%d calls for identifiers that are none", n)
	}
}

func TestSecretWithoutValue(t *testing.T) {
	srv := mock.Start(t)
	createEmpty(t, srv, "empty")
	if _, err := newClient(t, srv, nil).Get(t.Context(), "empty"); !errors.Is(err, fetch.ErrNoVersion) {
		t.Errorf("got %v, want %v", err, fetch.ErrNoVersion)
	}
}

func TestNoGoroutineStays(t *testing.T) {
	srv := mock.Start(t)
	_, _ = srv.Put(name, []byte("hunter2"))
	before := runtime.NumGoroutine()
	for range 20 {
		cfg := srv.AWSConfig()
		client, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg})
		if err != nil {
			t.Fatal(err)
		}
		s, err := client.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		_ = client.Close()
	}
	for range 30_000 { // the server's own side of a closed connection ends in its time
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
