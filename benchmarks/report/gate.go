package main

import (
	"errors"
	"fmt"
	"io"

	"wicketkey.internal/benchmarks/lab"
)

// limit is the most that one of ours may cost, in another client's, of which the
// same machine has just been asked the same. Counts hardly depend on the machine;
// times do, and their limits are for a quiet one.
type limit struct {
	what, ours, theirs string
	of                 cost // nil: a read that hits
	most               float64
	timed              bool
}

// limits are wider by a tenth than what was found last, those of times by more.
var limits = []limit{
	{"page faults", "fetch", "sdk", faults, 0.40, false},
	{"page faults", "cache", "sdk", faults, 0.53, false},
	{"allocations", "fetch", "sdk", mallocs, 0.09, false},
	{"allocations", "cache", "sdk", mallocs, 0.20, false},
	{"bytes allocated", "fetch", "sdk", allocated, 0.15, false},
	{"bytes allocated", "cache", "sdk", allocated, 0.28, false},
	{"CPU", "fetch", "sdk", cpu, 0.60, true},
	{"CPU", "cache", "sdk", cpu, 0.65, true},
	{"a read that hits", "view", "official", nil, 0.25, true},
	{"a read that hits", "get", "official", nil, 3, true},
}

// gated is the cold start that is held to the limits. Allocations depend a little
// on GOMAXPROCS: every pool has a part for each.
var gated = lab.Setup{Credentials: lab.Instance, Procs: 2}

// gatedHits are those of BenchmarkHit that are.
const gatedHits = "Hit/secrets=1$/read=one/size=4096B/goroutines=1$/client=(official|view|get)$"

// gate measures what has limits. What is over one is measured again, longer. A
// count that is over it both times is an error. A time never is: it is said that
// the machine is noisy or the code slower.
func gate(dir string, out io.Writer) error {
	l, err := lab.Open()
	if err != nil {
		return err
	}
	defer l.Close()
	over := limits
	for _, turns := range []int{9, 27} {
		r := &Results{}
		if err := r.inTurns(l, series{gated, []string{"sdk", "fetch", "cache"}, turns}, turns); err != nil {
			return err
		}
		if err := r.benchmark(dir, "60ms", []load{{gatedHits, "5"}}); err != nil {
			return err
		}
		fmt.Fprintf(out, "ratios, medians of %d turns:\n", turns)
		if over = r.over(out, over); len(over) == 0 {
			return nil
		}
	}
	return verdict(out, over)
}

// over prints what was measured of the limits, and returns those that are
// exceeded.
func (r *Results) over(out io.Writer, held []limit) (exceeded []limit) {
	for _, l := range held {
		got, word := r.share(l), "ok"
		if !(got >= 0 && got <= l.most) {
			word = "OVER"
			exceeded = append(exceeded, l)
		}
		fmt.Fprintf(out, "%-4s  %-16s of %-5s in the %s's: %.3f, at most %.2f\n", word, l.what, l.ours, l.theirs, got, l.most)
	}
	return exceeded
}

// share is what ours cost in theirs, negative where it was not measured.
func (r *Results) share(l limit) float64 {
	if l.of != nil {
		_, middle, _ := r.compared(l.ours, l.theirs, gated, l.of)
		return middle
	}
	row := hitRow{1, "one", 4096, 1}
	ours, theirs := r.hit(row, l.ours), r.hit(row, l.theirs)
	if ours < 0 || theirs < 0 {
		return -1
	}
	return ours / theirs
}

// verdict is what becomes of limits that were exceeded twice.
func verdict(out io.Writer, over []limit) (failed error) {
	for _, l := range over {
		if l.timed {
			fmt.Fprintf(out, "NOISY MACHINE, or slower code: %s of %s. No failure; repeat it where nothing else runs.\n", l.what, l.ours)
			continue
		}
		failed = errors.Join(failed, fmt.Errorf("%s of %s: over its limit twice, which noise does not explain", l.what, l.ours))
	}
	return failed
}
