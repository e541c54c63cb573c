//go:build unix && !linux

package main

import "syscall"

// wait returns when the process has ended.
func wait(pid int) syscall.WaitStatus {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			return status
		}
	}
}
