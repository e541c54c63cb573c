package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile holds a configuration in memory, under a path.
type memoryFile struct{ f *os.File }

// newMemoryFile copies value into an anonymous file that nobody can change any
// more, and only its owner can open.
func newMemoryFile(value []byte, o *owner) (*memoryFile, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("wicketkey", flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate("wicketkey", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w (-as file:PATH does without)", err)
	}
	m := &memoryFile{os.NewFile(uintptr(fd), "memory file")}
	if err := m.fill(value, o); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *memoryFile) fill(value []byte, o *owner) error {
	if err := m.f.Chmod(0o400); err != nil {
		return err
	}
	if err := o.give(m.f); err != nil {
		return err
	}
	if _, err := m.f.Write(value); err != nil {
		return err
	}
	if _, err := m.f.Seek(0, 0); err != nil {
		return err
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	_, err := unix.FcntlInt(m.f.Fd(), unix.F_ADD_SEALS, seals)
	return err
}

// path is the file's name for a process that has it open under the number at.
func (m *memoryFile) path(at int) string {
	if at == 0 {
		at = int(m.f.Fd())
	}
	return fmt.Sprintf("/proc/self/fd/%d", at)
}
