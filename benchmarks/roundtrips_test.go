package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/subject"
	"wicketkey.internal/benchmarks/internal/world"
	"wicketkey.internal/mock"
)

const (
	rtt    = 20 * time.Millisecond
	name   = "keeperRotationGatewayConfig"
	secret = "hunter2"
)

// cold is what the first secret of a process cost.
type cold struct {
	took  time.Duration
	dials int
	calls int
}

func (c cold) record(t *testing.T, name string) {
	t.Helper()
	record(t, name+"/roundtrips", float64(c.took)/float64(rtt), figures.RoundTrips)
	record(t, name+"/dials", float64(c.dials), figures.Dials)
	record(t, name+"/calls", float64(c.calls), figures.Calls)
}

// firstSecret opens one subject in a world of its own and fetches one secret.
func firstSecret(t *testing.T, s subject.Subject, rtt, imds time.Duration, config func(*world.World) aws.Config) (got cold) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rtt, imds)
		start := time.Now()
		client := open(t, s, config(w))
		value, err := client.Get(t.Context(), name)
		if err != nil || value != secret {
			t.Fatalf("%s: got %q, %v", s.Name, value, err)
		}
		got = cold{time.Since(start), w.Dials(), len(w.Secrets.Requests())}
	})
	return got
}

func newWorld(t *testing.T, rtt, imds time.Duration) *world.World {
	t.Helper()
	w, err := world.New(rtt, imds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	if _, err := w.Secrets.Put(name, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	return w
}

func open(t *testing.T, s subject.Subject, cfg aws.Config) subject.Client {
	t.Helper()
	client, err := s.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// TestRoundTripsStatic counts round trips from the making of a client to the
// secret in hand, with keys at hand: TCP, TLS 1.3 and the request are three, and
// the official client asks a second question.
func TestRoundTripsStatic(t *testing.T) {
	want := map[string]cold{
		subject.Official: {4 * rtt, 1, 2},
		subject.SDK:      {3 * rtt, 1, 1},
		subject.Fetch:    {3 * rtt, 1, 1},
		subject.Cache:    {3 * rtt, 1, 1},
	}
	for _, s := range subject.All() {
		got := firstSecret(t, s, rtt, 0, (*world.World).Static)
		if got != want[s.Name] {
			t.Errorf("%s: %v, want %v", s.Name, got, want[s.Name])
		}
		got.record(t, "cold/credentials=static/secrets=1/client="+s.Name)
	}
}

// TestRoundTripsInstance does so with an instance's credentials, which cost four
// trips to its metadata service: connecting, token, role, credentials. Ours are
// under way at the same time as TCP and TLS to Secrets Manager.
func TestRoundTripsInstance(t *testing.T) {
	for _, imds := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond} {
		creds := 4 * imds
		ours := cold{max(creds, 2*rtt) + rtt, 1, 1}
		want := map[string]cold{
			subject.Official: {creds + 4*rtt, 1, 2},
			subject.SDK:      {creds + 3*rtt, 1, 1},
			subject.Fetch:    ours,
			subject.Cache:    ours,
		}
		for _, s := range subject.All() {
			got := firstSecret(t, s, rtt, imds, (*world.World).Instance)
			if got != want[s.Name] {
				t.Errorf("metadata at %v: %s: %v, want %v", imds, s.Name, got, want[s.Name])
			}
			got.record(t, fmt.Sprintf("cold/credentials=instance/imds=%v/secrets=1/client=%s", imds, s.Name))
		}
	}
}

const fleet = 20

// TestRoundTripsTwenty fetches twenty secrets: in one batch, and where that is
// denied one by one over the same connection.
func TestRoundTripsTwenty(t *testing.T) {
	for _, denied := range []bool{false, true} {
		want := cold{3 * rtt, 1, 1}
		if denied {
			want = cold{(3 + fleet) * rtt, 1, 1 + fleet}
		}
		for _, s := range subject.All() {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, rtt, 0)
				ids := putMany(t, w, fleet)
				if denied {
					w.Secrets.Inject(mock.Fault{Operations: []string{"BatchGetSecretValue"}, Failure: mock.AccessDenied})
				}
				start := time.Now()
				many, ok := open(t, s, w.Static()).(subject.Many)
				if !ok {
					return // asks one by one only
				}
				if err := many.GetMany(t.Context(), ids...); err != nil {
					t.Fatal(err)
				}
				got := cold{time.Since(start), w.Dials(), len(w.Secrets.Requests())}
				if got != want {
					t.Errorf("%s, batch denied %v: %v, want %v", s.Name, denied, got, want)
				}
				got.record(t, fmt.Sprintf("cold/credentials=static/secrets=%d/denied=%v/client=%s", fleet, denied, s.Name))
			})
		}
	}
}

// TestRoundTripsTwentySingly is the same without a batch, for the others.
func TestRoundTripsTwentySingly(t *testing.T) {
	want := map[string]cold{
		subject.Official: {(2 + 2*fleet) * rtt, 1, 2 * fleet},
		subject.SDK:      {(2 + fleet) * rtt, 1, fleet},
	}
	for _, s := range subject.All()[:2] {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, rtt, 0)
			ids := putMany(t, w, fleet)
			start := time.Now()
			client := open(t, s, w.Static())
			for _, id := range ids {
				if _, err := client.Get(context.Background(), id); err != nil {
					t.Fatal(err)
				}
			}
			got := cold{time.Since(start), w.Dials(), len(w.Secrets.Requests())}
			if got != want[s.Name] {
				t.Errorf("%s: %v, want %v", s.Name, got, want[s.Name])
			}
			got.record(t, fmt.Sprintf("cold/credentials=static/secrets=%d/client=%s", fleet, s.Name))
		})
	}
}

func putMany(t *testing.T, w *world.World, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("gateway/%05d", i)
		if _, err := w.Secrets.Put(ids[i], []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}
