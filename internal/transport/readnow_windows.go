package transport

import (
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// fionread asks how many bytes have arrived (winsock2.h).
const fionread = 0x4004667f

// readNow reads what has arrived; ok is false where that cannot be told. That the
// peer has closed shows only when the connection is used.
func readNow(c *net.TCPConn, p []byte) (n int, err error, ok bool) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err, true
	}
	var arrived, returned uint32
	controlErr := raw.Control(func(fd uintptr) {
		err = windows.WSAIoctl(windows.Handle(fd), fionread, nil, 0,
			(*byte)(unsafe.Pointer(&arrived)), uint32(unsafe.Sizeof(arrived)), &returned, nil, 0)
	})
	switch {
	case controlErr != nil:
		return 0, controlErr, true
	case err != nil:
		return 0, nil, false
	case arrived == 0:
		return 0, os.ErrDeadlineExceeded, true
	}
	n, err = c.Read(p)
	return n, err, true
}
