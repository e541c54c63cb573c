package wipe

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// limitAdvice says how an operator raises the limit.
const limitAdvice = "raise RLIMIT_MEMLOCK: LimitMEMLOCK= of the systemd unit, --ulimit memlock= of the container, or ulimit -l"

// lockLimit returns how many bytes the process may lock.
func lockLimit() (uint64, error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &r); err != nil {
		return 0, fmt.Errorf("getrlimit(RLIMIT_MEMLOCK): %w", err)
	}
	return r.Cur, nil
}

// lock locks whole pages in RAM, leaves them out of core dumps and empties them
// in forked children.
func lock(pages []byte) error {
	if err := unix.Mlock(pages); err != nil {
		return fmt.Errorf("mlock: %w", err)
	}
	if err := unix.Madvise(pages, unix.MADV_DONTDUMP); err != nil {
		// Nothing is lost if this fails: the memory stays locked, and unused.
		_ = unix.Munlock(pages)
		return fmt.Errorf("madvise(MADV_DONTDUMP): %w", err)
	}
	// Since Linux 4.14. Go programs fork only to exec, which drops the memory
	// anyway, so an older kernel is no reason to refuse.
	_ = unix.Madvise(pages, unix.MADV_WIPEONFORK)
	return nil
}
