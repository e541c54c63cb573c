package lab_test

import (
	"os"
	"testing"
	"time"

	"wicketkey.internal/benchmarks/lab"
)

// TestEveryProgramGetsItsSecrets runs each program in each setup once. One that
// does not have what it should have is an error, not a sample.
func TestEveryProgramGetsItsSecrets(t *testing.T) {
	if os.Getenv("WICKETKEY_FIGURES") == "" {
		t.Skip("skipped: to build the programs takes a minute; WICKETKEY_FIGURES=FILE has it run, as .ci/run does")
	}
	l, err := lab.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		setup    lab.Setup
		programs []string
	}{
		{lab.Setup{Credentials: lab.Instance}, lab.Programs[:]},
		{lab.Setup{Credentials: lab.Container, Size: 64 << 10}, lab.Programs[:]},
		{lab.Setup{Roots: lab.Other, Size: 100}, lab.Programs[:]},
		{lab.Setup{Roots: lab.Bundle, Way: lab.TLS12}, lab.Programs[:]},
		{lab.Setup{Credentials: lab.Profile, Secrets: 20}, lab.Programs[:4]},
		{lab.Setup{Credentials: lab.Container, Secrets: 20, NoBatch: true}, lab.Programs[:4]},
		{lab.Setup{Way: lab.Proxy}, lab.Programs[:4]},
		{lab.Setup{Credentials: lab.Instance, RTT: 5 * time.Millisecond}, lab.Programs[:]},
		{lab.Setup{Way: lab.Proxy, RTT: 5 * time.Millisecond}, lab.Programs[:4]},
	} {
		if err := l.Distance(); tt.setup.RTT > 0 && err != nil {
			t.Logf("no distance to be had: %v", err)
			continue
		}
		for _, p := range tt.programs {
			check(t, l, p, tt.setup)
		}
	}
	if got, err := l.Run("floor", lab.Setup{Secrets: 2}); err == nil {
		t.Errorf("the floor fetches one secret, and two were reported: %+v", got)
	}
	if got, err := l.Run("fetch", lab.Setup{Size: 5}); err == nil {
		t.Errorf("there is no secret of 5 bytes, and one was reported: %+v", got)
	}
}

func check(t *testing.T, l *lab.Lab, program string, s lab.Setup) {
	t.Helper()
	got, err := l.Run(program, s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Allocated == 0 || got.CPU == 0 || got.Faults == 0 || got.Wall < 3*s.RTT {
		t.Errorf("%s in %v: %+v", program, s, got)
	}
	// How many connections the SDK's HTTP client makes of several calls is its own
	// affair, and varies.
	if ours := program == "fetch" || program == "cache"; ours && got.Dials != 1 {
		t.Errorf("%s in %v: %d connections, want 1", program, s, got.Dials)
	}
}
