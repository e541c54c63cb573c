package main

import (
	"strings"
	"testing"
	"time"

	"wicketkey.internal/benchmarks/lab"
)

// gatedResults are of a machine on which the SDK costs 1,000 of everything, and
// ours as much as is said.
func gatedResults(ours, cpu int64) *Results {
	r := &Results{Hits: map[string][]float64{}}
	for program, s := range map[string]lab.Sample{
		"sdk":   {CPU: 1000, Faults: 1000, Mallocs: 1000, Allocated: 1e6},
		"fetch": {CPU: time.Duration(cpu), Faults: ours, Mallocs: ours, Allocated: ours * 1000},
		"cache": {CPU: time.Duration(cpu), Faults: ours, Mallocs: ours, Allocated: ours * 1000},
	} {
		r.Cold = append(r.Cold, Cold{program, gated, []lab.Sample{s, s, s}})
	}
	for client, ns := range map[string]float64{"official": 100, "view": 10, "get": 100} {
		r.Hits[hitRow{1, "one", 4096, 1}.benchmark(client)] = []float64{ns}
	}
	return r
}

// TestGate: a count over its limit is an error, a time never.
func TestGate(t *testing.T) {
	for _, tt := range []struct {
		what      string
		r         *Results
		over      int
		fails     bool
		saysNoisy bool
	}{
		{"all within", gatedResults(50, 500), 0, false, false},
		{"counts over", gatedResults(600, 500), 6, true, false},
		{"times over", gatedResults(50, 900), 2, false, true},
		{"both over", gatedResults(600, 900), 8, true, true},
		{"nothing measured", &Results{}, len(limits), true, true},
	} {
		t.Run(tt.what, func(t *testing.T) {
			var out strings.Builder
			over := tt.r.over(&out, limits)
			err := verdict(&out, over)
			if noisy := strings.Contains(out.String(), "NOISY MACHINE"); len(over) != tt.over || (err != nil) != tt.fails || noisy != tt.saysNoisy {
				t.Errorf("%d over, %v:\n%s", len(over), err, &out)
			}
		})
	}
}
