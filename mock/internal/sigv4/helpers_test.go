package sigv4_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"wicketkey.internal/mock/internal/sigv4"
)

// newServer starts a server that hands each request with its body to see, and
// returns its URL.
func newServer(t *testing.T, see func(r *http.Request, body []byte)) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		see(r, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func BenchmarkVerify(b *testing.B) {
	const body = `{"SecretId":"db/main"}`
	for name, keys := range map[string]*sigv4.Keys{"keys=none": nil, "keys=kept": new(sigv4.Keys)} {
		b.Run(name, func(b *testing.B) {
			r, cfg := signed(b, session(), body), config()
			cfg.Keys = keys
			b.ReportAllocs()
			for b.Loop() {
				if _, fault := sigv4.Verify(r, []byte(body), cfg); fault != nil {
					b.Fatal(fault)
				}
			}
		})
	}
}
