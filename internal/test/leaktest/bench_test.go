package leaktest_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/fetch"
)

// server serves one secret from a process of its own, so that a benchmark counts
// the client's work only.
func (c *client) server(context.Context) error {
	body := textPayload(c.Size).entry(secretName, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		withLength(nil, w, r, body)
	}))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	srv.StartTLS()
	defer srv.Close()
	ca := (&service{Server: srv}).ca()
	fmt.Println(srv.URL, base64.StdEncoding.EncodeToString(ca))
	c.wait()
	return nil
}

// What a fetch over a warm connection costs, beside the plain SDK. Compare the
// two clients at one size:
//
//	go test ./internal/test/leaktest -run '^$' -bench WarmFetch -count 10 | benchstat -col /client -
func BenchmarkWarmFetch(b *testing.B) {
	for _, size := range []int{100, 4 << 10, 64 << 10} {
		for _, name := range []string{"sdk", "fetch"} {
			b.Run(fmt.Sprintf("size=%d/client=%s", size, name), func(b *testing.B) {
				srv := start(b, orders{Role: "server", Size: size}, nil)
				url, ca, _ := srv.next()
				defer func() { srv.proceed(); srv.finish() }()
				c := &client{orders: orders{URL: url, TLS: tls.VersionTLS13}}
				c.CA, _ = base64.StdEncoding.DecodeString(strings.TrimSpace(ca))
				c.aws = c.config()
				get := warm(b, c, name)
				b.ReportAllocs()
				b.SetBytes(int64(size))
				for b.Loop() {
					if n := get(); n != size {
						b.Fatalf("%d bytes, want %d", n, size)
					}
				}
			})
		}
	}
}

// warm gives a fetch over a connection that is already there; it returns the
// value's length.
func warm(b *testing.B, c *client, name string) (get func() int) {
	switch name {
	case "sdk":
		sm := secretsmanager.NewFromConfig(c.patient())
		get = func() int {
			out, err := sm.GetSecretValue(b.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(secretName)})
			if err != nil {
				b.Fatal(err)
			}
			return len(*out.SecretString)
		}
	default:
		f, err := fetch.New(b.Context(), &fetch.Options{AWS: &c.aws})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		get = func() int {
			s, err := f.Get(b.Context(), secretName)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			return len(s.Bytes())
		}
	}
	get()
	return get
}
