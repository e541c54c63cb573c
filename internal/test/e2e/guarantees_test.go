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
	page, err := os.ReadFile("../../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (.*) \\| `go test (.*)` \\|$").FindAllStringSubmatch(string(page), -1)
	if lines := strings.Count(string(page), "\n|") - 2; len(rows) == 0 || len(rows) != lines {
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

// parseGoTest reads the flags that the page uses.
func parseGoTest(t *testing.T, call string) (pattern, folder string) {
	t.Helper()
	m := regexp.MustCompile(`^(?:-v )?(?:-run (?:'([^']*)'|(\S+)) )?(\./\S+)$`).FindStringSubmatch(strings.ReplaceAll(call, `\|`, "|"))
	if m == nil {
		t.Fatalf("not understood: go test %s", call)
	}
	return m[1] + m[2], m[3]
}

func testsIn(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../..", folder, "*_test.go"))
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
