package awsenv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// asNobodyKnown runs the command as a user that the database does not know,
// where the test may do so. The current user's home holds none of the files that
// the test looks for, so it means something in either case.
func asNobodyKnown(t *testing.T, cmd *exec.Cmd, dir string) {
	if os.Getuid() != 0 {
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54321, Gid: 54321}}
	// The test binary and the directory are root's alone.
	binary := filepath.Join(dir, "test")
	content, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(binary, 0o755); err != nil { // whatever the umask
		t.Fatal(err)
	}
	for at := dir; at != os.TempDir() && at != "/"; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self := slices.Index(cmd.Args, os.Args[0]) // 1 behind an emulator
	cmd.Args[self] = binary
	if self == 0 {
		cmd.Path = binary
	}
}
