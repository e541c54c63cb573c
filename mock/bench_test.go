package mock_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"wicketkey.internal/mock"
)

// BenchmarkGetSecretValue measures whole requests over loopback, signature checking on, from as many clients as
// there are cores. The requests are signed beforehand and sent by net/http, whose share is in the figures.
func BenchmarkGetSecretValue(b *testing.B) {
	srv, err := mock.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	srv.Put("db/main", bytes.Repeat([]byte("s"), 500))
	p := mockPeer(srv)
	if url := os.Getenv("WICKETKEY_BENCH_URL"); url != "" {
		p.url = url
	}
	body := `{"SecretId":"db/main"}`
	signed, err := p.request(context.Background(), "GetSecretValue", body, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := signed.Clone(context.Background())
			req.Body = io.NopCloser(bytes.NewReader([]byte(body)))
			resp, err := client.Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				b.Errorf("status %d", resp.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}
