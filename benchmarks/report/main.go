// Command report measures everything and writes it down:
//
//	go run ./benchmarks/report            # twelve minutes on two quiet cores
//	go run ./benchmarks/report -quick     # four: fewer runs, a smaller fleet
//	go run ./benchmarks/report -baseline  # and makes it what later runs are compared with
//	go run ./benchmarks/report -render    # a second: tables and charts of what was measured before
//	go run ./benchmarks/report -gate      # two minutes: holds cold starts and hits to their limits, writes nothing
//
// It writes results/raw.json (every sample, with the machine, Go's version, the
// commit and the date), results/bench.txt (for benchstat), results/README.md and
// charts. What it needs is said by -h.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/lab"
	"wicketkey.internal/benchmarks/report/chart"
	"wicketkey.internal/benchmarks/report/figures"
)

// Results are everything that was measured.
type Results struct {
	Machine  string
	Go       string
	Commit   string
	Date     string
	Quick    bool
	Fleet    int
	NoRTT    string `json:",omitempty"` // why there was no distance
	Cold     []Cold
	Binaries map[string]int64
	Inits    map[string]lab.Initialisation
	Hits     map[string][]float64 // nanoseconds, by benchmark
	Held     map[string]int64     // resident bytes with a thousand secrets of 4 KB, by client
	Figures  *figures.Book        `json:"-"`
	hitText  string
}

// orders are the command line.
type orders struct {
	quick, baseline, render, gate bool
	to                            string
}

func main() {
	var o orders
	flag.BoolVar(&o.quick, "quick", false, "fewer runs and a smaller fleet: four minutes")
	flag.BoolVar(&o.baseline, "baseline", false, "make this what later runs are compared with")
	flag.BoolVar(&o.render, "render", false, "measure nothing, write tables and charts anew: a second")
	flag.BoolVar(&o.gate, "gate", false, "hold cold starts and hits to their limits, write nothing: two minutes")
	flag.StringVar(&o.to, "to", "", "the folder to write to (default benchmarks/results)")
	flag.Usage = usage
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprint(os.Stderr, `usage: go run ./benchmarks/report [flags]

Measures wicketkey beside the official client and the plain SDK, and writes
benchmarks/results: tables, charts, every sample.

Takes twelve minutes on two cores, which should have nothing else to do.
Needs the go command, inside this module; Linux for what is left in memory; Linux
and root (or a network namespace of one's own) for round trips at a distance, which
are left out elsewhere. It uses no network but this machine's own.

`)
	flag.PrintDefaults()
}

func run(o orders) error {
	dir, err := benchmarksDir()
	if err != nil {
		return err
	}
	if o.gate {
		return gate(dir, os.Stdout)
	}
	to := cmp.Or(o.to, filepath.Join(dir, "results"))
	if o.render {
		r, err := read(to)
		if err != nil {
			return err
		}
		return r.render(to)
	}
	r, err := measure(dir, o.quick)
	if err != nil {
		return err
	}
	if o.baseline {
		if err := r.Figures.Write(filepath.Join(dir, "results", "baseline.json")); err != nil {
			return err
		}
	}
	return r.write(to)
}

func measure(dir string, quick bool) (*Results, error) {
	r := &Results{
		Machine: machine(), Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		Commit: commit(dir), Date: time.Now().UTC().Format(time.DateOnly), Quick: quick, Fleet: 10000,
	}
	if quick {
		r.Fleet = 1000
	}
	for _, step := range []struct {
		name string
		run  func(string, *Results) error
	}{{"what can be counted", exact}, {"cold starts", cold}, {"memory", held}, {"reads that hit", hits}} {
		start := time.Now()
		if err := step.run(dir, r); err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "report: %s: %v\n", step.name, time.Since(start).Round(time.Second))
	}
	return r, nil
}

func benchmarksDir() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "wicketkey.internal/benchmarks/report").Output()
	if err != nil {
		return "", fmt.Errorf("run it inside the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// machine names the processor, as Linux does where it is Linux.
func machine() string {
	name := "unknown processor"
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%d × %s", runtime.NumCPU(), name)
}

func commit(dir string) string {
	cmd := exec.Command("git", "rev-parse", "--short=12", "HEAD")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// exact runs the tests, which measure what can be counted.
func exact(dir string, r *Results) error {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("wicketkey-figures-%d.json", os.Getpid()))
	defer os.Remove(file)
	cmd := exec.Command("go", "test", "-count=1", "-timeout=30m", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WICKETKEY_FIGURES="+file, fmt.Sprintf("WICKETKEY_FLEET=%d", r.Fleet))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the exact tests: %w\n%s", err, out)
	}
	book, err := figures.Read(file)
	r.Figures = book
	return err
}

const (
	rawFile     = "raw.json"
	figuresFile = "figures.json"
)

// read gives what was written.
func read(dir string) (*Results, error) {
	raw, err := os.ReadFile(filepath.Join(dir, rawFile))
	if err != nil {
		return nil, err
	}
	r := &Results{}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, err
	}
	r.Figures, err = figures.Read(filepath.Join(dir, figuresFile))
	return r, err
}

func (r *Results) write(dir string) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, rawFile), append(raw, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "bench.txt"), []byte(r.benchText()), 0o644),
		r.Figures.Write(filepath.Join(dir, figuresFile)),
		r.render(dir),
	)
}

// render writes tables and charts.
func (r *Results) render(dir string) error {
	err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(r.markdown()), 0o644)
	for name, c := range r.charts() {
		err = errors.Join(err,
			os.WriteFile(filepath.Join(dir, name+".svg"), []byte(c.SVG(chart.Light)), 0o644),
			os.WriteFile(filepath.Join(dir, name+"-dark.svg"), []byte(c.SVG(chart.Dark)), 0o644))
	}
	return err
}
