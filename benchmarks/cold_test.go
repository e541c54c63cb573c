package benchmarks_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"wicketkey.internal/benchmarks/lab"
	"wicketkey.internal/benchmarks/report/figures"
)

// procs is the GOMAXPROCS under which allocations are counted: every pool has a
// part for each.
const procs = 2

// TestFetchLinksNoConfig: a program that uses fetch alone does not link the SDK's
// config, which reads files and initialises what few need.
func TestFetchLinksNoConfig(t *testing.T) {
	if slices.Contains(packages(t, "fetch"), "github.com/aws/aws-sdk-go-v2/config") {
		t.Error("fetch links the SDK's config")
	}
}

func packages(t *testing.T, program string) []string {
	t.Helper()
	// Opened here, so that go test does not take an older result from its cache.
	if _, err := os.ReadDir("programs/" + program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-deps", "wicketkey.internal/benchmarks/programs/"+program)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestColdProcess counts what whole processes cost, from exec to the secret in
// hand, with an instance's credentials and the distribution's roots, in runs that
// take turns; and what the programs are.
func TestColdProcess(t *testing.T) {
	measuring(t)
	l, err := lab.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	samples := map[string][]lab.Sample{}
	for range 9 {
		for _, p := range lab.Programs {
			s, err := l.Run(p, lab.Setup{Credentials: lab.Instance, Procs: procs})
			if err != nil {
				t.Fatal(err)
			}
			samples[p] = append(samples[p], s)
		}
	}
	for _, p := range lab.Programs {
		base := "cold/process/client=" + p
		sample(base+"/bytes", figures.Bytes, costs(samples[p], func(s lab.Sample) int64 { return s.Allocated }))
		sample(base+"/allocs", figures.Allocs, costs(samples[p], func(s lab.Sample) int64 { return s.Mallocs }))
		size, err := l.Size(p)
		if err != nil {
			t.Fatal(err)
		}
		record("binary/client="+p+"/size", float64(size), figures.Size)
		record("binary/client="+p+"/packages", float64(len(packages(t, p))), figures.Packages)
		initialisation(t, l, p)
	}
}

func costs(samples []lab.Sample, cost func(lab.Sample) int64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = float64(cost(s))
	}
	return values
}

// initialisation is what the packages of a program do before main.
func initialisation(t *testing.T, l *lab.Lab, program string) {
	t.Helper()
	var bytes, allocs []float64
	for range 9 {
		got, err := l.Initialise(program)
		if err != nil {
			t.Fatal(err)
		}
		bytes, allocs = append(bytes, float64(got.Bytes)), append(allocs, float64(got.Allocs))
	}
	sample("initialisation/client="+program+"/bytes", figures.Bytes, bytes)
	sample("initialisation/client="+program+"/allocs", figures.Allocs, allocs)
}
