package wipe_test

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/internal/wipe"
)

// The kernel's own view: locked (lo), not dumped (dd), wiped on fork (wf).
func TestKernelHoldsThePages(t *testing.T) {
	b := wipe.New(5000)
	defer b.Free()
	if !b.Locked() {
		t.Skip("not locked here: ", wipe.Stats().Err)
	}
	emulator.SkipHere(t, "way to hand on what is said about pages")
	flags := vmFlags(t, address(b.Bytes()))
	for _, f := range []string{"lo", "dd", "wf"} {
		if !slices.Contains(flags, f) {
			t.Errorf("flag %s is missing in %v", f, flags)
		}
	}
}

func TestLostBuffersAreWiped(t *testing.T) {
	for _, n := range []int{40, 5000} {
		// Reading must allocate nothing large, which might overwrite the place.
		at, p := lose(n), make([]byte, 8)
		if !eventually(func() bool { peek(t, p, at); return zero(p) }) {
			t.Errorf("New(%d): lost without Free, and never wiped", n)
		}
	}
}

// lose makes a buffer, writes to it, forgets it and returns where it wrote.
//
//go:noinline
func lose(n int) uintptr {
	p := wipe.New(n).Bytes()
	copy(p[n-8:], "lostlost")
	return address(p[n-8:])
}

func TestAHeldSliceKeepsALostBuffer(t *testing.T) {
	held := wipe.New(100).Bytes()[50:]
	fill(held, 's')
	for range 5 {
		runtime.GC()
		wipe.New(100).Free()
	}
	if held[0] != 's' {
		t.Error("wiped while its only slice was in use")
	}
	runtime.KeepAlive(held)
}

// Freed slots come back: collecting, the same memory serves for ever.
func TestSlotsComeBack(t *testing.T) {
	if !locks() {
		t.Skip("this system locks no memory")
	}
	at := use()
	if !eventually(func() bool {
		got := make([]uintptr, 200)
		for i := range got {
			got[i] = use()
		}
		return slices.Contains(got, at)
	}) {
		t.Error("a slot was never reused")
	}
	if s := wipe.Stats(); s.Locked > s.Budget {
		t.Errorf("locked beyond the budget: %+v", s)
	}
}

// use fills and frees a buffer and returns its address.
//
//go:noinline
func use() uintptr {
	b := wipe.New(3000)
	defer b.Free()
	fill(b.Bytes(), 's')
	return address(b.Bytes())
}

