package benchmarks_test

import (
	"fmt"
	"os"
	"testing"

	"wicketkey.internal/benchmarks/internal/figures"
)

// figuresEnv names the file that the figures are written to.
const figuresEnv = "WICKETKEY_FIGURES"

// measured is what this run of the tests has found; baseline is what was found
// when results/baseline.json was last written.
var (
	measured figures.Book
	baseline *figures.Book
)

// TestMain writes what was measured to the file that WICKETKEY_FIGURES names, for
// the report and for package regress. In a process that a test has started it
// holds a secret instead.
func TestMain(m *testing.M) {
	if client := os.Getenv(holderEnv); client != "" {
		exitOn(hold(client))
		return
	}
	var err error
	baseline, err = figures.Read("results/baseline.json")
	exitOn(err)
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

// record writes a figure down and fails the test if it is worse than the
// baseline's, unless the figures are for somebody else to judge. Only our own
// clients are held to theirs.
func record(t testing.TB, name string, value float64, unit string) {
	t.Helper()
	f := figures.Figure{Value: value, Unit: unit}
	measured.Put(name, f)
	if worse := baseline.Worse(name, f); worse != "" && figures.Held(name) && os.Getenv(figuresEnv) == "" {
		t.Error(worse)
	}
}

// sample writes down a figure that varies from run to run. Only package regress
// compares it.
func sample(name, unit string, samples []float64) {
	measured.Put(name, figures.Sampled(unit, samples...))
}
