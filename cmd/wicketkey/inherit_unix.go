//go:build unix

package main

import "golang.org/x/sys/unix"

// inherit keeps the file open across the coming exec.
func (m *memoryFile) inherit() error {
	_, err := unix.FcntlInt(m.f.Fd(), unix.F_SETFD, 0)
	return err
}

func (m *memoryFile) close() { _ = m.f.Close() }
