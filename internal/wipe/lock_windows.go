package wipe

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// limitAdvice says how an operator raises the limit.
const limitAdvice = "raise the minimum working set of the process"

// lockLimit returns how many bytes the process may lock: its minimum working
// set, less a small overhead.
func lockLimit() (uint64, error) {
	var least, most uintptr
	var flags uint32
	windows.GetProcessWorkingSetSizeEx(windows.CurrentProcess(), &least, &most, &flags)
	return uint64(least), nil
}

// lock locks whole pages in RAM.
func lock(pages []byte) error {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(pages)))
	if err := windows.VirtualLock(at, uintptr(len(pages))); err != nil {
		return fmt.Errorf("VirtualLock: %w", err)
	}
	return nil
}
