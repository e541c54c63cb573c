package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// hits runs BenchmarkHit: each size in a process of its own, since locked memory
// keeps its size once it is made.
func hits(dir string, r *Results) error {
	time, count := "60ms", "6"
	if r.Quick {
		time, count = "30ms", "3"
	}
	return r.benchmark(dir, time, []load{
		{"ColdClient", count},
		{"Hit/secrets=1$/read=one/size=100B", count}, {"Hit/secrets=1$/read=one/size=4096B", count}, {"Hit/secrets=1$/read=one/size=65536B", count},
		{"Hit/secrets=10000", "3"}, // it takes long to have so many at hand
	})
}

// load is a pattern of benchmarks, and how often they are run.
type load struct{ pattern, count string }

// benchmark runs benchmarks, each load in a process of its own, for so long each.
func (r *Results) benchmark(dir, time string, loads []load) error {
	tmp, err := os.MkdirTemp("", "wicketkey-hits-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	binary := filepath.Join(tmp, "benchmarks.test")
	if err := execute(dir, nil, "go", "test", "-c", "-o", binary, "."); err != nil {
		return err
	}
	var out strings.Builder
	for _, l := range loads {
		err := execute(dir, &out, binary, "-test.run=NONE", "-test.bench="+l.pattern, "-test.benchtime="+time, "-test.count="+l.count, "-test.timeout=30m")
		if err != nil {
			return err
		}
	}
	r.hitText = out.String()
	r.Hits, err = parsed(r.hitText)
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
	b.WriteString(r.hitText)
	for _, c := range r.Cold {
		for _, s := range c.Samples {
			fmt.Fprintf(&b, "BenchmarkCold/%v/client=%s 1 %d ns/op %d cpu-ns/op %d faults %d B/op %d allocs/op %d peak-rss-B %d dials\n",
				c.Setup, c.Program, s.Wall.Nanoseconds(), s.CPU.Nanoseconds(), s.Faults, s.Allocated, s.Mallocs, s.PeakRSS, s.Dials)
		}
	}
	return b.String()
}

// hitRow is a load of reads that hit.
type hitRow struct {
	secrets    int
	read       string // the order: one, or scattered
	size       int
	goroutines int
}

func (h hitRow) String() string {
	which := "one secret"
	if h.secrets > 1 {
		which = fmt.Sprintf("%s of %s", map[string]string{"one": "the same", "scattered": "any"}[h.read], thousands(h.secrets))
	}
	return fmt.Sprintf("%s, %s, %s", which, bytesOf(h.size), plural(h.goroutines, "goroutine"))
}

func (h hitRow) benchmark(client string) string {
	return fmt.Sprintf("Hit/secrets=%d/read=%s/size=%dB/goroutines=%d/client=%s", h.secrets, h.read, h.size, h.goroutines, client)
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

func bytesOf(n int) string {
	if n >= 1024 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// hit is what a read takes, in nanoseconds; negative where that was not measured.
func (r *Results) hit(h hitRow, client string) float64 {
	return quantile(r.Hits[h.benchmark(client)], 2)
}
