//go:build !linux

package wipe

// mask is nothing here: x/sys has no call for a thread's mask on these systems.
type mask struct{}

func (*mask) block()        {}
func (*mask) restore()      {}
func (*mask) blocked() bool { return false }
