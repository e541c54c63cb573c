package benchmarks_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
)

// TestFleetThrottled has a fleet run for twenty minutes in an account of which
// others use up the quotas, all or all but a thousandth: ten calls a second of
// GetSecretValue, where ten thousand gateways at a TTL of five minutes want some
// forty. Half-way the secret is rotated.
func TestFleetThrottled(t *testing.T) {
	const lasts = 20 * time.Minute
	size := fleetSize(t) / 10
	for _, left := range []float64{0.001, 0} {
		for _, k := range keepers {
			synctest.Test(t, func(t *testing.T) {
				from := time.Now().Add(2 * keptFor)
				svc := crowded(left*float64(size)/fullFleet, from, from.Add(lasts))
				c := crew{svc: svc, rotated: from.Add(lasts / 2), ends: from.Add(lasts)}
				c.run(t, k, size)
				if k.name == clients.Cache && (c.errors > 0 || c.longest > 0) {
					t.Errorf("%v left: %d readers of ours were given an error, and one waited %v", left, c.errors, c.longest)
				}
				c.record(fmt.Sprintf("fleet/throttled/left=%v/client=%s/", left, k.name), float64(size)/fullFleet)
			})
		}
	}
}

// crowded is a service of which there is only so much left between from and to.
func crowded(scale float64, from, to time.Time) *virtual.Service {
	quota := virtual.Quotas(map[string]float64{"GetSecretValue": quotaGet * scale, "DescribeSecret": quotaDescribe * scale})
	return &virtual.Service{RTT: rtt, Admit: func(operation string) bool {
		now := time.Now()
		return now.Before(from) || now.After(to) || scale > 0 && quota(operation)
	}}
}

// crew is a fleet of running gateways.
type crew struct {
	svc     *virtual.Service
	rotated time.Time // when the secret is
	ends    time.Time // when the throttling does

	mu       sync.Mutex // guards what follows
	errors   int        // that readers were given
	longest  time.Duration
	newest   time.Duration // after the rotation, until the last gateway had the new version
	pastEnds time.Duration // after the end of the throttling, likewise
}

// run reads the secret in each gateway every half minute, until it has the new
// version.
func (c *crew) run(t *testing.T, k keeper, size int) {
	c.svc.Value = func(string) (string, string) {
		version := fmt.Sprintf(versionFormat, 0)
		if time.Now().After(c.rotated) {
			version = fmt.Sprintf(versionFormat, 1)
		}
		return version, version
	}
	var wg sync.WaitGroup
	for range size {
		wg.Go(func() {
			time.Sleep(rand.N(keptFor)) // they were not started together
			c.watch(t, k.open(t, c.svc.Config(), keptFor))
		})
	}
	wg.Wait()
}

func (c *crew) watch(t *testing.T, read get) {
	renewed := fmt.Sprintf(versionFormat, 1)
	for first := true; ; first = false {
		began := time.Now()
		value, err := readOnce(t, read)
		c.mu.Lock()
		if !first {
			c.longest = max(c.longest, time.Since(began))
		}
		if err != nil {
			c.errors++
		}
		if value == renewed {
			c.newest = max(c.newest, time.Since(c.rotated))
			c.pastEnds = max(c.pastEnds, time.Since(c.ends))
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		time.Sleep(30 * time.Second)
	}
}

func readOnce(t *testing.T, read get) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	return read(ctx)
}

func (c *crew) record(base string, scale float64) {
	record(base+"errors", float64(c.errors)/scale, figures.CallsAbout)
	record(base+"longest", c.longest.Seconds(), figures.Seconds)
	record(base+"renewed", c.newest.Seconds(), figures.Seconds)
	record(base+"recovered", c.pastEnds.Seconds(), figures.SecondsByChance)
	record(base+"calls", float64(c.svc.Calls(""))/scale, figures.CallsAbout)
	record(base+"refused", float64(c.svc.Refused())/scale, figures.CallsAbout)
}
