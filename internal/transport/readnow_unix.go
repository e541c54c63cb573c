//go:build unix

package transport

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// readNow reads what has arrived; ok is false where that cannot be told.
func readNow(c *net.TCPConn, p []byte) (n int, err error, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err, true
	}
	controlErr := raw.Read(func(fd uintptr) bool {
		for n, err = syscall.Read(int(fd), p); errors.Is(err, syscall.EINTR); n, err = syscall.Read(int(fd), p) {
		}
		return true // done, also where nothing was there: sockets of package net do not block
	})
	switch {
	case controlErr != nil:
		return 0, controlErr, true
	case errors.Is(err, syscall.EAGAIN):
		return 0, os.ErrDeadlineExceeded, true
	case err != nil:
		return 0, err, true
	case n == 0 && len(p) > 0:
		return 0, io.EOF, true
	}
	return n, nil, true
}
