package e2e_test

import (
	"regexp"
	"strings"
	"testing"
)

// TestStability holds the pages to the module file and to what .ci/run builds.
func TestStability(t *testing.T) {
	page, mod, ci := read(t, "docs/stability.md"), read(t, "go.mod"), read(t, ".ci/run")
	for _, in := range []struct{ pattern, page string }{
		{`(?m)^go (\d+\.\d+)`, "Go %, the version in `go.mod`"},
		{`aws-secretsmanager-caching-go/v2 (v\S+)`, "at exactly %:"},
	} {
		m := regexp.MustCompile(in.pattern).FindStringSubmatch(mod)
		if m == nil || !strings.Contains(page, strings.Replace(in.page, "%", m[1], 1)) {
			t.Errorf("the page does not say what go.mod does: %s, %v", in.page, m)
		}
	}
	rows := regexp.MustCompile(`(?m)^\| (\w+)/(\w+) \| yes \|`).FindAllStringSubmatch(read(t, "docs/platforms.md"), -1)
	if len(rows) < 4 {
		t.Fatalf("%d platforms", len(rows))
	}
	for _, row := range rows[1:] { // the first is where the checks run
		if !strings.Contains(ci, "GOOS="+row[1]+" GOARCH="+row[2]+" go build ./...") {
			t.Errorf(".ci/run does not build %s/%s", row[1], row[2])
		}
	}
}

func TestShows(t *testing.T) {
	for _, in := range []struct {
		picture, real string
		want          bool
	}{
		{"ok 3 ms\n", "ok    12 ms\n", true},
		{"ok\n", "fail\n", false},
		{"ok\n", "ok\nfail\n", false},
		{"ok\n", "", false},
		{"...\nlast /proc/self/fd/3\n", "first\nsecond\nlast /proc/self/fd/7\n", true},
		{"first\n...\n", "first\n", true},
		{"...\nlast\n", "first\n", false},
		{"version 5b9c1b0e-2b8f-4c67-9d0c-5c0b6a0d9d7e\n", "version 8a9d0a52-6f0e-4df5-a7b8-3f1d5fd3ad6a\n", true},
		{"secret:a-ASjLVW\n", "secret:a-Vwt7zX\n", false},
	} {
		if got := shows(stable(in.picture), stable(in.real)); got != in.want {
			t.Errorf("%q shows %q: %t", in.picture, in.real, got)
		}
	}
}
