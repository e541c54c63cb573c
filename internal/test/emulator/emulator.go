// Package emulator lets tests know that they run under qemu-user, as .ci/emulated
// has them run, where some of what a system does is missing: a program of another
// processor cannot be started as it is, the memory of a process is the emulator's
// too, and advice on pages is not passed on.
package emulator

import (
	"context"
	"os"
	"os/exec"
	"strings"
)

// Env names the emulator for the tests that it runs.
const Env = "WICKETKEY_EMULATOR"

// Name is that of the emulator, such as qemu-s390x; "" on a real machine.
func Name() string {
	if name := os.Getenv(Env); name != "" {
		return name
	}
	// A thread is called as the program that the kernel has started.
	comm, _ := os.ReadFile("/proc/self/comm")
	if name := strings.TrimSpace(string(comm)); strings.HasPrefix(name, "qemu-") {
		return name
	}
	return ""
}

// Self starts this very program again, through the emulator if there is one.
func Self(ctx context.Context, args ...string) *exec.Cmd {
	if name := Name(); name != "" {
		return exec.CommandContext(ctx, name, append([]string{os.Args[0]}, args...)...)
	}
	return exec.CommandContext(ctx, os.Args[0], args...)
}

// SkipHere skips a test that needs what an emulator has not, and says what.
func SkipHere(t interface {
	Helper()
	Skipf(format string, args ...any)
}, needs string) {
	t.Helper()
	if name := Name(); name != "" {
		t.Skipf("skipped: under %s there is no %s", name, needs)
	}
}
