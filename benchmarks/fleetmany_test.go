package benchmarks_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"wicketkey.internal/benchmarks/programs/clients"
	"wicketkey.internal/benchmarks/virtual"
)

// TestFleetTwenty reboots a fleet of which each gateway needs twenty secrets, at
// AWS's quotas: a hundred batches a second, ten thousand single calls. One batch
// a gateway is the fewest calls and yet the slowest for a fleet, if a client
// waits for its turn at it.
func TestFleetTwenty(t *testing.T) {
	size := fleetSize(t)
	got := map[string]outcome{}
	for _, s := range clients.All()[1:3] {
		synctest.Test(t, func(t *testing.T) { got[s.Name] = restartTwenty(t, s, size) })
		got[s.Name].record(fmt.Sprintf("fleet20/client=%s/", s.Name), float64(size)/fullFleet)
	}
	if ours, sdk := got[clients.Fetch], got[clients.SDK]; ours.calls > sdk.calls || ours.restarts > sdk.restarts {
		t.Errorf("ours %+v, the SDK %+v", ours, sdk)
	}
}

func restartTwenty(t *testing.T, s clients.Kind, size int) outcome {
	scale := float64(size) / fullFleet
	svc := &virtual.Service{RTT: rtt, Admit: virtual.Quotas(map[string]float64{
		"GetSecretValue": quotaGet * scale, "BatchGetSecretValue": quotaBatch * scale,
	})}
	ids := named(fleet)
	return boot(size, atOnce, func() bool { return started(t.Context(), t, s, svc.Config(), ids...) }).of(svc)
}
