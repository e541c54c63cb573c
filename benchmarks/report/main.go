// Command report measures everything and writes it down:
//
//	go run ./benchmarks/report            # some ten minutes
//	go run ./benchmarks/report -quick     # some three: fewer runs, a smaller fleet
//	go run ./benchmarks/report -baseline  # and makes it what the tests compare with
//
// It writes results/raw.json (every sample, with the machine, Go's version, the
// commit and the date), results/bench.txt (for benchstat), results/README.md and
// charts. Round trips at a distance need Linux and the right to make a TUN device.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"wicketkey.internal/benchmarks/internal/figures"
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
	Warm     map[string][]float64 // nanoseconds, by benchmark
	Held     map[string]int64     // resident bytes with a thousand secrets of 4 KB, by client
	Figures  *figures.Book        `json:"-"`
	warmText string
}

func main() {
	quick := flag.Bool("quick", false, "fewer runs and a smaller fleet")
	rebase := flag.Bool("baseline", false, "make this what the tests compare with")
	flag.Parse()
	if err := run(*quick, *rebase); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(quick, rebase bool) error {
	dir, err := benchmarksDir()
	if err != nil {
		return err
	}
	r := &Results{
		Machine: machine(), Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		Commit: commit(dir), Date: time.Now().UTC().Format(time.DateOnly), Quick: quick, Fleet: 10000,
	}
	if quick {
		r.Fleet = 1000
	}
	for _, step := range []func(string, *Results) error{exact, cold, held, warm} {
		if err := step(dir, r); err != nil {
			return err
		}
	}
	if rebase {
		if err := r.Figures.Write(filepath.Join(dir, "results", "baseline.json")); err != nil {
			return err
		}
	}
	return write(filepath.Join(dir, "results"), r)
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

func write(dir string, r *Results) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	files := map[string]string{"raw.json": string(raw) + "\n", "bench.txt": r.benchText(), "README.md": r.markdown()}
	for name, c := range r.charts() {
		files[name] = c.SVG()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return r.Figures.Write(filepath.Join(dir, "figures.json"))
}
