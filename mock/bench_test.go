package mock_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"wicketkey.internal/mock"
)

const benchBody = `{"SecretId":"db/main"}`

// BenchmarkGetSecretValue measures whole requests over loopback on kept connections, signature checking on, from as
// many clients as there are cores. The requests are signed beforehand. client=http sends them by net/http, whose
// share is in the figures; client=raw writes the same bytes again and again, so that nearly all of it is the server's.
func BenchmarkGetSecretValue(b *testing.B) {
	for name, bench := range map[string]func(*testing.B, *http.Request){"client=http": benchHTTP, "client=raw": benchRaw} {
		b.Run(name, func(b *testing.B) {
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
			signed, err := p.request(context.Background(), "GetSecretValue", benchBody, time.Now())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			cpu := cpuTime()
			b.ResetTimer()
			bench(b, signed)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
			b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/req")
		})
	}
}

func benchHTTP(b *testing.B, signed *http.Request) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := signed.Clone(context.Background())
			req.Body = io.NopCloser(bytes.NewReader([]byte(benchBody)))
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
}

func benchRaw(b *testing.B, signed *http.Request) {
	address, err := url.Parse(signed.URL.String())
	if err != nil {
		b.Fatal(err)
	}
	var wire bytes.Buffer
	if err := signed.Write(&wire); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", address.Host)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		answer := make([]byte, 4096)
		for pb.Next() {
			if _, err := conn.Write(wire.Bytes()); err != nil {
				b.Error(err)
				return
			}
			if n, err := conn.Read(answer); err != nil || !whole(answer[:n]) {
				b.Errorf("%q, %v", answer[:n], err)
				return
			}
		}
	})
}

// whole reports whether the bytes are one successful answer; the server sends a short one in one piece.
func whole(answer []byte) bool {
	return bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) && bytes.HasSuffix(answer, []byte("}"))
}
