//go:build !race

package memscan_test

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"testing"

	"wicketkey.internal/internal/test/memscan"
)

// A process finds its own heap: no privilege is needed for that. Not under the
// race detector, whose shadow memory is too large to search.
func TestOwnProcess(t *testing.T) {
	needle := random(256)
	copies := [][]byte{bytes.Clone(needle), bytes.Clone(needle)}
	finder := memscan.NewFinder(memscan.Needle{Name: "n", Bytes: needle})
	found, err := finder.Process(os.Getpid(), nil)
	if errors.Is(err, memscan.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	// The search's own buffer may hold more of them.
	if got := found.Whole("n"); got < 3 {
		t.Errorf("%d whole copies, want at least 3: %v", got, found)
	}
	runtime.KeepAlive(copies)
}