// The limit can be set only once a process, before the first buffer, so each
// case is a process of its own.
func TestLimits(t *testing.T) {
	if name := os.Getenv("WIPE_TEST_LIMIT"); name != "" {
		t.Skip("child")
	}
	for _, name := range []string{"own", "none", "small", "refused"} {
		t.Run(name, func(t *testing.T) {
			var own unix.Rlimit
			if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &own); err != nil {
				t.Fatal(err)
			}
			if name == "small" && own.Max < 64<<10 {
				t.Skip("skipped: the hard limit on locked memory is lower")
			}
			child := emulator.Self(t.Context(), "-test.run=^TestLimitChild$", "-test.v")
			// The race detector would sleep for a second at the exit of each.
			child.Env = append(os.Environ(), "WIPE_TEST_LIMIT="+name, "GORACE=atexit_sleep_ms=0")
			out, err := child.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestLimitChild") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestLimitChild(t *testing.T) {
	switch os.Getenv("WIPE_TEST_LIMIT") {
	case "own":
		theKernelCountsTheSame(t)
	case "none":
		setLimit(t, 0)
		if locks() {
			t.Error("locked although the limit is 0")
		}
		wantErr(t, "0 bytes", "LimitMEMLOCK")
	case "small":
		setLimit(t, 64<<10)
		smallLimit(t)
	case "refused":
		// The pool counts on the old limit and meets the new one at mlock.
		wipe.Stats()
		setLimit(t, 0)
		dropCapabilities(t)
		if locks() {
			t.Error("locked although the kernel refuses")
		}
		wantErr(t, "mlock", "LimitMEMLOCK")
	default:
		t.Skip("run by TestLimits")
	}
	TestFreeWipesSlicesStillHeld(t)
	TestLostBuffersAreWiped(t)
}

// theKernelCountsTheSame wants the slots locked and nothing beside them.
func theKernelCountsTheSame(t *testing.T) {
	var held []*wipe.Buffer
	for range 20 {
		held = append(held, wipe.New(10_000))
	}
	kernel, ours := vmLocked(t), wipe.Stats().Locked
	if kernel != ours {
		t.Errorf("the kernel has locked %d bytes, Stats says %d", kernel, ours)
	}
	if held[0].Locked() != (ours > 0) {
		t.Errorf("Locked is %v, and %d bytes are locked", held[0].Locked(), ours)
	}
}

// smallLimit wants the first buffers locked, the rest not, and a way back.
func smallLimit(t *testing.T) {
	budget := wipe.Stats().Budget
	if budget != 32<<10 {
		t.Errorf("the budget is %d bytes, want half of the limit", budget)
	}
	var held []*wipe.Buffer
	locked := 0
	for range 20 {
		b := wipe.New(2048)
		if b.Locked() {
			locked++
		}
		held = append(held, b)
	}
	if want := budget / max(4096, os.Getpagesize()); locked != want {
		t.Errorf("%d buffers locked, want %d", locked, want)
	}
	if got := wipe.Stats(); got.Err != wipe.ErrBudget || got.Unlocked != uint64(20-locked) {
		t.Errorf("got %+v", got)
	}
	for _, b := range held {
		b.Free()
	}
	if !locks() || wipe.Stats().Err != nil {
		t.Errorf("never locked again: %+v", wipe.Stats())
	}
}

func wantErr(t *testing.T, parts ...string) {
	t.Helper()
	got := wipe.Stats()
	if got.Err == nil || got.Unlocked == 0 || got.Locked != 0 {
		t.Fatalf("got %+v, want an error, no byte locked, a buffer unlocked", got)
	}
	for _, part := range parts {
		if !strings.Contains(got.Err.Error(), part) {
			t.Errorf("%q does not mention %q", got.Err, part)
		}
	}
}

func setLimit(t *testing.T, n uint64) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: n, Max: n}); err != nil {
		t.Fatal(err)
	}
}

// dropCapabilities gives up what lets root lock beyond the limit, for this
// thread, to which the test is tied until it ends.
func dropCapabilities(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(&header, &make([]unix.CapUserData, 2)[0]); err != nil {
		t.Skip("capset: ", err)
	}
}

// eventually runs the collector until ok: finalizers run some time after it.
func eventually(ok func() bool) bool {
	for range 200 {
		runtime.GC()
		runtime.Gosched()
		if ok() {
			return true
		}
	}
	return false
}

func address(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

// peek reads memory as another process would, so that reading keeps nothing
// alive.
func peek(t *testing.T, p []byte, at uintptr) {
	t.Helper()
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	if _, err := mem.ReadAt(p, int64(at)); err != nil {
		t.Fatal(err)
	}
}

// vmFlags returns the kernel's flags of the mapping that holds the address.
func vmFlags(t *testing.T, at uintptr) []string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	inside := false
	for s := bufio.NewScanner(f); s.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(s.Text(), "%x-%x ", &from, &to); n == 2 {
			inside = from <= at && at < to
		}
		if flags, ok := strings.CutPrefix(s.Text(), "VmFlags:"); ok && inside {
			return strings.Fields(flags)
		}
	}
	t.Skip("the kernel does not show VmFlags")
	return nil
}

// vmLocked returns the kernel's count of this process's locked bytes.
func vmLocked(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, found := strings.Cut(string(status), "VmLck:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
		t.Skip("the kernel does not show VmLck")
	}
	return kib << 10
}
