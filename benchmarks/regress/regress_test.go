package regress_test

import (
	"cmp"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"wicketkey.internal/benchmarks/regress"
	"wicketkey.internal/benchmarks/report/figures"
)

// TestAgainstBaseline measures, and compares with what was committed. What is worse
// is measured once more, since the machine has a say in some of it: it must be
// worse both times.
func TestAgainstBaseline(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the tests of package benchmarks")
	}
	was, err := figures.Read(filepath.Join("..", "results", "baseline.json"))
	if err != nil {
		t.Fatal(err)
	}
	now := measure(t)
	t.Log(regress.Compared(was, now))
	worse := regress.Worse(was, now)
	if len(worse) == 0 {
		return
	}
	t.Logf("measured again, since the first time %q", worse)
	for _, twice := range regress.Both(worse, regress.Worse(was, measure(t))) {
		t.Error(twice)
	}
}

// measure runs the tests of package benchmarks for their figures.
func measure(t *testing.T) *figures.Book {
	t.Helper()
	file := filepath.Join(t.TempDir(), "figures.json")
	cmd := exec.Command("go", "test", "-count=1", ".")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "WICKETKEY_FIGURES="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the tests of package benchmarks: %v\n%s", err, out)
	}
	now, err := figures.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// around gives samples of a noisy thing.
func around(middle, noise float64) []float64 {
	samples := make([]float64, 9)
	for i := range samples {
		samples[i] = middle + noise*rand.NormFloat64()
	}
	return samples
}

func book(of map[string]figures.Figure) *figures.Book {
	b := &figures.Book{}
	for name, f := range of {
		b.Put(name, f)
	}
	return b
}

// always are samples that do not vary.
func always(v float64) []float64 { return []float64{v, v, v, v, v, v, v, v, v} }

func TestWorse(t *testing.T) {
	const name = "cold/client=fetch/x"
	for _, tt := range []struct {
		what    string
		was     figures.Figure
		now     figures.Figure
		want    string
		another string // name, if not name
	}{
		{what: "bytes doubled", was: figures.Sampled(figures.Bytes, always(100)...), now: figures.Sampled(figures.Bytes, always(200)...), want: name + " got worse: 200 bytes, the baseline is 100"},
		{what: "an allocation where there was none", was: figures.Sampled(figures.Allocs, always(0)...), now: figures.Sampled(figures.Allocs, always(1)...), want: name + " got worse: 1 allocations, the baseline is 0"},
		{what: "bytes halved", was: figures.Sampled(figures.Bytes, always(100)...), now: figures.Sampled(figures.Bytes, always(50)...)},
		{what: "bytes within what is tolerated", was: figures.Sampled(figures.Bytes, always(100)...), now: figures.Sampled(figures.Bytes, always(104)...)},
		{what: "one run in two was worse", was: figures.Sampled(figures.Bytes, 100, 200, 100, 200, 100, 200, 100, 200, 100), now: figures.Sampled(figures.Bytes, 200, 100, 200, 100, 200, 100, 200, 100, 200)},
		{what: "a call more", was: figures.Figure{Value: 1, Unit: figures.Calls}, now: figures.Figure{Value: 2, Unit: figures.Calls}, want: name + " got worse: 2 calls, the baseline is 1"},
		{what: "a fragment left", was: figures.Figure{Unit: figures.Copies}, now: figures.Figure{Value: 16, Unit: figures.Copies}, want: name + " got worse: 16 left in memory, the baseline is 0"},
		{what: "a tenth of binary more", was: figures.Figure{Value: 1e7, Unit: figures.Size}, now: figures.Figure{Value: 1.1e7, Unit: figures.Size}, want: name + " got worse: 1.1e+07 bytes of binary, the baseline is 1e+07"},
		{what: "another's client", was: figures.Figure{Value: 1, Unit: figures.Calls}, now: figures.Figure{Value: 2, Unit: figures.Calls}, another: "cold/client=sdk/x"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			at := cmp.Or(tt.another, name)
			var want []regress.Finding
			if tt.want != "" {
				want = []regress.Finding{{at, tt.want}}
			}
			got := regress.Worse(book(map[string]figures.Figure{at: tt.was}), book(map[string]figures.Figure{at: tt.now}))
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNoiseIsNoRegression: samples of one noisy thing, compared with others of the
// same, are not worse; of a thing that is worse by as much as it is noisy they
// are.
func TestNoiseIsNoRegression(t *testing.T) {
	const runs = 1000
	wrong, missed := 0, 0
	for range runs {
		was := book(map[string]figures.Figure{"/client=fetch/bytes": figures.Sampled(figures.Bytes, around(100, 20)...)})
		same := book(map[string]figures.Figure{"/client=fetch/bytes": figures.Sampled(figures.Bytes, around(100, 20)...)})
		worse := book(map[string]figures.Figure{"/client=fetch/bytes": figures.Sampled(figures.Bytes, around(200, 20)...)})
		wrong += len(regress.Worse(was, same))
		missed += 1 - len(regress.Worse(was, worse))
	}
	if wrong > 10 {
		t.Errorf("in %d of %d comparisons noise was taken for a regression, want one in 1,000 or so", wrong, runs)
	}
	if missed > 10 {
		t.Errorf("%d of %d regressions were taken for noise", missed, runs)
	}
}

func TestBoth(t *testing.T) {
	first, second := []regress.Finding{{"a", "1"}, {"b", "2"}}, []regress.Finding{{"b", "3"}, {"c", "4"}}
	if diff := gocmp.Diff([]regress.Finding{{"b", "3"}}, regress.Both(first, second)); diff != "" {
		t.Error(diff)
	}
}

func TestFigureThatVanished(t *testing.T) {
	was := book(map[string]figures.Figure{"/client=fetch/calls": {Value: 1, Unit: figures.Calls}, "/client=sdk/calls": {Value: 1, Unit: figures.Calls}})
	got := regress.Worse(was, &figures.Book{})
	if len(got) != 1 {
		t.Errorf("got %q, want one sentence about fetch's", got)
	}
	if got, want := regress.Compared(was, was), "1 figures compared, 0 of them by their samples"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
