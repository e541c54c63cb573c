package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"wicketkey.internal/internal/transport"
)

// counting dials and counts.
type counting struct{ n atomic.Int32 }

func (c *counting) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c.n.Add(1)
	return new(net.Dialer).DialContext(ctx, network, addr)
}

func serverTLS(srv *httptest.Server) *tls.Config {
	cfg := srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	cfg.MinVersion = tls.VersionTLS12
	return cfg
}

func newRequest(t *testing.T, ctx context.Context, u string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u, strings.NewReader(`{"SecretId":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func do(t *testing.T, tr *transport.Transport, u string) string {
	t.Helper()
	resp, err := tr.Do(newRequest(t, t.Context(), u))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s", r.Proto, r.Method, body)
}

const echoed = `HTTP/1.1 POST {"SecretId":"a"}`

func TestExchangesShareAConnection(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(echo))
		srv.EnableHTTP2 = true // ours must not be talked into it
		srv.StartTLS()
		defer srv.Close()
		cfg := serverTLS(srv)
		cfg.MaxVersion = version
		var dials counting
		tr := transport.New(transport.Options{Dial: dials.dial, TLS: cfg})
		defer tr.Close()
		for range 100 {
			if got := do(t, tr, srv.URL); got != echoed {
				t.Fatalf("got %q, want %q", got, echoed)
			}
		}
		if got := dials.n.Load(); got != 1 {
			t.Errorf("%s: %d connections for 100 exchanges, want 1", tls.VersionName(version), got)
		}
	}
}

func TestConnectionOpenedAheadIsUsed(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer srv.Close()
	var dials counting
	tr := transport.New(transport.Options{Dial: dials.dial, TLS: serverTLS(srv)})
	defer tr.Close()
	u, _ := url.Parse(srv.URL)
	for range 5 {
		tr.Ahead(u)
	}
	do(t, tr, srv.URL)
	if got := dials.n.Load(); got != 1 {
		t.Errorf("%d connections, want the one opened ahead", got)
	}
}

func TestRefusedAheadCostsNothing(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	var dials counting
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.n.Load() == 0 {
			dials.n.Add(1)
			return nil, errors.New("refused")
		}
		return dials.dial(ctx, network, addr)
	}
	tr := transport.New(transport.Options{Dial: dial})
	defer tr.Close()
	u, _ := url.Parse(srv.URL)
	tr.Ahead(u)
	if got := do(t, tr, srv.URL); got != echoed {
		t.Errorf("got %q, want %q", got, echoed)
	}
}

// An idle connection that the peer has closed is replaced, not reported.
func TestStaleConnectionIsReplaced(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	var dials counting
	tr := transport.New(transport.Options{Dial: dials.dial})
	defer tr.Close()
	do(t, tr, srv.URL)
	srv.CloseClientConnections()
	if got := do(t, tr, srv.URL); got != echoed {
		t.Errorf("got %q, want %q", got, echoed)
	}
	if got := dials.n.Load(); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

func TestHalfABody(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}))
	defer srv.Close()
	tr := transport.New(transport.Options{})
	defer tr.Close()
	resp, err := tr.Do(newRequest(t, t.Context(), srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want unexpected EOF", err)
	}
}

func TestProxies(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(echo))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer secure.Close()
	open, wrapped := httptest.NewServer(http.HandlerFunc(serveProxy)), httptest.NewTLSServer(http.HandlerFunc(serveProxy))
	defer open.Close()
	defer wrapped.Close()
	for _, proxy := range []*httptest.Server{open, wrapped} {
		proxyURL, _ := url.Parse(proxy.URL)
		proxyURL.User = url.UserPassword("user", "word")
		tr := transport.New(transport.Options{TLS: serverTLS(secure), Proxy: http.ProxyURL(proxyURL)})
		defer tr.Close()
		for _, u := range []string{secure.URL, plain.URL} {
			for range 2 {
				if got := do(t, tr, u); got != echoed {
					t.Errorf("%s through %s: got %q, want %q", u, proxy.URL, got, echoed)
				}
			}
		}
		proxyURL.User = nil
		if _, err := tr.Do(newRequest(t, t.Context(), "https://127.0.0.1:1")); err == nil || !strings.Contains(err.Error(), "407") {
			t.Errorf("without a password: got %v, want status 407", err)
		}
		proxyURL.Scheme = "socks5"
		if _, err := tr.Do(newRequest(t, t.Context(), "https://127.0.0.1:1")); err == nil || !strings.Contains(err.Error(), "not supported") {
			t.Errorf("SOCKS: got %v", err)
		}
	}
}

// serveProxy is a proxy that asks for user "user", password "word".
func serveProxy(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Proxy-Authorization") != "Basic dXNlcjp3b3Jk" {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		r.RequestURI = ""
		r.Header.Del("Proxy-Authorization")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		_, _ = io.Copy(w, resp.Body)
		return
	}
	up, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	// Taken over first: a hello that came before would lose its first byte to
	// the server's own look at the connection.
	down, _, _ := w.(http.Hijacker).Hijack()
	_, _ = io.WriteString(down, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(up, down); up.Close() }()
	_, _ = io.Copy(down, up)
	down.Close()
}

// A root that is not in the pool of Amazon's falls through to the system's
// roots in the same handshake; an unknown one is refused.
func TestUnknownRootIsRefused(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // what we refuse
	srv.StartTLS()
	defer srv.Close()
	tr := transport.New(transport.Options{})
	defer tr.Close()
	_, err := tr.Do(newRequest(t, t.Context(), srv.URL))
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &untrusted) {
		t.Errorf("got %v, want a CertificateVerificationError", err)
	}
}

// A proxy may not fill the memory with its answer to CONNECT.
func TestProxyWithAnEndlessHeader(t *testing.T) {
	const most, endless = 128 << 10, 4 << 20
	var taken atomic.Int64
	dial := func(context.Context, string, string) (net.Conn, error) {
		client, proxy := net.Pipe()
		go func() {
			defer proxy.Close()
			if _, err := http.ReadRequest(bufio.NewReader(proxy)); err != nil {
				return
			}
			_, _ = io.WriteString(proxy, "HTTP/1.1 200 OK\r\n")
			for taken.Load() < endless {
				n, err := io.WriteString(proxy, "X-More: and more\r\n")
				taken.Add(int64(n))
				if err != nil {
					return
				}
			}
		}()
		return client, nil
	}
	tr := transport.New(transport.Options{Dial: dial, Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.invalid"})})
	defer tr.Close()
	if _, err := tr.Do(newRequest(t, t.Context(), "https://peer.invalid")); err == nil {
		t.Error("no error")
	}
	if got := taken.Load(); got > most {
		t.Errorf("%d bytes of header were read", got)
	}
}
