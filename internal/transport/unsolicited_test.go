//go:build unix

package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/internal/transport"
)

// What a peer writes while nobody has asked is not an answer: a connection on
// which something waits, or that the peer has closed, is not used again.

// talker serves TCP connections: it answers each request with its number, and
// then says more that nobody asked for.
type talker struct {
	url  string
	more func(n int, c net.Conn)
	tls  *tls.Config // the client's

	shook chan struct{} // closed after the first handshake
	once  sync.Once
}

func startTalker(t *testing.T, version uint16, more func(n int, c net.Conn)) *talker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	k := &talker{url: "http://" + l.Addr().String(), more: more, shook: make(chan struct{})}
	var server *tls.Config
	if version != 0 {
		lender := httptest.NewUnstartedServer(nil)
		lender.StartTLS()
		defer lender.Close()
		server, k.tls, k.url = lender.TLS.Clone(), serverTLS(lender), "https://"+l.Addr().String()
		server.NextProtos, server.MaxVersion = []string{"http/1.1"}, version
	}
	numbers := make(chan int, 1)
	numbers <- 0
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			if server != nil {
				c = tls.Server(c, server)
			}
			go k.serve(c, numbers)
		}
	}()
	return k
}

func (k *talker) serve(c net.Conn, numbers chan int) {
	if c, ok := c.(*tls.Conn); ok {
		_ = c.Handshake()
		k.once.Do(func() { close(k.shook) })
	}
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		n := <-numbers + 1
		numbers <- n
		_, _ = io.WriteString(c, answerWith(n))
		k.more(n, c)
	}
}

func answerWith(n int) string {
	text := fmt.Sprintf("answer %d", n)
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
}

// arrivals dials and waits until something has arrived at what was dialled.
type arrivals struct{ conns []*net.TCPConn }

func (a *arrivals) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		a.conns = append(a.conns, c.(*net.TCPConn))
	}
	return c, err
}

func (a *arrivals) wait(t *testing.T) {
	t.Helper()
	raw, err := a.conns[len(a.conns)-1].SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var peek [1]byte
	_ = raw.Read(func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), peek[:], syscall.MSG_PEEK)
		return !errors.Is(err, syscall.EAGAIN)
	})
}

var unsolicited = map[string]func(n int, c net.Conn){
	"the answer again":     func(n int, c net.Conn) { _, _ = io.WriteString(c, answerWith(n)) },
	"a time-out":           func(_ int, c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n") },
	"the beginning of one": func(_ int, c net.Conn) { _, _ = io.WriteString(c, "H") },
	"an empty line":        func(_ int, c net.Conn) { _, _ = io.WriteString(c, "\r\n") },
	"its farewell":         func(_ int, c net.Conn) { _ = c.Close() },
}

func TestBytesOnAnIdleConnection(t *testing.T) {
	for what, more := range unsolicited {
		for _, version := range []uint16{0, tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(fmt.Sprintf("%s/%x", what, version), func(t *testing.T) {
				goOn := make(chan bool)
				k := startTalker(t, version, func(n int, c net.Conn) {
					<-goOn // the client has the answer
					more(n, c)
				})
				var a arrivals
				tr := transport.New(transport.Options{Dial: a.dial, TLS: k.tls, ExchangeTimeout: time.Minute})
				defer tr.Close()
				for n := 1; n <= 4; n++ {
					if got, want := do(t, tr, k.url), fmt.Sprintf("answer %d", n); got != want {
						t.Fatalf("got %q, want %q", got, want)
					}
					goOn <- true
					a.wait(t)
				}
				if got := len(a.conns); got != 4 {
					t.Errorf("%d connections, want a new one for each of 4", got)
				}
			})
		}
	}
}

// The tickets with which TLS 1.3 lets a client resume come on a connection that
// nobody has used yet. They are no answer.
func TestTicketsAreNoAnswer(t *testing.T) {
	k := startTalker(t, tls.VersionTLS13, func(int, net.Conn) {})
	k.tls.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	var a arrivals
	tr := transport.New(transport.Options{Dial: a.dial, TLS: k.tls, ExchangeTimeout: time.Minute})
	defer tr.Close()
	u, err := url.Parse(k.url)
	if err != nil {
		t.Fatal(err)
	}
	tr.Ahead(u)
	<-k.shook // the tickets are sent
	for range 3 {
		do(t, tr, k.url)
	}
	if got := len(a.conns); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

// On connections that only a caller knows how to read the same holds.
func TestBytesOnAnIdleConnectionOfTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(_ int, w io.Writer, _ *http.Request) bool {
			_, err := io.WriteString(w, ok)
			time.AfterFunc(time.Second, func() { _, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale") })
			return err == nil
		}}
		tr := open(p, transport.Options{})
		defer tr.Close()
		for range 3 {
			if got, err := exchange(t, tr, t.Context()); err != nil || got != "good" {
				t.Errorf("got %q, %v", got, err)
			}
			time.Sleep(time.Minute)
		}
		if got := p.dials.Load(); got != 3 {
			t.Errorf("%d connections, want 3", got)
		}
	})
}

// After Renew no connection that stood before it is used again, also not those
// that were in use.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: says(ok)}
		tr := open(p, transport.Options{})
		defer tr.Close()
		for _, during := range []bool{false, true} {
			before := p.dials.Load()
			resp, err := tr.Do(newRequest(t, t.Context(), peerURL))
			if err != nil {
				t.Fatal(err)
			}
			if during {
				tr.Renew()
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			if !during {
				tr.Renew()
			}
			if _, err := exchange(t, tr, t.Context()); err != nil {
				t.Error(err)
			}
			if got := p.dials.Load() - before; during && got != 1 || !during && got != 2 {
				t.Errorf("during %v: %d connections", during, got)
			}
		}
	})
}
