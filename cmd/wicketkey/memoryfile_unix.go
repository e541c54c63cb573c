//go:build unix && !linux

package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile holds a configuration in memory, under a path: here the reading
// end of a pipe, so that it can be read once. It has no owner: whoever inherits
// it may read.
type memoryFile struct{ f *os.File }

func newMemoryFile(value []byte, _ *owner) (*memoryFile, error) {
	var ends [2]int
	if err := unix.Pipe(ends[:]); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	defer unix.Close(ends[1])
	unix.CloseOnExec(ends[0])
	unix.CloseOnExec(ends[1])
	m := &memoryFile{os.NewFile(uintptr(ends[0]), "pipe")}
	// Nobody reads yet, so a write that does not fit would wait for ever.
	err := unix.SetNonblock(ends[1], true)
	n := 0
	if err == nil {
		n, err = unix.Write(ends[1], value)
	}
	if err == nil && n < len(value) {
		err = errors.New("the value does not fit into a pipe (-as file:PATH does without)")
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// path is the pipe's name for a process that has it open under the number at.
func (m *memoryFile) path(at int) string {
	if at == 0 {
		at = int(m.f.Fd())
	}
	return fmt.Sprintf("/dev/fd/%d", at)
}
