package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
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

// A connection that nobody claims expires.
func TestAheadUnclaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{delay: time.Second, answer: says(ok)}
		tr := open(p, transport.Options{})
		defer tr.Close()
		tr.Ahead(parse(t))
		time.Sleep(2 * time.Minute)
		if dials, closed := p.dials.Load(), p.closed.Load(); dials != 1 || closed != 1 {
			t.Errorf("%d connections, %d closed", dials, closed)
		}
	})
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

// Close ends a dial that nobody waits for, or nobody any more.
func TestCloseEndsADialAhead(t *testing.T) {
	for name, tt := range map[string]struct{ wait, closing time.Duration }{
		"unclaimed":             {0, time.Second},
		"claimed and left":      {time.Second, 2 * time.Second},
		"left only after Close": {2 * time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ended := make(chan time.Duration, 2)
				tr := transport.New(transport.Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					ended <- time.Since(began)
					return nil, ctx.Err()
				}})
				tr.Ahead(parse(t))
				time.AfterFunc(tt.closing, tr.Close)
				if tt.wait > 0 {
					ctx, cancel := context.WithTimeout(t.Context(), tt.wait)
					defer cancel()
					_, _ = exchange(t, tr, ctx)
				}
				if got, most := <-ended, max(tt.wait, tt.closing); got > most {
					t.Errorf("it ended after %v, want %v at most", got, most)
				}
			})
		})
	}
}

// A call that is under way when Close comes, but has no connection yet, has to
// finish like any other.
func TestExchangeBegunBeforeCloseDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &peer{answer: says(ok)}
		tr := open(p, transport.Options{})
		tr.Close()
		if got, err := exchange(t, tr, t.Context()); err != nil || got != "good" {
			t.Errorf("got %q, %v", got, err)
		}
		synctest.Wait()
		if got := p.closed.Load(); got != 1 {
			t.Error("the connection was kept")
		}
	})
}

// A service that does not answer has used up the exchange's time: asking it
// again, on the next idle connection, would multiply both time and requests. The
// idle connections may have died with this one, so the next exchange dials.
func TestSilenceIsNotAStaleConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var silent atomic.Bool
		var unanswered, dials atomic.Int32
		p := &peer{answer: func(_ int, w io.Writer, _ *http.Request) bool {
			time.Sleep(time.Millisecond) // so that the first three need three connections
			if silent.Load() && dials.Load() <= 3 {
				unanswered.Add(1)
				return true
			}
			_, err := io.WriteString(w, ok)
			return err == nil
		}}
		tr := transport.New(transport.Options{ExchangeTimeout: time.Second, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return p.dial(ctx, network, addr)
		}})
		defer tr.Close()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { _, _ = exchange(t, tr, t.Context()) })
		}
		all.Wait()
		silent.Store(true)
		began := time.Now()
		if _, err := exchange(t, tr, t.Context()); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		if took := time.Since(began); took >= 2*time.Second || unanswered.Load() != 1 {
			t.Errorf("%d requests in %v, want 1 in little more than 1s", unanswered.Load(), took)
		}
		if got, err := exchange(t, tr, t.Context()); err != nil || got != "good" {
			t.Errorf("on a new connection: got %q, %v", got, err)
		}
	})
}
