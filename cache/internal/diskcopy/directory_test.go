package diskcopy

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// What others keep in the directory stays, whatever its name resembles.
func TestFilesOfOthersStay(t *testing.T) {
	dir := t.TempDir()
	others := []string{"new-report", "new-", "new-12a", "notes.copy", "a-b-c.copy", "x-y.no", "deadbeef.no", ".copy", ".no"}
	for _, name := range others {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 900), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, dir, func(o *Options) { o.MaxBytes = 1000 })
	save(t, c, "db", "db", "v", time.Now())
	if err := c.Drop(Refusal{Ref: ref("db"), Whole: true, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range others {
		if !slices.ContainsFunc(list, func(e os.DirEntry) bool { return e.Name() == name }) {
			t.Errorf("%s was deleted", name)
		}
	}
	if ours := len(list) - len(others); ours != 1 {
		t.Errorf("%d files of ours, want the mark alone", ours)
	}
}

// A mark that is set anew takes nobody's place.
func TestAMarkSetAnewDisplacesNone(t *testing.T) {
	c := open(t, t.TempDir())
	for i := range maxMarks - 1 {
		c.dir.marks[fmt.Sprint(i)] = fileInfo{}
	}
	for range 3 {
		if err := c.dir.mark("db", []byte("12345678"), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(c.dir.marks); n != maxMarks {
		t.Errorf("%d marks", n)
	}
}

// The volume is away while a secret is refused, and many others are; when it is back,
// with the copy, that is not read.
func TestRefusalsWhileTheDirectoryIsAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	c := open(t, dir)
	save(t, c, "db", "db", "v", time.Now())
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	for i := range maxMarks + 2 {
		name := "db"
		if i > 0 {
			name = fmt.Sprint("other", i)
		}
		if err := c.Drop(Refusal{Ref: ref(name), Whole: true, At: time.Now()}); err == nil {
			t.Fatal("no error")
		}
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	if got := load(t, c, "db"); got != "" {
		t.Errorf("%q after the refusal", got)
	}
	save(t, c, "db", "db", "v", time.Now())
	if got := load(t, c, "db"); got != "v" {
		t.Errorf("got %q of what was asked for later", got)
	}
}
