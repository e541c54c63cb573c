//go:build unix

package tell

import "syscall"

func usage() (cpu, faults int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	return u.Utime.Nano() + u.Stime.Nano(), int64(u.Minflt)
}
