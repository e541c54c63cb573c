//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package wipe

import "errors"

// limitAdvice says how an operator raises the limit.
const limitAdvice = "no limit can be raised"

// lockLimit reports that this system has no locked memory for us.
func lockLimit() (uint64, error) { return 0, lock(nil) }

// lock locks nothing here.
func lock([]byte) error {
	return errors.New("locking memory is not supported on this system")
}
