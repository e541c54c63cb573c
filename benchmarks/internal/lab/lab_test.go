package lab_test

import (
	"strings"
	"testing"
	"time"

	"wicketkey.internal/benchmarks/internal/lab"
)

// TestEveryProgramGetsItsSecret runs each program in each setup once.
func TestEveryProgramGetsItsSecret(t *testing.T) {
	l, err := lab.Open(strings.Repeat("x", 3000))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	setups := []lab.Setup{
		{Roots: lab.Amazon, Instance: true},
		{Roots: lab.Other},
		{Roots: lab.Bundle},
		{Roots: lab.Amazon, Instance: true, RTT: 5 * time.Millisecond},
	}
	for _, s := range setups {
		if err := l.Distance(); s.RTT > 0 && err != nil {
			t.Logf("no distance to be had: %v", err)
			continue
		}
		for _, p := range lab.Programs {
			check(t, l, p, s)
		}
	}
}

func check(t *testing.T, l *lab.Lab, program string, s lab.Setup) {
	t.Helper()
	got, err := l.Run(program, s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Allocated == 0 || got.CPU == 0 || got.Wall < 3*s.RTT {
		t.Errorf("%s in %+v: %+v", program, s, got)
	}
	// The SDK's HTTP client may drop a connection between two calls.
	if got.Dials != 1 && program != "official" {
		t.Errorf("%s in %+v: %d connections", program, s, got.Dials)
	}
}
