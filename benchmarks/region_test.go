package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/benchmarks/internal/subject"
	"wicketkey.internal/fetch"
)

const (
	home    = "us-east-1"
	replica = "us-west-2"

	replicaRTT = 70 * time.Millisecond // across a continent

	// startLimit is systemd's, by default.
	startLimit = 90 * time.Second
)

// outages are the two ways in which a region fails a client: it takes requests
// and never answers them, or it answers that it cannot. A third, that it takes no
// connections, is the first to us, who give up an attempt after 5 s, and to the
// SDK an error after 30 s.
var outages = []struct {
	name   string
	health stub.Health
}{{"silent", stub.Silent}, {"503", stub.Failing}}

// twoRegions are one that is ill between from and to, and one that is well.
func twoRegions(size int, ill stub.Health, from, to time.Time) stub.Regions {
	scale := float64(size) / fullFleet
	quotas := func() func(string) bool {
		return stub.Quotas(map[string]float64{"GetSecretValue": quotaGet * scale, "DescribeSecret": quotaDescribe * scale})
	}
	return stub.Regions{
		home: {Region: home, RTT: rtt, Admit: quotas(), Value: asked, Health: func() stub.Health {
			if now := time.Now(); now.Before(from) || now.After(to) {
				return stub.Well
			}
			return ill
		}},
		replica: {Region: replica, RTT: replicaRTT, Admit: quotas(), Value: asked},
	}
}

// asked is a value, and a version, that tells when it was asked for.
func asked(string) (value, version string) {
	value = fmt.Sprintf(askedFormat, time.Now().UnixMilli())
	return value, value
}

const askedFormat = "asked-%032d"

// travellers are the clients in an outage. Neither the SDK nor the official
// client knows of a replica.
func travellers() []subject.Subject {
	return []subject.Subject{
		subject.All()[0], subject.All()[1], subject.All()[2],
		abroad("fetch+failover", fetch.Options{Failover: []string{replica}}),
		abroad("fetch+hedge", fetch.Options{Failover: []string{replica}, HedgeAfter: 500 * time.Millisecond}),
	}
}

func abroad(name string, opts fetch.Options) subject.Subject {
	return subject.Subject{Name: name, Open: func(cfg aws.Config) (subject.Client, error) { return subject.OpenFetch(cfg, &opts) }}
}

// TestRegionDownAtStart starts a fleet in a region that is ill for half an hour
// yet. A gateway that does not get its secret within 90 s is ended, and started
// again as a kubelet would.
func TestRegionDownAtStart(t *testing.T) {
	const lasts = 30 * time.Minute
	// The last gateway is up after: three attempts in vain, of 5 s each where the
	// region is silent, and the waits between; or the hedge and two round trips.
	latest := map[string]map[string]time.Duration{
		"silent": {"fetch+failover": 20 * time.Second, "fetch+hedge": time.Second},
		"503":    {"fetch+failover": 5 * time.Second, "fetch+hedge": time.Second},
	}
	size := fleetSize(t) / 8
	for _, o := range outages {
		for _, s := range travellers() {
			synctest.Test(t, func(t *testing.T) {
				regions := twoRegions(size, o.health, time.Now(), time.Now().Add(lasts))
				got := boot(size, kubelet, func() bool { return startedWithin(t, s, regions.Config(home), startLimit) })
				most, failsOver := latest[o.name][s.Name]
				if failsOver && (got.all > most || got.restarts > 0) {
					t.Errorf("%s, %s: all up after %v with %d restarts, want %v and none", o.name, s.Name, got.all, got.restarts, most)
				}
				if !failsOver && got.half < lasts {
					t.Errorf("%s, %s: half were up after %v, before the region was well", o.name, s.Name, got.half)
				}
				recordRegional(t, fmt.Sprintf("region/start/outage=%s/client=%s/", o.name, s.Name), got, regions, float64(size)/fullFleet)
			})
		}
	}
}

func recordRegional(t *testing.T, base string, o outcome, regions stub.Regions, scale float64) {
	t.Helper()
	record(t, base+"half", o.half.Seconds(), figures.Seconds)
	record(t, base+"all", o.all.Seconds(), figures.Seconds)
	record(t, base+"home", float64(regions[home].Calls(""))/scale, figures.CallsAbout)
	record(t, base+"replica", float64(regions[replica].Calls(""))/scale, figures.CallsAbout)
	record(t, base+"restarts", float64(o.restarts)/scale, figures.CallsAbout)
}

// kubelet is a supervisor who waits 10 s before the second start, and twice as
// long each time, up to five minutes.
func kubelet(restarts int) time.Duration {
	return min(10*time.Second<<min(restarts-1, 10), 5*time.Minute)
}

// startedWithin reports whether a process has got its secret in the time that its
// supervisor allows it.
func startedWithin(t *testing.T, s subject.Subject, cfg aws.Config, limit time.Duration) bool {
	client, err := s.Open(cfg)
	if err != nil {
		t.Error(err)
		return true
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	_, err = client.Get(ctx, name)
	return err == nil
}
