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
	health virtual.Health
}{{"silent", virtual.Silent}, {"503", virtual.Failing}}

// twoRegions are one that is ill between from and to, and one that is well.
func twoRegions(size int, ill virtual.Health, from, to time.Time) virtual.Regions {
	scale := float64(size) / fullFleet
	quotas := func() func(string) bool {
		return virtual.Quotas(map[string]float64{"GetSecretValue": quotaGet * scale, "DescribeSecret": quotaDescribe * scale})
	}
	return virtual.Regions{
		home: {Region: home, RTT: rtt, Admit: quotas(), Value: asked, Health: func() virtual.Health {
			if now := time.Now(); now.Before(from) || now.After(to) {
				return virtual.Well
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
func travellers() []clients.Kind {
	return []clients.Kind{
		clients.All()[0], clients.All()[1], clients.All()[2],
		abroad("fetch+failover", fetch.Options{Failover: []string{replica}}),
		abroad("fetch+hedge", fetch.Options{Failover: []string{replica}, HedgeAfter: 500 * time.Millisecond}),
	}
}

func abroad(name string, opts fetch.Options) clients.Kind {
	return clients.Kind{Name: name, Open: func(cfg aws.Config) (clients.Client, error) { return clients.OpenFetch(cfg, &opts) }}
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
				recordRegional(fmt.Sprintf("region/start/outage=%s/client=%s/", o.name, s.Name), got, regions, float64(size)/fullFleet)
			})
		}
	}
}

func recordRegional(base string, o outcome, regions virtual.Regions, scale float64) {
	record(base+"half", o.half.Seconds(), figures.Seconds)
	record(base+"all", o.all.Seconds(), figures.Seconds)
	record(base+"home", float64(regions[home].Calls(""))/scale, figures.CallsAbout)
	record(base+"replica", float64(regions[replica].Calls(""))/scale, figures.CallsAbout)
	record(base+"restarts", float64(o.restarts)/scale, figures.CallsAbout)
}

// kubelet is a supervisor who waits 10 s before the second start, and twice as
// long each time, up to five minutes.
func kubelet(restarts int) time.Duration {
	return min(10*time.Second<<min(restarts-1, 10), 5*time.Minute)
}

// startedWithin reports whether a process has got its secret in the time that its
// supervisor allows it.
func startedWithin(t *testing.T, s clients.Kind, cfg aws.Config, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return started(ctx, t, s, cfg, name)
}
