//go:build unix && !aix && !solaris

package diskcopy

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lock keeps others from replacing files in a directory between their look at a file
// and its replacement. The system releases it when a process is killed. One that was
// stopped meanwhile is not waited for: up to a tenth of a second, then it goes unlocked.
func lock(dir string) (unlock func()) {
	f, err := os.Open(dir)
	if err != nil {
		return func() {} // what follows says so
	}
	for range 100 {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break // it is locked, or cannot be: not every file system can
		}
		time.Sleep(time.Millisecond)
	}
	return func() { _ = f.Close() }
}
