package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// warm runs the Go benchmarks of reads that hit.
func warm(dir string, r *Results) error {
	args := []string{"test", "-run=NONE", "-bench=Warm|ColdClient", "-timeout=30m", "-benchtime=200ms", "-count=6", "."}
	if r.Quick {
		args = []string{"test", "-run=NONE", "-bench=Warm|ColdClient", "-timeout=30m", "-benchtime=30ms", "-count=3", "."}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the benchmarks: %w\n%s", err, out)
	}
	r.warmText, r.Warm = string(out), map[string][]float64{}
	for line := range strings.Lines(r.warmText) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "ns/op" {
			continue
		}
		ns, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if cut := strings.LastIndex(name, "-"); cut > 0 {
			name = name[:cut] // what follows is GOMAXPROCS
		}
		r.Warm[name] = append(r.Warm[name], ns)
	}
	return nil
}

// benchText is all that has samples, for benchstat.
func (r *Results) benchText() string {
	var b strings.Builder
	b.WriteString(r.warmText)
	for _, c := range r.Cold {
		credentials := "static"
		if c.Setup.Instance {
			credentials = "instance"
		}
		for _, s := range c.Samples {
			fmt.Fprintf(&b, "BenchmarkCold/rtt=%v/credentials=%s/roots=%s/client=%s 1 %d ns/op %d cpu-ns/op %d B/op %d allocs/op %d peak-rss-B %d dials\n",
				c.Setup.RTT, credentials, c.Setup.Roots, c.Program, s.Wall.Nanoseconds(), s.CPU.Nanoseconds(), s.Allocated, s.Mallocs, s.PeakRSS, s.Dials)
		}
	}
	return b.String()
}

func (r *Results) hit(secrets, size, goroutines int, client string) float64 {
	values := slices.Clone(r.Warm[fmt.Sprintf("Warm/secrets=%d/size=%dB/goroutines=%d/client=%s", secrets, size, goroutines, client)])
	if len(values) == 0 {
		return -1
	}
	slices.Sort(values)
	return values[len(values)/2]
}
