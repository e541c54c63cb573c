package peers_test

import (
	"bytes"
	"context"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/virtual"
)

// What the peers do in trouble. Each line is asserted for the version in go.mod:
// where one fails, that peer has changed.

func service() *virtual.Service {
	return &virtual.Service{Value: func(string) (string, string) { return value, "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE" }}
}

// gate keeps requests waiting until it is opened.
type gate struct {
	behind aws.HTTPClient
	opened chan struct{}
}

func gated(svc *virtual.Service) (cfg aws.Config, open func()) {
	g := gate{svc, make(chan struct{})}
	cfg = svc.Config()
	cfg.HTTPClient = g
	return cfg, sync.OnceFunc(func() { close(g.opened) })
}

func (g gate) Do(r *http.Request) (*http.Response, error) {
	select {
	case <-g.opened:
		return g.behind.Do(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// caller is a goroutine of the tests that reads; parked finds it by its name.
//
//go:noinline
func caller(ctx context.Context, f read) (int, error) { return f(ctx) }

// parked waits until so many callers are blocked, be it on a mutex, for which
// synctest.Wait does not wait.
func parked(n int) {
	stacks := make([]byte, 16<<20)
	for {
		blocked := 0
		for _, stack := range bytes.Split(stacks[:runtime.Stack(stacks, true)], []byte("\n\n")) {
			state, frames, _ := bytes.Cut(stack, []byte("\n"))
			if bytes.Contains(frames, []byte("peers_test.caller(")) && !bytes.Contains(state, []byte("[run")) {
				blocked++
			}
		}
		if blocked == n {
			return
		}
		runtime.Gosched()
	}
}

// TestStampede has a thousand callers wait for a secret that is not there yet.
func TestStampede(t *testing.T) {
	const callers = 1000
	want := map[string]int{"mutex": 1, "singleflight": 1, "otter": 1, "runtimevar": 2, "official": 2, "view": 1}
	for _, p := range peers[1:] {
		svc := service()
		cfg, open := gated(svc)
		read := p.open(t, cfg)
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if n, err := caller(t.Context(), read); err != nil || n != size {
					t.Errorf("%s: %d bytes, %v", p.name, n, err)
				}
			})
		}
		parked(callers)
		open()
		wg.Wait()
		got := svc.Calls("")
		if got != want[p.name] {
			t.Errorf("%s: %d calls for %d callers, want %d", p.name, got, callers, want[p.name])
		}
		t.Logf("%-12s %d calls for %d callers at once", p.name, got, callers)
	}
}

// TestFirstCallerLeaves has the caller who asked first leave while another waits
// for the same secret: is the other given the value, or an error that is not its
// own?
func TestFirstCallerLeaves(t *testing.T) {
	want := map[string]string{"mutex": "value", "singleflight": "error", "otter": "value", "runtimevar": "value", "official": "error", "view": "value"}
	for _, p := range peers[1:] {
		synctest.Test(t, func(t *testing.T) { // no time passes: some errors are remembered for 2 ms
			cfg, open := gated(service())
			read := p.open(t, cfg)
			ctx, leave := context.WithCancel(t.Context())
			var first, second sync.WaitGroup
			first.Go(func() { _, _ = caller(ctx, read) })
			parked(1)
			var got string
			second.Go(func() { got = outcome(caller(t.Context(), read)) })
			parked(2)
			leave()
			first.Wait()
			open()
			second.Wait()
			if got != want[p.name] {
				t.Errorf("%s: the other caller was given %q, want %q", p.name, got, want[p.name])
			}
			t.Logf("%-12s the other caller is given: %s", p.name, got)
		})
	}
}

// TestExpiry reads a value that is past its TTL, from a service that throttles,
// and from one that has come to deny access, which is how a secret is taken from a
// gateway. A minute more than the TTL has passed, in which nobody read.
func TestExpiry(t *testing.T) {
	for _, p := range peers[1:] {
		got := map[string]string{}
		for _, trouble := range []string{"throttled", "denied"} {
			synctest.Test(t, func(t *testing.T) {
				svc := service()
				svc.RTT = 20 * time.Millisecond
				begins := time.Now().Add(time.Second)
				if trouble == "throttled" {
					svc.Admit = func(string) bool { return time.Now().Before(begins) }
				} else {
					svc.Health = denyingFrom(begins)
				}
				read := p.open(t, svc.Config())
				if n, err := read(t.Context()); err != nil || n != size {
					t.Fatalf("%s: %d bytes, %v", p.name, n, err)
				}
				time.Sleep(ttl + time.Minute)
				began := time.Now()
				got[trouble] = outcome(read(t.Context()))
				if time.Since(began) > 0 {
					got[trouble] += " after a wait"
				}
			})
		}
		if want := afterTTL[p.name]; got["throttled"] != want.throttled || got["denied"] != want.denied {
			t.Errorf("%s: %v, want %+v", p.name, got, want)
		}
		t.Logf("%-12s throttled: %-18s  denied: %s", p.name, got["throttled"], got["denied"])
	}
}

func denyingFrom(begins time.Time) func() virtual.Health {
	return func() virtual.Health {
		if time.Now().Before(begins) {
			return virtual.Well
		}
		return virtual.Denying
	}
}

var afterTTL = map[string]struct{ throttled, denied string }{
	"mutex":        {"error after a wait", "error after a wait"},
	"singleflight": {"error after a wait", "error after a wait"},
	"otter":        {"error after a wait", "error after a wait"}, // what has expired is gone
	"runtimevar":   {"value", "value"},                           // Latest is the latest good one, for ever
	"official":     {"value after a wait", "value after a wait"}, // while DescribeSecret fails, the version that it knows of is served, for ever
	"view":         {"value", "error after a wait"},              // AWS is asked again: it may have changed its mind
}

func outcome(n int, err error) string {
	if err != nil {
		return "error"
	}
	return "value"
}
