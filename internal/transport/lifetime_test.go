package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/internal/transport"
)

// Each exchange has a connection to itself; a few are kept.
func TestConcurrentExchanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 20
		p := &peer{answer: func(_ int, w io.Writer, r *http.Request) bool {
			time.Sleep(time.Second)
			body := r.Header.Get("X-Number")
			_, err := fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			return err == nil
		}}
		tr := open(p, transport.Options{})
		defer tr.Close()
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				req := newRequest(t, t.Context(), peerURL)
				req.Header.Set("X-Number", fmt.Sprint(i))
				resp, err := tr.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != fmt.Sprint(i) {
					t.Errorf("exchange %d got the answer %q, %v", i, body, err)
				}
			})
		}
		all.Wait()
		synctest.Wait()
		if kept := p.dials.Load() - p.closed.Load(); p.dials.Load() != n || kept != 4 {
			t.Errorf("%d connections, %d kept; want %d and 4", p.dials.Load(), kept, n)
		}
	})
}

func TestIdleConnectionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: says(ok)}
		tr := open(p, transport.Options{IdleTimeout: time.Minute})
		defer tr.Close()
		for _, pause := range []time.Duration{59 * time.Second, 61 * time.Second, 0} {
			if _, err := exchange(t, tr, t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(pause)
		}
		synctest.Wait()
		if dials, closed := p.dials.Load(), p.closed.Load(); dials != 2 || closed != 1 {
			t.Errorf("%d connections, %d closed; want 2 and 1", dials, closed)
		}
	})
}

// Close lets an exchange finish and keeps nothing of it.
func TestCloseDuringExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: func(_ int, w io.Writer, _ *http.Request) bool {
			time.Sleep(time.Second)
			_, _ = io.WriteString(w, ok)
			return true
		}}
		tr := open(p, transport.Options{})
		time.AfterFunc(time.Second/2, tr.Close)
		if got, err := exchange(t, tr, t.Context()); err != nil || got != "good" {
			t.Errorf("got %q, %v", got, err)
		}
		synctest.Wait()
		if got := p.closed.Load(); got != 1 {
			t.Error("the connection was kept")
		}
	})
}

func parse(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(peerURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAhead(t *testing.T) {
	for name, tt := range map[string]struct{ delay, pause time.Duration }{
		"claimed on its way": {time.Second, 0},
		"claimed idle":       {time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &peer{delay: tt.delay, answer: says(ok)}
				tr := open(p, transport.Options{})
				defer tr.Close()
				tr.Ahead(parse(t))
				time.Sleep(tt.pause)
				if _, err := exchange(t, tr, t.Context()); err != nil {
					t.Error(err)
				}
				if got := p.dials.Load(); got != 1 {
					t.Errorf("%d connections, want the one opened ahead", got)
				}
			})
		})
	}
}

// Whoever waits for a connection opened ahead may leave; the next one has it.
func TestAheadClaimedAndLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{delay: 2 * time.Second, answer: says(ok)}
		tr := open(p, transport.Options{})
		defer tr.Close()
		tr.Ahead(parse(t))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := exchange(t, tr, ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2 * time.Second)
		if _, err := exchange(t, tr, t.Context()); err != nil {
			t.Error(err)
		}
		if got := p.dials.Load(); got != 1 {
			t.Errorf("%d connections, want 1", got)
		}
	})
}

// A connection that nobody claims expires, one that comes after Close is closed.
func TestAheadUnclaimed(t *testing.T) {
	for name, until := range map[string]time.Duration{"closed while dialling": time.Second / 2, "expired": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &peer{delay: time.Second, answer: says(ok)}
				tr := open(p, transport.Options{})
				tr.Ahead(parse(t))
				time.Sleep(until)
				tr.Close()
				time.Sleep(time.Minute)
				if dials, closed := p.dials.Load(), p.closed.Load(); dials != 1 || closed != 1 {
					t.Errorf("%d connections, %d closed", dials, closed)
				}
			})
		})
	}
}

// A dial that never ends is given up although nobody waits for it.
func TestAheadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{delay: time.Hour, answer: says(ok)}
		tr := open(p, transport.Options{})
		defer tr.Close()
		tr.Ahead(parse(t))
		time.Sleep(time.Minute)
		synctest.Wait() // the dial has ended, so delay is ours again
		p.delay = 0
		tr.Ahead(parse(t))
		if _, err := exchange(t, tr, t.Context()); err != nil {
			t.Error(err)
		}
	})
}
