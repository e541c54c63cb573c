package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// failure is a test that failed, or a package that did without one of its tests:
// it does not build, or panicked.
type failure struct {
	Package, Test string
	Output        string
}

// event is a line of what go test -json prints.
type event struct{ Action, Package, ImportPath, Test, Output string }

// failures reads what failed. A test is left out where one within it failed, and a
// package where a test of it did.
func failures(from io.Reader) (list []failure, err error) {
	said := map[failure]*strings.Builder{}
	blamed := map[failure]bool{}
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil { // a compiler's complaint may be none
			of := failure{Package: cmp.Or(e.Package, e.ImportPath), Test: e.Test}
			switch e.Action {
			case "output", "build-output":
				if said[of] == nil {
					said[of] = &strings.Builder{}
				}
				said[of].WriteString(e.Output)
			case "fail", "build-fail":
				if !blamed[of] {
					f := of
					if s := said[of]; s != nil {
						f.Output = s.String()
					}
					list = append(list, f)
				}
				for outer := of; outer.Test != ""; {
					outer.Test = cutLast(outer.Test)
					blamed[outer] = true
				}
			}
		}
		if err == io.EOF {
			return list, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// cutLast leaves out the last part of a test's name: TestA/b is within TestA, and
// that is within its package, which has no name of a test.
func cutLast(test string) string { return test[:max(strings.LastIndexByte(test, '/'), 0)] }

// summary prints what failed, and in which runs. That anything did is the error.
func summary(out io.Writer, runs []run, dir string) error {
	in := map[failure][]string{}
	first := map[failure]string{}
	for _, r := range runs {
		for _, f := range r.failed {
			of := failure{Package: f.Package, Test: f.Test}
			in[of] = append(in[of], fmt.Sprint(r.number))
			if first[of] == "" {
				first[of] = f.Output
			}
		}
	}
	if len(in) == 0 {
		fmt.Fprintf(out, "%d runs, nothing failed\n", len(runs))
		return os.Remove(dir)
	}
	var all []failure
	for f := range in {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b failure) int {
		return cmp.Or(len(in[b])-len(in[a]), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Test, b.Test))
	})
	fmt.Fprintf(out, "\n%-50s %-50s %s\n", "package", "test", "failed in runs")
	for _, f := range all {
		fmt.Fprintf(out, "%-50s %-50s %s\n", f.Package, cmp.Or(f.Test, "-"), strings.Join(in[f], " "))
	}
	for _, f := range all {
		fmt.Fprintf(out, "\n%s %s, the first time:\n%s", f.Package, f.Test, tail(first[f]))
	}
	return fmt.Errorf("%d tests failed at least once in %d runs; the output is in %s", len(all), len(runs), dir)
}

// tail is as much as helps.
func tail(s string) string {
	lines := strings.SplitAfter(s, "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "")
}
