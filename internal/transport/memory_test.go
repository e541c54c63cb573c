package transport_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/internal/transport"
)

// These tests run on virtual time over connections in memory. A goroutine that
// is left behind fails them.

const peerURL = "http://peer.invalid"

// peer answers on connections in memory.
type peer struct {
	dials  atomic.Int32
	closed atomic.Int32 // connections that the client has closed
	delay  time.Duration
	answer func(n int, w io.Writer, r *http.Request) (more bool) // n counts from 1 on each connection
}

func (p *peer) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.dials.Add(1)
	select {
	case <-time.After(p.delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	client, server := net.Pipe()
	go p.serve(server)
	return client, nil
}

func (p *peer) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for n := 1; ; n++ {
		req, err := http.ReadRequest(r)
		if err != nil {
			p.closed.Add(1)
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		if !p.answer(n, c, req) {
			return
		}
	}
}

// says answers every request with the same bytes.
func says(text string) func(int, io.Writer, *http.Request) bool {
	return func(_ int, w io.Writer, _ *http.Request) bool {
		_, err := io.WriteString(w, text)
		return err == nil
	}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"

func open(p *peer, opts transport.Options) *transport.Transport {
	opts.Dial = p.dial
	return transport.New(opts)
}

// exchange gives the body, and the error wherever it came.
func exchange(t *testing.T, tr *transport.Transport, ctx context.Context) (string, error) {
	t.Helper()
	resp, err := tr.Do(newRequest(t, ctx, peerURL))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		answer, want string
		dials        int32 // for two exchanges
	}{
		"length":                {ok, "good", 1},
		"chunked":               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngo\r\n2\r\nod\r\n0\r\n\r\n", "good", 1},
		"trailer":               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\nX: y\r\n\r\n", "good", 1},
		"100":                   {"HTTP/1.1 100 Continue\r\n\r\n" + ok, "good", 1},
		"103 twice":             {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok, "good", 1},
		"no content":            {"HTTP/1.1 204 No Content\r\n\r\n", "", 1},
		"empty":                 {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1},
		"close":                 {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood", "good", 2},
		"HTTP/1.0":              {"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ngood", "good", 2},
		"more than length":      {ok + "more", "good", 2},
		"an unsolicited answer": {ok + ok, "good", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &peer{answer: says(tt.answer)}
				tr := open(p, transport.Options{})
				defer tr.Close()
				for range 2 {
					if got, err := exchange(t, tr, t.Context()); err != nil || got != tt.want {
						t.Errorf("got %q, %v, want %q", got, err, tt.want)
					}
				}
				if got := p.dials.Load(); got != tt.dials {
					t.Errorf("%d connections, want %d", got, tt.dials)
				}
			})
		})
	}
}

// A body that ends with the connection.
func TestUntilClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(_ int, w io.Writer, _ *http.Request) bool {
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\ngood")
			return false
		}}
		tr := open(p, transport.Options{})
		defer tr.Close()
		for range 2 {
			if got, err := exchange(t, tr, t.Context()); err != nil || got != "good" {
				t.Errorf("got %q, %v", got, err)
			}
		}
	})
}

// What is not HTTP is an error that quotes nothing of it.
func TestNotHTTP(t *testing.T) {
	for name, answer := range map[string]string{
		"body where a header should be": `{"SecretString":"MARKER"}` + "\r\n\r\n",
		"status":                        "HTTP/1.1 MARKER OK\r\n\r\n",
		"header line":                   "HTTP/1.1 200 OK\r\nMARKER\r\n\r\n",
		"length":                        "HTTP/1.1 200 OK\r\nContent-Length: MARKER\r\n\r\n",
		"encoding":                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: MARKER\r\n\r\n",
		"chunk":                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nMARKER\r\n",
		"trailer":                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nMARKER\r\n\r\n",
		"endless header":                "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: MARKER\r\n", 10000) + "\r\n",
		"endless 1xx":                   strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10000),
		"switching":                     "HTTP/1.1 101 Switching Protocols\r\n\r\nMARKER MARKER",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := open(&peer{answer: says(answer)}, transport.Options{})
				defer tr.Close()
				_, err := exchange(t, tr, t.Context())
				if err == nil || strings.Contains(err.Error(), "MARKER") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestCut(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ngood",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ngood",
	} {
		synctest.Test(t, func(t *testing.T) {
			tr := open(&peer{answer: func(_ int, w io.Writer, _ *http.Request) bool {
				_, _ = io.WriteString(w, answer)
				return false
			}}, transport.Options{})
			defer tr.Close()
			if _, err := exchange(t, tr, t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q: got %v, want unexpected EOF", answer, err)
			}
		})
	}
}

// stalls says some bytes and no more until the client closes.
func stalls(text string) func(int, io.Writer, *http.Request) bool {
	return func(_ int, w io.Writer, _ *http.Request) bool {
		_, _ = io.WriteString(w, text)
		_, _ = io.Copy(io.Discard, w.(net.Conn))
		return false
	}
}

func TestAnswerThatDoesNotCome(t *testing.T) {
	for _, begun := range []string{"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"} {
		synctest.Test(t, func(t *testing.T) {
			tr := open(&peer{answer: stalls(begun)}, transport.Options{ExchangeTimeout: 5 * time.Second})
			defer tr.Close()
			began := time.Now()
			_, err := exchange(t, tr, t.Context())
			if !errors.Is(err, os.ErrDeadlineExceeded) || !strings.Contains(err.Error(), "no complete answer within 5s") {
				t.Errorf("%q: got %v, want the deadline named", begun, err)
			}
			if got := time.Since(began); got != 5*time.Second {
				t.Errorf("%q: gave up after %v", begun, got)
			}
		})
	}
}

func TestCallerLeaves(t *testing.T) {
	for _, begun := range []string{"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"} {
		synctest.Test(t, func(t *testing.T) {
			tr := open(&peer{answer: stalls(begun)}, transport.Options{})
			defer tr.Close()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			if _, err := exchange(t, tr, ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%q: got %v, want context.Canceled", begun, err)
			}
		})
	}
}

// A body that is closed before its end costs the connection.
func TestBodyClosedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: says(ok)}
		tr := open(p, transport.Options{})
		defer tr.Close()
		for range 2 {
			resp, err := tr.Do(newRequest(t, t.Context(), peerURL))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			resp.Body.Close()
			if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("a closed body gave %d bytes, %v", n, err)
			}
		}
		if got := p.dials.Load(); got != 2 {
			t.Errorf("%d connections, want 2", got)
		}
	})
}
