package main

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

// TestSoak runs on virtual time, without sockets, for a fixed number of
// rotations: past the first pruning, and past withdrawals of every kind.
func TestSoak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rotations = 25
		var out bytes.Buffer
		p := plan{For: rotations*time.Second + time.Second/2, Readers: 8, Rotate: time.Second, Faults: 0.3,
			Pause: 100 * time.Millisecond, Mock: mock.Options{InProcess: true}, Out: &out}
		k := &soak{plan: p, ledger: newLedger()}
		if err := k.with(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Goroutines that have just ended still count, as virtual time gives the
		// runtime none to clear up in, and of memory the race detector takes most.
		// What is left at the end, the bubble finds.
		k.samples = nil
		k.summarise()
		if err := k.ledger.verdict(); err != nil {
			t.Errorf("%v\n%s", err, out.String())
		}
		if n := k.ledger.rotations.Load(); n != rotations {
			t.Errorf("%d rotations, want %d", n, rotations)
		}
		checkBusy(t, k)
	})
}

// checkBusy fails if the soak has not met what it is to withstand.
func checkBusy(t *testing.T, k *soak) {
	t.Helper()
	l := k.ledger
	if l.failed.Load() == 0 || l.refusals.Load() == 0 || l.phases.Load() < 5 {
		t.Errorf("%d failed requests, %d refusals, %d withdrawals: nothing was put to the test", l.failed.Load(), l.refusals.Load(), l.phases.Load())
	}
	for _, s := range k.secrets {
		if s.seen.Load() < 2 {
			t.Errorf("%s: version %d was the newest read, want later ones", s.name, s.seen.Load())
		}
	}
}

// TestInterrupt ends a run by its context, before and after it has begun to read.
func TestInterrupt(t *testing.T) {
	for _, after := range []time.Duration{0, 2500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), after, errors.New("interrupt"))
			defer cancel()
			var out bytes.Buffer
			p := plan{For: time.Hour, Readers: 4, Rotate: time.Second, Pause: time.Second, Mock: mock.Options{InProcess: true}, Out: &out}
			if err := run(ctx, p); err != nil {
				t.Errorf("interrupted after %v: %v", after, err)
			}
			if !strings.Contains(out.String(), "0 violations") {
				t.Errorf("interrupted after %v: no summary in %q", after, out.String())
			}
		})
	}
}

// TestJudge gives a reader what it must object to.
func TestJudge(t *testing.T) {
	const newest = 7
	give := func(values ...[]byte) func(func([]byte) error) error {
		return func(use func([]byte) error) error {
			for _, v := range values {
				if err := use(v); err != nil {
					return err
				}
			}
			return nil
		}
	}
	torn := encode("a", newest)
	torn[10] ^= 1
	for _, tt := range []struct {
		name string
		now  phase
		get  func(func([]byte) error) error
		want map[string]int
	}{
		{"current", served, give(encode("a", newest)), map[string]int{}},
		{"newer", served, give(encode("a", newest+1)), map[string]int{}},
		{"previous after current", served, give(encode("a", newest), encode("a", newest-1)), map[string]int{}},
		{"older", served, give(encode("a", newest-1)), map[string]int{olderValue: 1}},
		{"torn", served, give(torn), map[string]int{wrongValue: 1}},
		{"wiped", served, give(make([]byte, 200)), map[string]int{wrongValue: 1}},
		{"short", served, give(nil), map[string]int{wrongValue: 1}},
		{"another's", served, give(encode("b", newest)), map[string]int{wrongValue: 1}},
		{"error", served, func(func([]byte) error) error { return errors.New("throttled") }, map[string]int{needless: 1}},
		{"refused", refused, func(func([]byte) error) error { return errors.New("denied") }, map[string]int{}},
		{"served", refused, give(encode("a", newest)), map[string]int{servedAfter: 1}},
		{"between", phase(1), func(func([]byte) error) error { return errors.New("throttled") }, map[string]int{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &secret{name: "a"}
			s.seen.Store(newest)
			s.step.Store(int64(tt.now))
			r := &reader{ledger: newLedger()}
			r.judge(t.Context(), s, "View", tt.get)
			if diff := cmp.Diff(tt.want, r.ledger.counts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := r.ledger.verdict(); (err != nil) != (len(tt.want) > 0) {
				t.Errorf("verdict %v", err)
			}
		})
	}
}

func TestFlatten(t *testing.T) {
	start := func() []sample {
		var all []sample
		for range 10 {
			all = append(all, sample{100, 50 << 20, 0})
		}
		return append(all, make([]sample, 80)...)
	}
	for _, tt := range []struct {
		name string
		last sample
		want int
	}{
		{"same", sample{100, 50 << 20, 1000}, 0},
		{"records", sample{100, 100 << 20, 50_000}, 0},
		{"goroutines", sample{200, 50 << 20, 1000}, 1},
		{"memory", sample{100, 100 << 20, 1000}, 1},
	} {
		samples := start()
		for range 10 {
			samples = append(samples, tt.last)
		}
		if _, grown := flatten(samples); len(grown) != tt.want {
			t.Errorf("%s: grown %q, want %d", tt.name, grown, tt.want)
		}
	}
	if _, grown := flatten(make([]sample, 9)); grown != nil {
		t.Errorf("too few samples were judged: %q", grown)
	}
}

func TestLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, stay := runtime.NumGoroutine(), make(chan struct{})
		for range 50 {
			go func() { <-stay }()
		}
		if left(before) == 0 {
			t.Error("fifty goroutines went unnoticed")
		}
		close(stay)
	})
}

// TestWeather adds up the odds as the server throws its dice.
func TestWeather(t *testing.T) {
	for _, share := range []float64{0, 0.3, 1} {
		decided, faults := 0.0, weather(share)
		for _, f := range faults {
			if f.Failure != "" || f.Wire != "" {
				decided += (1 - decided) * f.Probability
			}
			if f.Probability <= 0 || f.Probability > 1 {
				t.Errorf("share %v: a probability of %v", share, f.Probability)
			}
		}
		_, decisions := kinds()
		want := share * float64(len(decisions)) / float64(len(decisions)+3)
		if diff := decided - want; diff < -1e-9 || diff > 1e-9 {
			t.Errorf("share %v: %v of the requests decided, want %v", share, decided, want)
		}
	}
}
