package benchmarks_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"wicketkey.internal/benchmarks/internal/figures"
	"wicketkey.internal/benchmarks/internal/lab"
)

// ratio is what one client costs in the other's.
func ratio(samples map[string][]lab.Sample, of, to string, cost func(lab.Sample) float64) float64 {
	return figures.Median(costs(samples[of], cost)) / figures.Median(costs(samples[to], cost))
}

func costs(samples []lab.Sample, cost func(lab.Sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = cost(s)
	}
	return values
}

func cpu(s lab.Sample) float64       { return float64(s.CPU) }
func allocated(s lab.Sample) float64 { return float64(s.Allocated) }
func mallocs(s lab.Sample) float64   { return float64(s.Mallocs) }

// TestColdProcess compares whole processes, from exec to the secret in hand,
// with an instance's credentials and the distribution's roots: medians of runs
// that take turns. CPU is a ratio with a gate, and is taken again where a noisy
// machine spoils it; bytes hardly vary.
func TestColdProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("builds five programs")
	}
	l, err := lab.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var samples map[string][]lab.Sample
	for round := range 4 {
		samples = map[string][]lab.Sample{}
		runInTurns(t, l, samples, 9)
		worst := worstCPU(samples)
		t.Logf("CPU of fetch: %.2f of another client's", worst)
		if worst <= maxCPU {
			break
		} else if round == 3 {
			t.Errorf("fetch takes %.2f of the CPU of another client, want at most %.2f", worst, maxCPU)
		}
	}
	for _, other := range []string{"sdk", "official"} {
		if got := ratio(samples, "fetch", other, allocated); got > 0.3 {
			t.Errorf("fetch allocates %.2f of the bytes of %s, want at most 0.3", got, other)
		}
	}
	for _, p := range lab.Programs {
		sample("cold/process/client="+p+"/bytes", figures.Bytes, costs(samples[p], allocated))
		sample("cold/process/client="+p+"/allocs", figures.Allocs, costs(samples[p], mallocs))
	}
	binarySizes(t, l)
	initialisations(t, l)
}

// procs is the GOMAXPROCS under which allocations are counted: every pool has a
// part for each.
const procs = 2

// maxCPU is wider than the aim of 0.5: it is 0.47 to 0.56 on a quiet machine whose
// virtualization makes page faults and system calls dear, of which half of the
// time is made there, and was 0.36 to 0.47 on others.
const maxCPU = 0.65

func worstCPU(samples map[string][]lab.Sample) float64 {
	return max(ratio(samples, "fetch", "sdk", cpu), ratio(samples, "fetch", "official", cpu))
}

func runInTurns(t *testing.T, l *lab.Lab, samples map[string][]lab.Sample, n int) {
	t.Helper()
	for range n {
		for _, p := range lab.Programs {
			s, err := l.Run(p, lab.Setup{Credentials: lab.Instance, Procs: procs})
			if err != nil {
				t.Fatal(err)
			}
			samples[p] = append(samples[p], s)
		}
	}
}

// binarySizes: a program that links fetch alone is smaller by 1.3 MB than one
// that links the SDK's config.
func binarySizes(t *testing.T, l *lab.Lab) {
	t.Helper()
	size := map[string]int64{}
	for _, p := range lab.Programs {
		n, err := l.Size(p)
		if err != nil {
			t.Fatal(err)
		}
		size[p] = n
		record(t, "binary/client="+p+"/size", float64(n), figures.Size)
	}
	if saved := size["sdk"] - size["fetch"]; saved < 1_300_000 {
		t.Errorf("fetch alone saves %d bytes of binary against config, want 1,300,000", saved)
	}
}

// initialisations is what the packages of each program do before main.
func initialisations(t *testing.T, l *lab.Lab) {
	t.Helper()
	for _, p := range lab.Programs {
		var bytes, allocs []float64
		for range 9 {
			got, err := l.Initialise(p)
			if err != nil {
				t.Fatal(err)
			}
			bytes, allocs = append(bytes, float64(got.Bytes)), append(allocs, float64(got.Allocs))
		}
		sample("initialisation/client="+p+"/bytes", figures.Bytes, bytes)
		sample("initialisation/client="+p+"/allocs", figures.Allocs, allocs)
	}
}

// TestPackages counts what each program links, and that fetch is not the reason
// to link config.
func TestPackages(t *testing.T) {
	for _, p := range lab.Programs {
		out, err := exec.Command("go", "list", "-deps", "wicketkey.internal/benchmarks/internal/cold/"+p).Output()
		if err != nil {
			t.Fatal(err)
		}
		packages := strings.Fields(string(out))
		if p == "fetch" && slices.Contains(packages, "github.com/aws/aws-sdk-go-v2/config") {
			t.Error("fetch links the SDK's config")
		}
		record(t, "binary/client="+p+"/packages", float64(len(packages)), figures.Packages)
	}
}
