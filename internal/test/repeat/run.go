package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// plan is what is to be run.
type plan struct {
	loaded, quiet int
	cpus          []string
	args          []string // of go test
}

// run is one run of the tests.
type run struct {
	number int
	loaded bool
	cpu    string
	took   time.Duration
	failed []failure
}

// run goes through the plan and prints what came of it. What failed is an error.
func (p plan) run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "wicketkey-repeat-")
	if err != nil {
		return err
	}
	var runs []run
	for n := range p.loaded + p.quiet {
		r := run{number: n + 1, loaded: n < p.loaded, cpu: p.cpus[n%len(p.cpus)]}
		if err := r.tests(ctx, p.args, filepath.Join(dir, fmt.Sprintf("run-%02d.json", r.number))); err != nil {
			return errors.Join(err, summary(out, runs, dir))
		}
		runs = append(runs, r)
		fmt.Fprintln(out, r)
	}
	return summary(out, runs, dir)
}

func (r run) String() string {
	where, cpu, result := "quiet", "default", "ok"
	if r.loaded {
		where = "loaded"
	}
	if r.cpu != "" {
		cpu = r.cpu
	}
	if len(r.failed) > 0 {
		result = fmt.Sprintf("%d FAILED", len(r.failed))
	}
	return fmt.Sprintf("run %2d  %-6s  -cpu %-7s  %4.0f s  %s", r.number, where, cpu, r.took.Seconds(), result)
}

// tests runs go test. Its output goes to file, which is kept if a test failed.
func (r *run) tests(ctx context.Context, args []string, file string) error {
	if r.loaded {
		end, err := load(ctx)
		if err != nil {
			return err
		}
		defer end()
	}
	arguments := []string{"test", "-count=1", "-json"}
	if r.cpu != "" { // for each number all tests run, within one limit
		numbers := 1 + strings.Count(r.cpu, ",")
		arguments = append(arguments, "-cpu="+r.cpu, fmt.Sprintf("-timeout=%dm", 10*numbers))
	}
	output, err := os.Create(file)
	if err != nil {
		return err
	}
	defer output.Close()
	cmd := exec.CommandContext(ctx, "go", append(arguments, args...)...)
	cmd.Stdout, cmd.Stderr = output, output
	began := time.Now()
	ended := cmd.Run()
	r.took = time.Since(began)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, err := output.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if r.failed, err = failures(output); err != nil {
		return err
	}
	if ended != nil && len(r.failed) == 0 {
		r.failed = []failure{{Package: "go test", Output: ended.Error()}}
	}
	if len(r.failed) == 0 {
		return os.Remove(file)
	}
	return nil
}
