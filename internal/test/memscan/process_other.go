//go:build !linux

package memscan

import "errors"

// ErrUnsupported says that this system does not let one process read another.
var ErrUnsupported = errors.New("memory of another process cannot be read here")

// Options narrow a search. Nil and the zero value search all that is readable.
type Options struct {
	// AsDumped leaves out what the process has kept out of core dumps.
	AsDumped bool
}

// Process is not available on this system: it returns [ErrUnsupported].
func (f *Finder) Process(int, *Options) (Found, error) { return Found{}, ErrUnsupported }
