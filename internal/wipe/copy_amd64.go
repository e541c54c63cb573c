//go:build amd64 && !race

package wipe

// move8 copies n bytes with the processor's own string instruction, which needs
// no register for them: as fast as memmove from some hundred bytes on.
//
//go:noescape
func move8(to, from *byte, n int)
