package benchmarks_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/subject"
)

// measured is what this run of the tests has found; baseline is what was found
// when results/baseline.json was last written.
var (
	measured figures.Book
	baseline *figures.Book
)

// TestMain writes what was measured to the file that WICKETKEY_FIGURES names, for
// the report.
func TestMain(m *testing.M) {
	var err error
	if baseline, err = figures.Read("results/baseline.json"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if file := os.Getenv("WICKETKEY_FIGURES"); file != "" {
		if err := measured.Write(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// record writes a figure down and fails the test if it is worse than the
// baseline's, unless a new baseline is being made. Only our own clients are held
// to theirs.
func record(t testing.TB, name string, value float64, unit string) {
	t.Helper()
	f := figures.Figure{Value: value, Unit: unit}
	measured.Put(name, f)
	if worse := baseline.Worse(name, f); worse != "" && isOurs(name) && os.Getenv("WICKETKEY_FIGURES") == "" {
		t.Error(worse)
	}
}

func isOurs(name string) bool {
	for _, client := range []string{subject.Fetch, subject.Cache, "view", "get"} {
		if strings.Contains(name, "/client="+client) {
			return true
		}
	}
	return false
}
