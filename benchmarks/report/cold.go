package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"wicketkey.internal/benchmarks/lab"
)

// Cold is every sample of one program in one setup.
type Cold struct {
	Program string
	Setup   lab.Setup
	Samples []lab.Sample
}

// series is a setup and the programs that take turns in it.
type series struct {
	setup    lab.Setup
	programs []string
	turns    int
}

// The distances at which the clients are compared: all for the first secret of
// an instance, otherwise none and one as between regions of a continent.
var (
	rtts = []time.Duration{0, time.Millisecond, 5 * time.Millisecond, far, 80 * time.Millisecond}
	ends = []time.Duration{0, far}
)

const far = 20 * time.Millisecond

var (
	everybody = lab.Programs[:]
	clients   = lab.Programs[:4]
	fallbacks = []string{"sdk", "fetch", "cache"}
)

// fallback is a setup in which ours cannot go its short way.
type fallback struct {
	title string
	setup lab.Setup
}

// detours are those fallbacks, with credentials given, so that nothing is there to
// hide behind.
var detours = []fallback{
	{"AWS_CA_BUNDLE", lab.Setup{Roots: lab.Bundle}},
	{"a root that is not Amazon's", lab.Setup{Roots: lab.Other}},
	{"HTTPS_PROXY", lab.Setup{Way: lab.Proxy}},
	{"a peer of TLS 1.2", lab.Setup{Way: lab.TLS12}},
	{"HTTPS_PROXY, AWS_CA_BUNDLE, shared credentials file", lab.Setup{Way: lab.Proxy, Roots: lab.Bundle, Credentials: lab.Profile}},
	{"shared credentials file", lab.Setup{Credentials: lab.Profile}},
	{"20 secrets, batches denied", lab.Setup{Secrets: many, NoBatch: true}},
}

const many = 20

// plan is all that is measured of cold starts.
func plan(quick bool) []series {
	turns, close := 21, 41 // more where a few per cent matter
	if quick {
		turns, close = 5, 9
	}
	var all []series
	for _, rtt := range rtts {
		all = append(all, series{lab.Setup{Credentials: lab.Instance, RTT: rtt}, everybody, turns})
	}
	for _, rtt := range ends {
		for _, s := range []series{
			{lab.Setup{}, everybody, turns},
			{lab.Setup{Credentials: lab.Container}, clients, turns},
			{lab.Setup{Credentials: lab.Instance, Size: 100}, everybody, turns},
			{lab.Setup{Credentials: lab.Instance, Size: 4 << 10}, everybody, turns},
			{lab.Setup{Credentials: lab.Instance, Size: 64 << 10}, everybody, turns},
			{lab.Setup{Credentials: lab.Instance, Secrets: many}, clients, turns},
		} {
			s.setup.RTT = rtt
			all = append(all, s)
		}
		for _, d := range detours {
			d.setup.RTT = rtt
			all = append(all, series{d.setup, fallbacks, close})
		}
	}
	return all
}

// cold runs the programs in turns.
func cold(_ string, r *Results) error {
	l, err := lab.Open()
	if err != nil {
		return err
	}
	defer l.Close()
	if err := l.Distance(); err != nil {
		r.NoRTT = err.Error()
		fmt.Fprintln(os.Stderr, "report: only without distance:", err)
	}
	if err := r.programs(l); err != nil {
		return err
	}
	for _, s := range plan(r.Quick) {
		if s.setup.RTT > 0 && r.NoRTT != "" {
			continue
		}
		if err := r.inTurns(l, s, least); err != nil {
			return err
		}
	}
	return nil
}

// programs is what can be told of the programs without measuring a start.
func (r *Results) programs(l *lab.Lab) (err error) {
	r.Binaries, r.Inits = map[string]int64{}, map[string]lab.Initialisation{}
	for _, p := range lab.Programs {
		if r.Binaries[p], err = l.Size(p); err != nil {
			return err
		}
		var runs []lab.Initialisation
		for range 9 {
			i, err := l.Initialise(p)
			if err != nil {
				return err
			}
			runs = append(runs, i)
		}
		slices.SortFunc(runs, func(a, b lab.Initialisation) int { return int(a.Clock - b.Clock) })
		r.Inits[p] = runs[len(runs)/2]
	}
	return nil
}

// A series ends when it has had its time, so that a slow machine or a long way
// does not make the whole take for ever; least is what it gets all the same.
const (
	share = 8 * time.Second
	least = 5
)

func (r *Results) inTurns(l *lab.Lab, s series, least int) error {
	samples := make([][]lab.Sample, len(s.programs))
	for start, n := time.Now(), 0; n < s.turns && (n < least || time.Since(start) < share); n++ {
		for i, p := range s.programs {
			got, err := l.Run(p, s.setup)
			if err != nil {
				return err
			}
			samples[i] = append(samples[i], got)
		}
	}
	for i, p := range s.programs {
		r.Cold = append(r.Cold, Cold{p, s.setup, samples[i]})
	}
	return nil
}

// A cost is what is looked at of a sample.
type cost func(lab.Sample) float64

func wall(s lab.Sample) float64      { return s.Wall.Seconds() * 1e3 }
func cpu(s lab.Sample) float64       { return s.CPU.Seconds() * 1e3 }
func faults(s lab.Sample) float64    { return float64(s.Faults) }
func mallocs(s lab.Sample) float64   { return float64(s.Mallocs) }
func allocated(s lab.Sample) float64 { return float64(s.Allocated) / 1e3 }
func rss(s lab.Sample) float64       { return float64(s.PeakRSS) / 1e6 }
func dials(s lab.Sample) float64     { return float64(s.Dials) }

func (r *Results) samples(program string, setup lab.Setup) []lab.Sample {
	for _, c := range r.Cold {
		if c.Program == program && c.Setup == setup {
			return c.Samples
		}
	}
	return nil
}

// median gives the median of one cost, negative where nothing was measured.
func (r *Results) median(program string, setup lab.Setup, of cost) float64 {
	var values []float64
	for _, s := range r.samples(program, setup) {
		values = append(values, of(s))
	}
	return quantile(values, 2)
}

// compared gives the quartiles of the ratios, turn by turn, of what two programs
// cost: a machine that was slow for a while was so for both.
func (r *Results) compared(program, to string, setup lab.Setup, of cost) (low, middle, high float64) {
	ours, theirs := r.samples(program, setup), r.samples(to, setup)
	var ratios []float64
	for i := range min(len(ours), len(theirs)) {
		ratios = append(ratios, of(ours[i])/of(theirs[i]))
	}
	return quantile(ratios, 1), quantile(ratios, 2), quantile(ratios, 3)
}

// quantile gives a quartile of the values, the second being the median; negative
// where there are none.
func quantile(values []float64, quarter int) float64 {
	if len(values) == 0 {
		return -1
	}
	ordered := slices.Sorted(slices.Values(values))
	return ordered[len(ordered)*quarter/4]
}
