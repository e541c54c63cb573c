package e2e_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N}\- _]`) // from a heading's anchor
)

// TestLinks: what a page points to inside the repository is there, headings included.
func TestLinks(t *testing.T) {
	for _, page := range append(pages(t), "docs/performance.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			to, err := url.Parse(m[1])
			if err != nil || to.Scheme != "" {
				continue
			}
			target := page
			if to.Path != "" {
				target = filepath.Join(filepath.Dir(page), to.Path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s points to %s, which is not there", page, m[1])
			} else if to.Fragment != "" && !anchors(read(t, target))[to.Fragment] {
				t.Errorf("%s points to %s, and there is no such heading", page, m[1])
			}
		}
	}
}

// anchors are the headings of a page as GitHub makes them.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		text := dropped.ReplaceAllString(strings.ToLower(m[1]), "")
		found[strings.ReplaceAll(text, " ", "-")] = true
	}
	return found
}

// TestPictures: each drawing of the docs is well formed, says in words what it
// shows, and follows the page into the dark.
func TestPictures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.svg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pictures, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`<title`, `<desc|aria-label=`, `prefers-color-scheme: ?dark`, `role="img"`} {
			if !regexp.MustCompile(want).Match(text) {
				t.Errorf("%s has no %s", filepath.Base(file), want)
			}
		}
		for d := xml.NewDecoder(strings.NewReader(string(text))); err == nil; {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

// TestTwins: a translation has the commands, the files and the outputs of its original.
func TestTwins(t *testing.T) {
	twins, err := filepath.Glob(filepath.Join(root, "docs", "*", "operator.md"))
	if err != nil || len(twins) == 0 {
		t.Fatalf("%d translations, %v", len(twins), err)
	}
	original := blocks(read(t, "docs/operator.md"))
	for _, twin := range twins {
		text, err := os.ReadFile(twin)
		if err != nil {
			t.Fatal(err)
		}
		translated := blocks(string(text))
		if len(translated) != len(original) {
			t.Fatalf("%s has %d blocks, the original %d", twin, len(translated), len(original))
		}
		for i, b := range translated {
			if want := original[i]; b.lang != want.lang || b.arg != want.arg || b.text != want.text {
				t.Errorf("%s, line %d differs from line %d of the original", twin, b.line, want.line)
			}
		}
	}
}
