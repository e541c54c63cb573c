package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
	"wicketkey.internal/mock"
)

const (
	rtt    = 20 * time.Millisecond
	name   = "keeperRotationGatewayConfig"
	secret = "hunter2"
	fleet  = 20 // secrets of a process that wants many
)

// coldStart is what a process finds when it starts.
type coldStart struct {
	credentials string
	config      func(*virtual.World) aws.Config
	near        time.Duration // round trip to where credentials are had
	secrets     int
	denied      bool // batches are
}

// cold is what its first secrets cost a process.
type cold struct {
	took  time.Duration
	dials int
	calls int
}

func (c cold) record(name string) {
	record(name+"/roundtrips", float64(c.took)/float64(rtt), figures.RoundTrips)
	record(name+"/dials", float64(c.dials), figures.Dials)
	record(name+"/calls", float64(c.calls), figures.Calls)
}

// check holds each client's cold start to what is wanted of it.
func (s coldStart) check(t *testing.T, want map[string]cold) {
	t.Helper()
	for _, kind := range clients.All() {
		got := s.run(t, kind)
		if got != want[kind.Name] {
			t.Errorf("%+v: %s: %v, want %v", s, kind.Name, got, want[kind.Name])
		}
		got.record(s.name() + "/client=" + kind.Name)
	}
}

func (s coldStart) name() string {
	name := "cold/credentials=" + s.credentials
	if s.credentials != "static" {
		name += fmt.Sprintf("/imds=%v", s.near)
	}
	name += fmt.Sprintf("/secrets=%d", s.secrets)
	if s.denied {
		name += "/denied=true"
	}
	return name
}

// run opens one client in a world of its own and has it fetch.
func (s coldStart) run(t *testing.T, kind clients.Kind) (got cold) {
	synctest.Test(t, func(t *testing.T) {
		w, ids := newWorld(t, rtt, s.near), []string{name}
		if s.secrets > 1 {
			ids = putMany(t, w, s.secrets)
		}
		if s.denied {
			w.Secrets.Inject(mock.Fault{Operations: []string{"BatchGetSecretValue"}, Failure: mock.AccessDenied})
		}
		start := time.Now()
		if err := fetchAll(t.Context(), open(t, kind, s.config(w)), ids, isSecret); err != nil {
			t.Fatalf("%+v: %s: %v", s, kind.Name, err)
		}
		got = cold{time.Since(start), w.Dials(), len(w.Secrets.Requests())}
	})
	return got
}

// fetchAll asks for several secrets at once where the client can, and otherwise
// has each value checked.
func fetchAll(ctx context.Context, client clients.Client, ids []string, check func(value string) error) error {
	if many, ok := client.(clients.Many); ok && len(ids) > 1 {
		return many.GetMany(ctx, ids...)
	}
	for _, id := range ids {
		value, err := client.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := check(value); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

func isSecret(value string) error {
	if value != secret {
		return fmt.Errorf("got %q, want %q", value, secret)
	}
	return nil
}

func newWorld(t *testing.T, rtt, near time.Duration) *virtual.World {
	t.Helper()
	w, err := virtual.NewWorld(rtt, near)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if _, err := w.Secrets.Put(name, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	return w
}

func putMany(t *testing.T, w *virtual.World, n int) []string {
	t.Helper()
	ids := named(n)
	for _, id := range ids {
		if _, err := w.Secrets.Put(id, []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func open(t *testing.T, s clients.Kind, cfg aws.Config) clients.Client {
	t.Helper()
	client, err := s.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// expected is what cold starts cost where credentials take creds, the others ask
// for n secrets one by one, and ours make so many calls in turn.
func expected(creds time.Duration, n, ours int) map[string]cold {
	// Ours open the connection while the credentials are on their way.
	own := cold{max(creds, 2*rtt) + time.Duration(ours)*rtt, 1, ours}
	return map[string]cold{
		// It asks which version is current before it asks for that.
		clients.Official: {creds + time.Duration(2+2*n)*rtt, 1, 2 * n},
		clients.SDK:      {creds + time.Duration(2+n)*rtt, 1, n},
		clients.Fetch:    own,
		clients.Cache:    own,
	}
}

var nears = []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond}

// TestRoundTripsStatic counts round trips from the making of a client to the
// secret in hand, with credentials given: TCP, TLS 1.3 and the request are three.
func TestRoundTripsStatic(t *testing.T) {
	coldStart{"static", (*virtual.World).Static, 0, 1, false}.check(t, expected(0, 1, 1))
}

// TestRoundTripsInstance does so with an instance's credentials, which cost four
// trips to its metadata service: connecting, token, role, credentials.
func TestRoundTripsInstance(t *testing.T) {
	for _, near := range nears {
		coldStart{"instance", (*virtual.World).Instance, near, 1, false}.check(t, expected(4*near, 1, 1))
	}
}

// TestRoundTripsContainer does so with a container's, which cost two: connecting
// and asking.
func TestRoundTripsContainer(t *testing.T) {
	for _, near := range nears {
		coldStart{"container", (*virtual.World).Container, near, 1, false}.check(t, expected(2*near, 1, 1))
	}
}

// TestRoundTripsTwenty fetches twenty secrets: ours in one batch, and where that
// is denied one by one over the same connection.
func TestRoundTripsTwenty(t *testing.T) {
	coldStart{"static", (*virtual.World).Static, 0, fleet, false}.check(t, expected(0, fleet, 1))
	coldStart{"static", (*virtual.World).Static, 0, fleet, true}.check(t, expected(0, fleet, 1+fleet))
	for _, near := range nears {
		coldStart{"instance", (*virtual.World).Instance, near, fleet, false}.check(t, expected(4*near, fleet, 1))
		coldStart{"container", (*virtual.World).Container, near, fleet, false}.check(t, expected(2*near, fleet, 1))
	}
}
