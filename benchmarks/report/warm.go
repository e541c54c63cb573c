package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// warm runs the Go benchmarks of reads that hit: each size in a process of its
// own, since locked memory keeps its size once it is made.
func warm(dir string, r *Results) error {
	tmp, err := os.MkdirTemp("", "wicketkey-warm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	binary := filepath.Join(tmp, "benchmarks.test")
	if err := execute(dir, nil, "go", "test", "-c", "-o", binary, "."); err != nil {
		return err
	}
	time, count := "60ms", "6"
	if r.Quick {
		time, count = "30ms", "3"
	}
	var out strings.Builder
	for _, load := range []struct{ what, count string }{
		{"ColdClient", count}, {"Warm/secrets=1$/size=100B", count}, {"Warm/secrets=1$/size=4096B", count}, {"Warm/secrets=1$/size=65536B", count},
		{"Warm/secrets=10000", "3"}, // it takes long to have so many at hand
	} {
		err := execute(dir, &out, binary, "-test.run=NONE", "-test.bench="+load.what, "-test.benchtime="+time, "-test.count="+load.count, "-test.timeout=30m")
		if err != nil {
			return err
		}
	}
	r.warmText = out.String()
	r.Warm, err = parsed(r.warmText)
	return err
}

// execute runs a command in a folder and appends what it says to out, if that is
// not nil.
func execute(dir string, out *strings.Builder, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, said)
	}
	if out != nil {
		out.Write(said)
	}
	return nil
}

// parsed gives nanoseconds by benchmark.
func parsed(text string) (map[string][]float64, error) {
	all := map[string][]float64{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || f[3] != "ns/op" {
			continue
		}
		ns, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(f[0], "Benchmark")
		if cut := strings.LastIndex(name, "-"); cut > 0 {
			name = name[:cut] // what follows is GOMAXPROCS
		}
		all[name] = append(all[name], ns)
	}
	return all, nil
}

// benchText is all that has samples, for benchstat.
func (r *Results) benchText() string {
	var b strings.Builder
	b.WriteString(r.warmText)
	for _, c := range r.Cold {
		for _, s := range c.Samples {
			fmt.Fprintf(&b, "BenchmarkCold/%v/client=%s 1 %d ns/op %d cpu-ns/op %d B/op %d allocs/op %d peak-rss-B %d dials\n",
				c.Setup, c.Program, s.Wall.Nanoseconds(), s.CPU.Nanoseconds(), s.Allocated, s.Mallocs, s.PeakRSS, s.Dials)
		}
	}
	return b.String()
}

// hitRow is a load of reads that hit.
type hitRow struct{ secrets, size, goroutines int }

func (h hitRow) String() string {
	return fmt.Sprintf("%d × %d B, %d", h.secrets, h.size, h.goroutines)
}

// hit is what a read takes, in nanoseconds; negative where that was not measured.
func (r *Results) hit(h hitRow, client string) float64 {
	return quantile(r.Warm[fmt.Sprintf("Warm/secrets=%d/size=%dB/goroutines=%d/client=%s", h.secrets, h.size, h.goroutines, client)], 2)
}
