// Package limits tells errors that come from the process's own limits from those
// of who was asked.
package limits

import (
	"errors"
	"syscall"
)

// Remedy returns what to do about err: remedy, unless the process or the system
// has no file descriptor left, whatever was to be opened.
func Remedy(err error, remedy string) string {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return "close what this program leaves open, or raise its limit on open files (LimitNOFILE= in a unit, ulimit -n in a shell)"
	}
	return remedy
}
