package emulator_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startsItself is a command made of the running program's own path.
var startsItself = regexp.MustCompile(`exec\.Command(Context)?\([^\n]*(os\.Args\[0\]|os\.Executable|/proc/self/exe)`)

// TestSelfIsUsed finds the tests that start themselves again other than by Self:
// under an emulator those fail with "exec format error".
func TestSelfIsUsed(t *testing.T) {
	root, found := filepath.Join("..", "..", ".."), false
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range startsItself.FindAllString(string(source), -1) {
			if filepath.Base(path) == "emulator.go" {
				found = true
				continue
			}
			t.Errorf("%s: %s…): use emulator.Self", path, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Error("not even Self is found: is the pattern still right?")
	}
}
