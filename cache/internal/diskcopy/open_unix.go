//go:build unix

package diskcopy

import (
	"errors"
	"os"
	"syscall"
)

var errNotAFile = errors.New("what lies in place of a disk copy is not a file of this user's")

// openOwn opens a regular file of this user's. It follows no link, and opening a
// pipe or a device in its place neither waits nor does anything to it.
func openOwn(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, errNotAFile
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		if st, ok := info.Sys().(*syscall.Stat_t); !info.Mode().IsRegular() || !ok || int(st.Uid) != os.Geteuid() {
			err = errNotAFile
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
