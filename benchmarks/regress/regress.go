package regress

import (
	"fmt"

	"golang.org/x/perf/benchmath"

	"wicketkey.internal/benchmarks/internal/figures"
)

// alpha is how probable it may be that chance alone made a difference that is
// held to be one. There are some thirty figures to a run.
const alpha = 0.001

// Worse returns a sentence for each figure of our own clients that got worse, or
// is measured no longer.
func Worse(was, now *figures.Book) (worse []string) {
	for _, name := range was.Names() {
		before, _ := was.Get(name)
		after, measured := now.Get(name)
		switch {
		case !figures.Held(name):
		case !measured:
			worse = append(worse, name+" is in the baseline and was not measured: if it has another name now, make a new baseline")
		case got(before, after):
			worse = append(worse, figures.Sentence(name, before, after))
		}
	}
	return worse
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
