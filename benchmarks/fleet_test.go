package benchmarks_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/report/figures"
	"wicketkey.internal/benchmarks/virtual"
	"wicketkey.internal/fetch"
)

// AWS's quotas for an account in a region, in calls a second, and the fleet that
// they are set against.
const (
	quotaGet      = 10000
	quotaDescribe = 40000
	quotaBatch    = 100
	fullFleet     = 10000
)

// fleetSize is how many gateways are simulated; the quotas are scaled with it.
// WICKETKEY_FLEET sets it.
func fleetSize(t *testing.T) int {
	text := os.Getenv("WICKETKEY_FLEET")
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// outcome is what became of a fleet that starts at one instant.
type outcome struct {
	half, all      time.Duration // until so many were up
	calls, refused int
	busiest        int // calls in a second
	restarts       int // processes that were given an error, and started again
}

// TestFleet reboots a fleet together, over the clients' real retrying.
func TestFleet(t *testing.T) {
	size := fleetSize(t)
	for _, share := range []float64{1, 0.1} {
		got := map[string]outcome{}
		for _, s := range append(clients.All()[:3], jittered()) {
			synctest.Test(t, func(t *testing.T) { got[s.Name] = restart(t, s, size, share) })
			got[s.Name].record(fmt.Sprintf("fleet/quota=%v/client=%s/", share, s.Name), float64(size)/fullFleet)
		}
		if ours, sdk := got[clients.Fetch], got[clients.SDK]; ours.calls > sdk.calls*11/10 || ours.restarts > sdk.restarts {
			t.Errorf("quota %v: ours %+v, the SDK %+v", share, ours, sdk)
		}
	}
}

const startJitter = 30 * time.Second

// jittered is our client with a start-up jitter.
func jittered() clients.Kind {
	return clients.Kind{Name: "fetch+jitter", Open: func(cfg aws.Config) (clients.Client, error) {
		return clients.OpenFetch(cfg, &fetch.Options{StartJitter: startJitter})
	}}
}

func (o outcome) record(base string, scale float64) {
	record(base+"half", o.half.Seconds(), figures.Seconds)
	record(base+"all", o.all.Seconds(), figures.Seconds)
	record(base+"calls", float64(o.calls)/scale, figures.CallsAbout)
	record(base+"refused", float64(o.refused)/scale, figures.CallsAbout)
	// Too few calls a second in a small fleet to hold one run to another.
	record(base+"busiest", float64(o.busiest)/scale, figures.CallsByChance)
	record(base+"restarts", float64(o.restarts)/scale, figures.CallsAbout)
}

func restart(t *testing.T, s clients.Kind, size int, share float64) outcome {
	scale := share * float64(size) / fullFleet
	svc := &virtual.Service{RTT: rtt, Admit: virtual.Quotas(map[string]float64{
		"GetSecretValue": quotaGet * scale, "DescribeSecret": quotaDescribe * scale, "BatchGetSecretValue": quotaBatch * scale,
	})}
	return boot(size, atOnce, func() bool { return started(t.Context(), t, s, svc.Config(), name) }).of(svc)
}

// boot starts so many processes at one instant, and each again, after a pause,
// until it is up. Each start is a new process, without memory of the last.
func boot(size int, pause func(restarts int) time.Duration, start func() bool) (o outcome) {
	begin := time.Now()
	var mu sync.Mutex
	var up []time.Duration
	var wg sync.WaitGroup
	for range size {
		wg.Go(func() {
			n := 0
			for !start() {
				n++
				time.Sleep(pause(n))
			}
			mu.Lock()
			defer mu.Unlock()
			up = append(up, time.Since(begin))
			o.restarts += n
		})
	}
	wg.Wait()
	slices.Sort(up)
	o.half, o.all = up[size/2], up[size-1]
	return o
}

// of adds what the service saw of it.
func (o outcome) of(svc *virtual.Service) outcome {
	o.calls, o.refused, o.busiest = svc.Calls(""), svc.Refused(), svc.Busiest()
	return o
}

// atOnce is a supervisor who starts a process again a second after it failed.
func atOnce(int) time.Duration { return time.Second }

// started reports whether a process has got its secrets.
func started(ctx context.Context, t *testing.T, s clients.Kind, cfg aws.Config, ids ...string) bool {
	client, err := s.Open(cfg)
	if err != nil {
		t.Error(err)
		return true
	}
	defer client.Close()
	return fetchAll(ctx, client, ids, func(string) error { return nil }) == nil
}
