package regress

import (
	"fmt"
	"slices"

	"golang.org/x/perf/benchmath"

	"wicketkey.internal/benchmarks/report/figures"
)

// alpha is how probable it may be that chance alone made a difference that is
// held to be one. There are some thirty figures to a run.
const alpha = 0.001

// A Finding is a figure of our own clients that got worse, or is measured no
// longer, and a sentence that says so.
type Finding struct{ Name, Sentence string }

func (f Finding) String() string { return f.Sentence }

// Worse returns what got worse.
func Worse(was, now *figures.Book) (worse []Finding) {
	for _, name := range was.Names() {
		before, _ := was.Get(name)
		after, measured := now.Get(name)
		switch {
		case !figures.Held(name):
		case !measured:
			worse = append(worse, Finding{name, name + " is in the baseline and was not measured: if it has another name now, make a new baseline"})
		case got(before, after):
			worse = append(worse, Finding{name, figures.Sentence(name, before, after)})
		}
	}
	return worse
}

// Both returns those of the second findings whose figure is in the first as well.
func Both(first, second []Finding) (both []Finding) {
	for _, f := range second {
		if slices.ContainsFunc(first, func(o Finding) bool { return o.Name == f.Name }) {
			both = append(both, f)
		}
	}
	return both
}

// got reports whether a figure got worse: by more than its unit tolerates, and
// not by chance.
func got(before, after figures.Figure) bool {
	if !after.Exceeds(before) {
		return false
	}
	if len(before.Samples) == 0 || len(after.Samples) == 0 {
		return true // counted
	}
	thresholds := &benchmath.Thresholds{CompareAlpha: alpha}
	c := benchmath.AssumeNothing.Compare(
		benchmath.NewSample(append([]float64{}, before.Samples...), thresholds), // which sorts them
		benchmath.NewSample(append([]float64{}, after.Samples...), thresholds))
	return c.P < c.Alpha
}

// Compared says how many figures of our own clients are in both books, and how
// many of them have samples.
func Compared(was, now *figures.Book) string {
	all, sampled := 0, 0
	for _, name := range was.Names() {
		before, _ := was.Get(name)
		if _, ok := now.Get(name); !ok || !figures.Held(name) {
			continue
		}
		all++
		if len(before.Samples) > 0 {
			sampled++
		}
	}
	return fmt.Sprintf("%d figures compared, %d of them by their samples", all, sampled)
}
