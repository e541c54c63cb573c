package benchmarks_test

import (
	"fmt"
	"os"
	"testing"

	"wicketkey.internal/benchmarks/report/figures"
)

// figuresEnv names the file that the figures are written to.
const figuresEnv = "WICKETKEY_FIGURES"

// measured is what this run of the tests has found.
var measured figures.Book

// TestMain writes what was measured to the file that WICKETKEY_FIGURES names, for
// the report and for package regress, which judges it. In a process that a test
// has started it holds a secret instead.
func TestMain(m *testing.M) {
	if client := os.Getenv(holderEnv); client != "" {
		exitOn(hold(client))
		return
	}
	code := m.Run()
	if file := os.Getenv(figuresEnv); file != "" {
		exitOn(measured.Write(file))
	}
	os.Exit(code)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measuring skips what is measured rather than asserted, unless the figures are
// wanted.
func measuring(t *testing.T) {
	t.Helper()
	if os.Getenv(figuresEnv) == "" {
		t.Skipf("skipped: this measures; %s=FILE has it run and names the file for what it finds", figuresEnv)
	}
}

// record writes a figure down. Only package regress compares it.
func record(name string, value float64, unit string) {
	measured.Put(name, figures.Figure{Value: value, Unit: unit})
}

// sample writes down a figure that varies from run to run.
func sample(name, unit string, samples []float64) {
	measured.Put(name, figures.Sampled(unit, samples...))
}
