//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly && !windows

package main

// terminal errs on the side that prints no secret.
func terminal(uintptr) bool { return true }

func terminalWidth(uintptr) int { return 0 }
