//go:build unix

package awsenv

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// inOwnGroup gives the command a process group, so that what it starts ends with
// it; kill ends what is left of that. At a terminal the command stays in ours: it
// could not ask for a code from a group in the background.
func inOwnGroup(cmd *exec.Cmd) (kill func()) {
	if _, err := unix.IoctlGetInt(int(os.Stdin.Fd()), unix.TIOCGPGRP); err == nil {
		return func() {}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill = func() {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	}
	cmd.Cancel = func() error { kill(); return nil }
	return kill
}
