//go:build unix

package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// closed tells a standard stream that we were started without. Go's runtime has
// by now opened the null device in its place, for reading as well, which no
// shell's redirection to it does.
func closed(f *os.File) bool {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return true
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		return false
	}
	there, err := f.Stat()
	return err == nil && device(there) == device(null)
}

func device(info os.FileInfo) uint64 {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.Mode()&os.ModeCharDevice == 0 {
		return 0
	}
	return uint64(st.Rdev)
}
