package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/internal/lab"
)

// Cold is every sample of one program in one setup.
type Cold struct {
	Program string
	Setup   lab.Setup
	Samples []lab.Sample
}

// setups are what cold starts are measured in: where CPU is of interest without
// distance, and on an instance at several distances.
func setups() []lab.Setup {
	var all []lab.Setup
	for _, roots := range []lab.Roots{lab.Amazon, lab.Other, lab.Bundle} {
		all = append(all, lab.Setup{Roots: roots})
		all = append(all, lab.Setup{Roots: roots, Instance: true})
	}
	for _, rtt := range rtts[1:] {
		all = append(all, lab.Setup{Roots: lab.Amazon, Instance: true, RTT: rtt})
	}
	return all
}

var rtts = []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 80 * time.Millisecond}

// cold runs the programs in turns.
func cold(_ string, r *Results) error {
	l, err := lab.Open(strings.Repeat("x", 3000))
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Distance(); err != nil {
		r.NoRTT = err.Error()
		fmt.Fprintln(os.Stderr, "report: only without distance:", err)
	}
	r.Binaries = map[string]int64{}
	for _, p := range lab.Programs {
		if r.Binaries[p], err = l.Size(p); err != nil {
			return err
		}
	}
	runs := 21
	if r.Quick {
		runs = 7
	}
	for _, s := range setups() {
		if s.RTT > 0 && r.NoRTT != "" {
			continue
		}
		if err := r.inTurns(l, s, runs); err != nil {
			return err
		}
	}
	return nil
}

func (r *Results) inTurns(l *lab.Lab, s lab.Setup, runs int) error {
	samples := make([][]lab.Sample, len(lab.Programs))
	for range runs {
		for i, p := range lab.Programs {
			got, err := l.Run(p, s)
			if err != nil {
				return err
			}
			samples[i] = append(samples[i], got)
		}
	}
	for i, p := range lab.Programs {
		r.Cold = append(r.Cold, Cold{p, s, samples[i]})
	}
	return nil
}

func wall(s lab.Sample) float64      { return s.Wall.Seconds() * 1e3 }
func cpu(s lab.Sample) float64       { return s.CPU.Seconds() * 1e3 }
func allocated(s lab.Sample) float64 { return float64(s.Allocated) / 1e3 }
func rss(s lab.Sample) float64       { return float64(s.PeakRSS) / 1e6 }
func dials(s lab.Sample) float64     { return float64(s.Dials) }

// median gives the median of one cost, negative where nothing was measured.
func (r *Results) median(program string, setup lab.Setup, cost func(lab.Sample) float64) float64 {
	for _, c := range r.Cold {
		if c.Program == program && c.Setup == setup {
			return middle(c.Samples, cost)
		}
	}
	return -1
}

func middle(samples []lab.Sample, cost func(lab.Sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = cost(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
