//go:build !race

package wipe_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"wicketkey.internal/internal/wipe"
)

// Under the race detector sync.Pool loses things on purpose.

// What was never handed out is reused at once, without a collection, on the same
// processor: one that the test moves to has no slot yet and takes its own.
func TestUnseenBuffersNeedNoCollection(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a sync.Pool forgets at collections
	wipe.New(100).Free()
	before := wipe.Stats()
	if before.Locked == 0 {
		t.Skip("skipped: only locked memory is used again, and there is none:", before.Err)
	}
	for range 5000 {
		wipe.New(100).Free()
	}
	if after := wipe.Stats(); after.Locked != before.Locked || after.Unlocked != before.Unlocked {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestReuseCostsTheHandleOnly(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters change the count")
	}
	if !locks() {
		t.Skip("this system locks no memory")
	}
	got := testing.AllocsPerRun(1000, func() { wipe.New(2048).Free() })
	if got > 1 {
		t.Errorf("%v allocations, want 1, the Buffer", got)
	}
}
