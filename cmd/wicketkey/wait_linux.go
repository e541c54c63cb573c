package main

import (
	"errors"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wait returns when the process has ended. Meanwhile it reaps whatever else
// ends under us: as PID 1 we are given all orphans.
//
// It peeks before it reaps, because children in our own process group are not
// ours to reap at once: they are helpers such as a credential_process, for which
// package os is waiting. One that is still a zombie a little later was nobody's.
func wait(pid int) syscall.WaitStatus {
	for {
		ended, err := peek()
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil: // cannot be: pid has not been reaped
			return reap(pid, 0)
		case ended == pid:
			return reap(pid, 0)
		}
		if group, err := unix.Getpgid(ended); err == nil && group == unix.Getpgrp() {
			time.Sleep(100 * time.Millisecond)
		}
		reap(ended, unix.WNOHANG)
	}
}

// peek waits for any child to end and leaves it a zombie.
func peek() (pid int, err error) {
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		return 0, err
	}
	// The process id is the first member of the union behind three integers,
	// which is aligned like a pointer; x/sys gives it no name.
	const union = (3*unsafe.Sizeof(int32(0)) + unsafe.Sizeof(uintptr(0)) - 1) &^ (unsafe.Sizeof(uintptr(0)) - 1)
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), union))), nil
}

func reap(pid, options int) syscall.WaitStatus {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, options, nil); err != syscall.EINTR {
			return status
		}
	}
}
