package benchmarks_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"wicketkey.internal/benchmarks/internal/stub"
	"wicketkey.internal/benchmarks/internal/subject"
)

// TestFleetTwenty reboots a fleet of which each gateway needs twenty secrets, at
// AWS's quotas: a hundred batches a second, ten thousand single calls. One batch
// a gateway is the fewest calls and yet the slowest for a fleet, if a client
// waits for its turn at it.
func TestFleetTwenty(t *testing.T) {
	size := fleetSize(t)
	got := map[string]outcome{}
	for _, s := range subject.All()[1:3] {
		synctest.Test(t, func(t *testing.T) { got[s.Name] = restartTwenty(t, s, size) })
		got[s.Name].record(t, fmt.Sprintf("fleet20/client=%s/", s.Name), float64(size)/fullFleet)
	}
	if ours, sdk := got[subject.Fetch], got[subject.SDK]; ours.calls > sdk.calls || ours.restarts > sdk.restarts {
		t.Errorf("ours %+v, the SDK %+v", ours, sdk)
	}
}

func restartTwenty(t *testing.T, s subject.Subject, size int) outcome {
	scale := float64(size) / fullFleet
	svc := &stub.Service{RTT: rtt, Admit: stub.Quotas(map[string]float64{
		"GetSecretValue": quotaGet * scale, "BatchGetSecretValue": quotaBatch * scale,
	})}
	ids := named(fleet)
	return boot(size, atOnce, func() bool { return startedMany(t, s, svc, ids) }).of(svc)
}

func startedMany(t *testing.T, s subject.Subject, svc *stub.Service, ids []string) bool {
	client, err := s.Open(svc.Config())
	if err != nil {
		t.Error(err)
		return true
	}
	defer client.Close()
	ctx := context.Background()
	if many, ok := client.(subject.Many); ok {
		return many.GetMany(ctx, ids...) == nil
	}
	for _, id := range ids {
		if _, err := client.Get(ctx, id); err != nil {
			return false
		}
	}
	return true
}
