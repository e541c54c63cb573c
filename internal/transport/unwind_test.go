package transport_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"wicketkey.internal/internal/test/unwind"
	"wicketkey.internal/internal/transport"
)

// endingConn is a caller's own kind of connection, whose nth Read ends the call, or
// its nth Write.
type endingConn struct {
	net.Conn
	reads, writes *atomic.Int32
	end           func()
}

func (c *endingConn) Read(p []byte) (int, error) {
	if c.reads.Add(-1) == 0 {
		c.end()
	}
	return c.Conn.Read(p)
}

func (c *endingConn) Write(p []byte) (int, error) {
	if c.writes.Add(-1) == 0 {
		c.end()
	}
	return c.Conn.Write(p)
}

// At whatever read or write a caller's connection ends the call, signals come through
// afterwards, that connection is used no more, and the next request is served.
func TestConnectionThatEndsTheCall(t *testing.T) {
	body := strings.Repeat("b", 40<<10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for piece := body; piece != ""; piece = piece[10<<10:] {
			_, _ = io.WriteString(w, piece[:10<<10])
			w.(http.Flusher).Flush()
		}
	}))
	defer srv.Close()
	for name, at := range map[string]struct{ read, write int32 }{
		"header": {read: 1}, "body": {read: 2}, "further on": {read: 5}, "request": {write: 1}, "second request": {write: 2},
	} {
		t.Run(name, func(t *testing.T) {
			unwind.Each(t, func(t *testing.T, end func()) {
				var reads, writes atomic.Int32
				dialled := 0
				tr := transport.New(transport.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
					dialled++
					c, err := new(net.Dialer).DialContext(ctx, network, addr)
					return &endingConn{c, &reads, &writes, end}, err
				}})
				defer tr.Close()
				get := func() {
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
					if err != nil {
						t.Fatal(err)
					}
					resp, err := tr.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					defer resp.Body.Close()
					if got, err := io.ReadAll(resp.Body); string(got) != body || err != nil {
						t.Errorf("%d bytes, %v", len(got), err)
					}
				}
				defer func() {
					if get(); dialled != 2 {
						t.Errorf("%d connections, want a second for the second request", dialled)
					}
				}()
				reads.Store(at.read)
				if writes.Store(at.write); at.write == 2 {
					writes.Store(0)
					get()
					writes.Store(1)
				}
				get()
			})
		})
	}
}
