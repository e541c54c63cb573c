//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package wipe

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// limitAdvice says how an operator raises the limit.
const limitAdvice = "raise RLIMIT_MEMLOCK: ulimit -l"

// lockLimit returns how many bytes the process may lock.
func lockLimit() (uint64, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &r); err != nil {
		return 0, fmt.Errorf("getrlimit(RLIMIT_MEMLOCK): %w", err)
	}
	return uint64(r.Cur), nil
}

// lock locks whole pages in RAM. These systems have no portable way to leave
// pages out of core dumps.
func lock(pages []byte) error {
	if err := unix.Mlock(pages); err != nil {
		return fmt.Errorf("mlock: %w", err)
	}
	return nil
}
