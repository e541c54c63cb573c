package wipe_test

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/internal/wipe"
)

// A seccomp filter that forbids mlock is told from a limit: to raise that would
// not help. The filter cannot be taken back, so a process of its own sets it.
func TestMlockForbidden(t *testing.T) {
	const inner = "WICKETKEY_TEST_SECCOMP"
	if os.Getenv(inner) == "" {
		if b := wipe.New(1); !b.Locked() {
			t.Skip("not locked here: ", wipe.Stats().Err)
		}
		emulator.SkipHere(t, "seccomp filters")
		cmd := emulator.Self(t.Context(), "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), inner+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	forbidMlock(t)
	b := wipe.New(1)
	defer b.Free()
	err := wipe.Stats().Err
	if b.Locked() || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "seccomp") || strings.Contains(err.Error(), "RLIMIT_MEMLOCK") {
		t.Errorf("locked %v, %v", b.Locked(), err)
	}
}

// forbidMlock has every thread's mlock fail with EPERM.
func forbidMlock(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	const allow, refuse = 0x7fff0000, 0x00050000 | uint32(unix.EPERM)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS}, // the call's number
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_MLOCK, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: refuse},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const setFilter, allThreads = 1, 1
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setFilter, allThreads, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		t.Skip("no seccomp here: ", errno)
	}
}
