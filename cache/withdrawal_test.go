package cache_test

import (
	"os"
	"strings"
	"testing"

	"wicketkey.internal/cache"
)

// A refusal ends the value before the disk is told, which may take its time: readers
// who come meanwhile wait for the end.
func TestRefusalDoesNotWaitForTheDisk(t *testing.T) {
	inBubble(t, func(t *world) {
		arn := t.put("db", "v")
		dir := t.TempDir()
		s := t.store(&cache.Options{Disk: diskIn(dir)})
		for _, id := range []string{"db", arn + ":::AWSPREVIOUS", arn} {
			_, _ = value(t.Context(), s, id)
		}
		t.faults(deleted)
		done := make(chan struct{})
		go func() { defer close(done); s.Refresh(t.Context(), "db") }()
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			default:
			}
			if !marked(t.T, dir) {
				continue // the disk has not been told yet
			}
			if got, err := value(t.Context(), s, arn); err == nil {
				t.Fatalf("served %q after a refusal", got)
			}
		}
	})
}

// marked reports whether the directory has the mark of a refusal.
func marked(t *testing.T, dir string) bool {
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".no") {
			return true
		}
	}
	return false
}
