package leaktest_test

import (
	"os"

	"golang.org/x/sys/unix"
)

func preempt(thread int) { _ = unix.Tgkill(os.Getpid(), thread, unix.SIGURG) }
