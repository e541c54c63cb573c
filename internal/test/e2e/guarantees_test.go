package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGuaranteesAreTested: a promise whose command runs no test any more, since
// that was renamed, would pass for ever.
func TestGuaranteesAreTested(t *testing.T) {
	page := read(t, "docs/guarantees.md")
	rows := regexp.MustCompile("(?m)^\\| (.*) \\|.*\\| `go (.*)` \\|$").FindAllStringSubmatch(page, -1)
	if lines := strings.Count(page, "\n|") - 2*strings.Count(page, "\n|---"); len(rows) == 0 || len(rows) != lines {
		t.Errorf("%d of %d rows have a command", len(rows), lines)
	}
	for _, row := range rows {
		pattern, folder := parseGoTest(t, row[2])
		names := testsIn(t, folder)
		for alternative := range strings.SplitSeq(pattern, "|") {
			if !slices.ContainsFunc(names, regexp.MustCompile(alternative).MatchString) {
				t.Errorf("%q: no test in %s matches %q", row[1], folder, alternative)
			}
		}
	}
}

var goTest = regexp.MustCompile(`^(?:-C (\S+) )?test (?:-v )?(?:-count=1 )?(?:-run (?:'([^']*)'|(\S+)) )?(\.\S*)$`)

// parseGoTest reads the flags that the page uses. Of a pattern it leaves out
// what is behind a slash, which is for the tests inside a test.
func parseGoTest(t *testing.T, call string) (pattern, folder string) {
	t.Helper()
	m := goTest.FindStringSubmatch(strings.ReplaceAll(call, `\|`, "|"))
	if m == nil {
		t.Fatalf("not understood: go %s", call)
	}
	pattern, _, _ = strings.Cut(m[2]+m[3], "/")
	return pattern, filepath.Join(m[1], m[4])
}

func testsIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`).FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}
