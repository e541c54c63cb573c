package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/benchmarks/lab"
	"wicketkey.internal/benchmarks/report/figures"
)

func samples(walls ...time.Duration) (list []lab.Sample) {
	for _, w := range walls {
		list = append(list, lab.Sample{Wall: w})
	}
	return list
}

// TestComparedTurnByTurn: a machine that is slow for a while is so for both.
func TestComparedTurnByTurn(t *testing.T) {
	r := Results{Cold: []Cold{
		{"sdk", lab.Setup{}, samples(10, 1000, 20, 10)},
		{"fetch", lab.Setup{}, samples(5, 600, 20, 4)},
	}}
	low, middle, high := r.compared("fetch", "sdk", lab.Setup{}, wall)
	if diff := cmp.Diff([]float64{0.5, 0.6, 1}, []float64{low, middle, high}); diff != "" {
		t.Error(diff)
	}
	if _, middle, _ := r.compared("cache", "sdk", lab.Setup{}, wall); middle >= 0 {
		t.Errorf("what was not measured is %v of the SDK's", middle)
	}
}

func TestParsed(t *testing.T) {
	got, err := parsed("cpu: x\nBenchmarkHit/size=100B/client=get+bytes-2 \t 10\t 12.5 ns/op\t 0 B/op\nBenchmarkHit/size=100B/client=get+bytes-2 \t 10\t 13 ns/op\nPASS\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]float64{"Hit/size=100B/client=get+bytes": {12.5, 13}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingMeasured: tables and charts leave out what is not there.
func TestNothingMeasured(t *testing.T) {
	r := Results{Figures: &figures.Book{}}
	if page := r.markdown(); strings.Contains(page, "NaN") || strings.Contains(page, "-1") {
		t.Errorf("there are figures of nothing in %s", page)
	}
	for name := range r.charts() {
		t.Errorf("chart %s is of nothing", name)
	}
}

// TestEveryClientIsKnown: each has a title and a colour.
func TestEveryClientIsKnown(t *testing.T) {
	for _, key := range append(append([]string{"fetch+jitter", "fetch+failover", "fetch+hedge", "cache+failover"}, everybody...), readers...) {
		if c := known[key]; c.title == "" || c.paint == "" {
			t.Errorf("%s is %+v", key, c)
		}
	}
}
